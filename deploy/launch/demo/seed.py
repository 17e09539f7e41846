"""The demonstration's people and its session on air, made once in a data directory."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from deploy.launch.demo_accounts import DemoAccount, keep_accounts, read_accounts
from deploy.launch.options import Options
from platform_api.app import Platform
from platform_api.identity import store
from platform_api.identity.bootstrap import BootstrapUser, create_organisation, create_user
from platform_api.identity.model import Duty, Organisation, OrganisationKind, UserRole
from platform_api.identity.passwords import Passwords
from platform_api.identity.proof import SYSTEM
from platform_api.kernel.bus import Bus
from platform_api.kernel.clock import Clock
from platform_api.kernel.events import SessionEnded
from platform_api.kernel.ids import OrganisationId, SessionId, UserId
from platform_api.kernel.keys import Keys
from platform_api.teaching import LiveSessions, Teaching
from platform_api.teaching.model import (
    LIVE,
    Asker,
    BodyPart,
    Form,
    Plan,
    Session,
    SessionState,
    Visibility,
)

PEOPLE: Final = (
    ("expert", "wang", "王建国", "主任医师", UserRole.EXPERT),
    ("doctor", "zhao", "赵敏", "主治医师", UserRole.DOCTOR),
    ("doctor2", "sun", "孙丽", "住院医师", UserRole.DOCTOR),
    ("office", "liu", "刘芳", "项目办", UserRole.OFFICE),
    ("administrator", "admin", "机构管理员", "", UserRole.ADMINISTRATOR),
)
DUTIES: Final = (
    (Duty.SYSTEM, "system", "系统管理员"),
    (Duty.SECURITY, "security", "安全管理员"),
    (Duty.AUDIT, "audit", "审计管理员"),
)
HOSPITAL: Final = "演示省肿瘤医院"


async def seed_demo(platform: Platform, options: Options, keys: Keys, clock: Clock, bus: Bus) -> None:
    """Makes accounts and a session that is open, unless they are there; tells the publisher of its room."""
    accounts = read_accounts(options.places.demo)
    facts_file = options.places.run / "demo.json"
    if not accounts:
        accounts, expert = await _make_people(platform, keys, clock)
        keep_accounts(options.places.demo, accounts)
        _write(options.places.demo / "expert.json", expert)
    elif not any(account.role == Duty.SYSTEM for account in accounts):
        keep_accounts(options.places.demo, accounts + await _make_duties(platform, keys, clock))
    expert = _read(options.places.demo / "expert.json")
    asker = Asker(
        at=clock.now(),
        subject=expert["user"],
        name=expert["name"],
        organisation=OrganisationId(expert["organisation"]),
        user=UserId(expert["user"]),
        permissions=frozenset({"sessions.plan", "sessions.view"}),
    )
    session = await session_on_air(platform, asker, clock, options.places.demo / "session.json")
    facts = {
        "session": session.id,
        "room": session.room,
        "recording": session.recording.id if session.recording else None,
        "path": f"/app/rooms/{session.room}?session={session.id}",
        "on_air": True,
    }
    _write(facts_file, facts)

    async def ended(event: SessionEnded) -> None:
        if event.session == session.id:
            _write(facts_file, {**facts, "on_air": False})

    bus.subscribe(SessionEnded, ended)


async def _make_people(
    platform: Platform, keys: Keys, clock: Clock
) -> tuple[list[DemoAccount], dict[str, str]]:
    office = await create_organisation(
        platform.database, clock, name="演示省项目办", kind=OrganisationKind.OFFICE, region_code="510000"
    )
    hospital = await create_organisation(
        platform.database, clock, name=HOSPITAL, region_code="510100", parent=office.id
    )
    accounts = []
    expert = {}
    for role, username, name, title, user_role in PEOPLE:
        home: Organisation = hospital if user_role in (UserRole.EXPERT, UserRole.DOCTOR) else office
        made = await create_user(
            platform.database,
            clock,
            platform.services.get(Passwords),
            keys.sealer,
            organisation=home,
            username=username,
            name=name,
            title=title,
            roles=frozenset({user_role}),
            activated=True,
        )
        accounts.append(_account(role, made))
        if user_role is UserRole.EXPERT:
            expert = {"user": made.user.id, "name": name, "organisation": hospital.id}
    return accounts + await _make_duties(platform, keys, clock), expert


async def _make_duties(platform: Platform, keys: Keys, clock: Clock) -> list[DemoAccount]:
    """Who holds the three duties, where the administrator is."""
    async with platform.database.transaction(SYSTEM) as transaction:
        admin = await store.user_by_name(transaction, "admin")
        top = await store.organisation_by_id(transaction, admin.organisation) if admin else None
    if top is None:
        return []
    accounts = []
    for duty, username, name in DUTIES:
        made = await create_user(
            platform.database,
            clock,
            platform.services.get(Passwords),
            keys.sealer,
            organisation=top,
            username=username,
            name=name,
            roles=frozenset(),
            duty=duty,
            activated=True,
        )
        accounts.append(_account(duty.value, made))
    return accounts


def _account(role: str, made: BootstrapUser) -> DemoAccount:
    return DemoAccount(
        role=role,
        name=made.user.name,
        username=made.user.username,
        password=str(made.password),
        totp_secret=str(made.totp_secret),
    )


async def session_on_air(platform: Platform, asker: Asker, clock: Clock, kept: Path) -> Session:
    """The demonstration's own session if it still runs, or a new one, opened.

    Its id is kept before it is opened: neither another session of the same expert nor a kill between the
    two can be taken for it, or leave a second one behind.
    """
    live = platform.services.get(LiveSessions)
    known = _session_in(kept)
    own = await live.find(known) if known is not None else None
    if own is not None and own.state in LIVE:
        return own
    if own is None or own.state is not SessionState.PLANNED:
        own = (await platform.services.get(Teaching).plan(asker, _plan(clock))).session
        _write(kept, {"session": own.id})
    return await live.open(asker, own.id)


def _session_in(kept: Path) -> SessionId | None:
    return SessionId(_read(kept)["session"]) if kept.exists() else None


def _plan(clock: Clock) -> Plan:
    return Plan(
        title="胃角早癌 ESD 演示",
        hospital=HOSPITAL,
        starts_at=clock.now() + timedelta(seconds=5),
        planned_minutes=60,
        case_summary="演示用画面，非真实患者。胃角小弯侧浅表凹陷性病变约 15 mm，拟行内镜黏膜下剥离术。",
        form=Form.ESD,
        body_part=BodyPart.STOMACH,
        visibility=Visibility.EVERYONE_SIGNED_IN,
        consent_reference="演示 (无患者)",
    )


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _write(path: Path, value: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(value, out, ensure_ascii=False)
    os.replace(partial, path)
