"""A world of two hospitals for the walk over every operation: each has one of everything, made over HTTP."""

import io
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from platform_api.alarms import Alarms
from platform_api.app import DOMAINS
from platform_api.db import Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE
from platform_api.identity.model import Duty, UserRole
from platform_api.identity.rules import DUTY_PERMISSIONS, PERMISSIONS
from platform_api.kernel.identifiers import citizen_check
from platform_api.kernel.ids import RoomId, new_id
from platform_api.notify import Messages
from platform_api.notify.sms import LogSender
from platform_api.operation import Weigher, WeighStorage
from platform_api.rooms import LiveRoom, LiveRooms, RoomInspection
from tests.support.certificates import certificate, vouched
from tests.support.passkey import AT, ORIGIN, Authenticator, register
from tests.support.people_list import Patient, PeopleDomain, add_people, make_people
from tests.support.platform import Person, Town, fresh_database, running_town
from tests.support.questions import answer, ask
from tests.support.sessions import PLAN, ok, picture
from tests.support.sheets import sheet
from tests.support.uploading import begin
from tests.support.walk_rows import Operation

SETTINGS: Final = {
    "identity": {"password_memory_kib": 64, "password_rounds": 1, "certificate_login": True},
    "http": {"trusted_proxies": ["127.0.0.0/8"]},
    "notify": {"sms": "log"},
}
STAFF: Final = (UserRole.EXPERT, UserRole.DOCTOR, UserRole.OFFICE)
PERIOD: Final = {"opens_at": "2026-11-22T07:00:00Z", "closes_at": "2026-11-24T09:00:00Z"}
ABOVE: Final = "省卫健委"
HOSPITALS: Final = {"a": "甲市医院", "b": "乙市医院"}
ELSEWHERE: Final = "第三医院"
STILL: Final = "still-{}-0001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """What is told of the persons of a hospital, and must be found nowhere else."""

    word: str
    citizen: str
    phone: str
    address: str

    @property
    def all(self) -> tuple[str, ...]:
        return (self.word, self.citizen, self.phone, self.address)


def _canary(word: str, body: str, phone: str, address: str) -> Canary:
    return Canary(word=word, citizen=body + citizen_check(body), phone=phone, address=address)


A: Final = _canary("金丝雀", "33020319880412123", "13800138777", "宁波市海曙区某巷 77 号")
B: Final = _canary("百灵鸟", "51010619770708345", "13900139666", "成都市金牛区某街 66 号")


@dataclass(slots=True, kw_only=True)
class Side:
    """One hospital: who works there, and one of everything that belongs to it by the place in a path."""

    town: Town
    letter: str
    canary: Canary
    staff: Person
    colleague: Person
    junior: Person
    """Somebody with whom administrators do what they may."""
    admin: Person
    guard: Person
    """The security administrator of the hospital."""
    auditor: Person
    operator: Person
    things: dict[str, str] = field(default_factory=dict)
    guest: dict[str, str] = field(default_factory=dict)
    patient: dict[str, str] = field(default_factory=dict)
    kiosk: dict[str, str] = field(default_factory=dict)
    api_key: dict[str, str] = field(default_factory=dict)

    def say(self, text: str) -> str:
        return f"{self.canary.word}{text}"

    async def sign_in(self) -> None:
        """Everybody anew."""
        for person in (self.staff, self.colleague, self.admin, self.guard):
            await person.sign_in()


@dataclass(slots=True, kw_only=True)
class World:
    """The platform, both hospitals, and tokens of the first that are no longer good."""

    town: Town
    cluster: EmbeddedPostgres
    database_name: str
    data_dir: Path
    a: Side
    b: Side
    everything: Person
    """Somebody of the second hospital with every role there is."""
    expired: str = ""
    revoked: str = ""
    log: io.StringIO = field(default_factory=io.StringIO)
    problems: list[str] = field(default_factory=list)
    """Every refusal that a walker was told."""


@dataclass(frozen=True, slots=True)
class Walker:
    """Somebody of the second hospital, or nobody."""

    name: str
    headers: Mapping[str, str]
    password: str = ""


@dataclass(slots=True)
class Keeper:
    """Has somebody in each of these rooms."""

    live: list[str] = field(default_factory=list)

    async def rooms(self, among: Sequence[RoomId]) -> LiveRooms:
        seen = [_room(name) for name in self.live if name in among]
        return LiveRooms.model_validate({"rooms": seen, "left_off": 0})

    async def room(self, room: str) -> LiveRoom | None:
        if room not in self.live:
            return None
        return LiveRoom.model_validate({"room": _room(room), "peers": [], "left_off": 0})


def _room(name: str) -> dict[str, Any]:
    return {"room": name, "participants": 2, "peers": 2, "publications": []}


def own_walker(world: World, operation: Operation) -> Walker:
    """Somebody of the second hospital who may do this: nobody may do everything (AZ-07)."""
    holders = {Duty.SECURITY: world.b.guard, Duty.AUDIT: world.b.auditor, Duty.SYSTEM: world.b.operator}
    of_duty = [
        holder
        for duty, holder in holders.items()
        if operation.permission in DUTY_PERMISSIONS[duty]
        and not any(operation.permission in held for held in PERMISSIONS.values())
    ]
    person = of_duty[0] if of_duty else world.everything
    return Walker(person.user.username, person.headers, person.password)


@asynccontextmanager
async def two_hospitals(cluster: EmbeddedPostgres, data_dir: Path) -> AsyncIterator[World]:
    """The second hospital is whole; the first has its people, and what `fill` will make of it."""
    async with fresh_database(cluster) as name:
        await make_people(cluster, name)
        database = Database(cluster.dsn(role=APP_ROLE, database=name))
        async with running_town(database, data_dir, SETTINGS, domains=(*DOMAINS, PeopleDomain())) as town:
            await town.organisation(ABOVE)
            for hospital in HOSPITALS.values():
                await town.organisation(hospital, parent=ABOVE)
            world = World(
                town=town,
                cluster=cluster,
                database_name=name,
                data_dir=data_dir,
                a=await _staffed(town, "a", A),
                b=await _staffed(town, "b", B),
                everything=await town.signed_in("b.everything", *UserRole, organisation=HOSPITALS["b"]),
            )
            town.platform.services.get(RoomInspection).attend(Keeper())
            await fill(world, world.b)
            yield world


async def _staffed(town: Town, letter: str, canary: Canary) -> Side:
    async def one(post: str, *roles: UserRole, duty: Duty | None = None) -> Person:
        return await town.signed_in(
            f"{letter}.{post}", *roles, organisation=HOSPITALS[letter], name=f"{canary.word}{post}", duty=duty
        )

    return Side(
        town=town,
        letter=letter,
        canary=canary,
        staff=await one("staff", *STAFF),
        colleague=await one("colleague", UserRole.DOCTOR),
        junior=await one("junior", UserRole.DOCTOR),
        admin=await one("admin", UserRole.ADMINISTRATOR),
        guard=await one("guard", duty=Duty.SECURITY),
        auditor=await one("auditor", duty=Duty.AUDIT),
        operator=await one("operator", duty=Duty.SYSTEM),
    )


async def fill(world: World, side: Side) -> None:
    """Makes one of everything in a hospital."""
    await side.sign_in()
    for make in (_people, _accounts, _teaching, _files, _questions, _kiosk, _lists, _inbox, _alarm, _weighed):
        await make(world, side)


async def spoil_tokens(world: World) -> None:
    """Has a token of the first hospital run out, and another one signed off."""
    world.expired = world.a.staff.access
    await world.a.staff.sign_in()
    world.revoked = world.a.staff.access
    await ok(await world.a.staff.post("/auth/logout"), 204)
    world.town.clock.advance(601)


async def sign_walkers_in(world: World) -> None:
    """Anew, a minute later: no rate is used up and no token is old."""
    world.town.clock.advance(61)
    await world.b.sign_in()
    for person in (world.everything, world.b.auditor, world.b.operator):
        await person.sign_in()


async def sign_guests_in(world: World) -> None:
    """Who has no account of the second hospital, but a way in."""
    await _guest(world.b)
    await _patient(world.b)


async def _people(world: World, side: Side) -> None:
    """Somebody in care, for the lists."""
    person = Patient(
        side.staff.user.organisation,
        side.say("小明"),
        citizen=side.canary.citizen,
        address=side.canary.address,
    )
    await add_people(world.cluster, world.database_name, side.town.keys.sealer, [person])
    side.things["tables/rows key"] = person.id


async def _accounts(world: World, side: Side) -> None:
    admin, staff, things = side.admin, side.staff, side.things
    own = admin.user.organisation
    made = await ok(
        await admin.post(
            "/organisations",
            {
                "name": f"{side.letter}院内镜中心",
                "kind": "department",
                "parent": own,
                "codes": [{"authority": "reporting", "code": f"{side.letter.upper()}1001"}],
            },
        ),
        201,
    )
    things["organisations id"] = made["organisation"]["id"]
    things["users id"] = side.junior.user.id
    given = {"organisation": made["organisation"]["id"], "role": "expert"}
    role = await ok(await admin.post(f"/users/{side.junior.user.id}/given-roles", given), 201)
    things["given-roles id"] = role["id"]
    words = {"zh": side.say("角色"), "en": side.say("role"), "permissions": ["files.view"]}
    composed = await ok(await side.guard.post("/roles", words | {"organisation": own}), 201)
    things["roles id"] = composed["key"]
    body = {"organisation": own, "role": composed["key"]}
    await ok(await admin.post(f"/users/{side.junior.user.id}/composed-roles", body), 201)
    elsewhere = await side.town.organisation(ELSEWHERE, parent=ABOVE)
    await side.junior.sign_in()
    emergency = {"organisation": elsewhere.id, "reason": side.say("转来的患者正在出血，需看原检查")}
    things["break-glass id"] = (await ok(await side.junior.post("/break-glass", emergency), 201))["id"]
    logins = (await ok(await admin.get(f"/users/{side.junior.user.id}/logins")))["items"]
    things["users/logins login"] = logins[0]["id"]
    things["auth/logins id"] = (await ok(await staff.get("/auth/logins")))["items"][0]["id"]
    status, key = await register(staff, Authenticator(ORIGIN), side.say("手机"))
    assert status == 201
    things["auth/passkeys id"] = key["id"]
    await ok(await staff.post("/auth/recovery-codes", {"password": staff.password}))
    await ok(await staff.client.post("/api/v1/auth/passkey/begin", headers=AT))
    bound = await staff.client.post(
        "/api/v1/auth/certificates",
        json={"password": staff.password},
        headers=staff.headers | vouched(certificate(side.say("证书"))),
    )
    things["auth/certificates id"] = (await ok(bound, 201))["id"]
    draft = {
        "name": side.say("密钥"),
        "scopes": ["jobs.view", "sessions.view"],
        "expires_at": "2027-01-01T00:00:00Z",
        "password": admin.password,
        "per_minute": 6000,
    }
    program = await ok(await admin.post("/api-keys", draft), 201)
    things["api-keys id"] = program["key"]["id"]
    side.api_key = {"Authorization": f"Bearer {program['secret']}"}
    await _joining(side, own)
    await _patient(side)


async def _joining(side: Side, own: str) -> None:
    admin, things = side.admin, side.things
    draft = {"organisation": own, "roles": ["doctor"], "name": side.say("新人")}
    invited = await ok(await admin.post("/users/invitations", draft), 201)
    things["users/invitations id"] = invited["invitation"]["id"]
    asked = await side.town.client.post(
        "/api/v1/registrations",
        json={
            "organisation": own,
            "name": side.say("申请人"),
            "phone": side.canary.phone,
            "reason": side.say("参加教学"),
        },
    )
    await ok(asked, 201)
    things["registrations id"] = (await ok(await admin.post("/tables/registrations/rows")))["rows"][0]["key"]
    row = (
        side.say("名单"),
        f"{side.letter}.listed",
        "",
        "医生",
        "",
        "",
        side.canary.phone,
        side.canary.citizen,
    )
    accepted = await _checked(admin, sheet(row))
    await ok(await admin.post(f"/users/imports/{accepted}/accept"))
    second = (side.say("待定"), f"{side.letter}.waiting", "", "医生", "", "", side.canary.phone, "")
    things["users/imports id"] = await _checked(admin, sheet(second))


async def _checked(admin: Person, data: bytes) -> str:
    sent = await admin.client.post("/api/v1/users/imports", data=data, headers=admin.headers)
    checked = await ok(sent)
    assert checked["faults"] == []
    return str(checked["id"])


async def _patient(side: Side) -> None:
    """Somebody in care who signs in by the telephone."""
    client, sender = side.town.client, side.town.platform.services.get(Messages).sender
    assert isinstance(sender, LogSender)
    asked = await ok(await client.post("/api/v1/self/code", json={"phone": side.canary.phone}))
    code = {"id": asked["id"], "code": sender.kept[-1].params["code"]}
    tokens = await ok(await client.post("/api/v1/self/login", json=code))
    side.patient = {"Authorization": f"Bearer {tokens['access_token']}"}


async def _teaching(world: World, side: Side) -> None:
    staff, things = side.staff, side.things
    plan = PLAN | {
        "title": side.say("早癌 ESD"),
        "case_summary": side.say("，61 岁"),
        "visibility": "invited",
    }
    session = await ok(await staff.post("/sessions", plan), 201)
    path = f"/sessions/{session['id']}"
    session = await ok(await staff.post(f"{path}/open"))
    things |= {
        "sessions id": session["id"],
        "recordings id": session["recording"]["id"],
        "rooms/live room": session["room"],
    }
    _keeper(side.town).live.append(session["room"])
    comment = await ok(await staff.post(f"{path}/comments", {"body": side.say("看边界")}), 201)
    things["comments id"] = comment["id"]
    await ok(await staff.post(f"/comments/{comment['id']}/like"))
    await ok(await staff.post(f"{path}/like"))
    recording = session["recording"]["id"]
    await ok(await staff.send("PUT", f"/recordings/{recording}/position", {"position_ms": 1}), 204)
    still = STILL.format(side.letter)
    sent = await staff.client.post(f"/api/v1{path}/stills/{still}", data=picture(), headers=staff.headers)
    await ok(sent, 201)
    things["sessions/stills still"] = still
    share = await ok(await staff.post(f"{path}/share", {}), 201)
    things["sessions/shares share"] = share["id"]
    await ok(await side.colleague.post(f"/share/{share['url'].rpartition('/')[2]}/open", {}))
    await _guest(side)


def _keeper(town: Town) -> Keeper:
    keeper = town.platform.services.get(RoomInspection)._keeper
    assert isinstance(keeper, Keeper)
    return keeper


async def _guest(side: Side) -> None:
    """An expert from outside, let in to the session."""
    path = f"/sessions/{side.things['sessions id']}/commentators"
    made = (await ok(await side.staff.post(path, {"name": side.say("教授")}), 201))["invitation"]
    side.things["sessions/commentators invitation"] = made["id"]
    redeem = f"/api/v1/invitations/{made['url'].rpartition('/')[2]}/redeem"
    sent = await side.town.client.post(redeem, json={"one_time_code": made["one_time_code"]})
    side.guest = {"Authorization": f"Bearer {(await ok(sent))['access_token']}"}


async def _files(world: World, side: Side) -> None:
    staff, things = side.staff, side.things
    first, second = await _sent(side, "一"), await _sent(side, "二")
    await ok(await staff.post(f"/files/{first}/versions", {"file": second}), 201)
    session = things["sessions id"]
    await ok(await staff.post(f"/sessions/{session}/materials", {"file": first}), 204)
    things |= {
        "files id": first,
        "sessions/materials file": first,
        "uploads id": (await begin(staff, 1_000, side.say(".pdf"))).id,
    }


async def _sent(side: Side, name: str) -> str:
    sent = await side.staff.client.post(
        "/api/v1/files", params={"name": side.say(f"{name}.png")}, data=picture(), headers=side.staff.headers
    )
    return str((await ok(sent, 201))["id"])


async def _questions(world: World, side: Side) -> None:
    staff, things = side.staff, side.things
    words = {"title": side.say("边界怎样判断"), "body": side.say("血管"), "case_summary": side.say("凹陷")}
    question = await ask(staff, **words, period=PERIOD, files=[await _sent(side, "问")])
    path = f"/questions/{question['id']}"
    things |= {"questions id": question["id"], "reviews subject": question["id"]}
    await ok(await staff.post(f"{path}/experts", {"experts": [side.colleague.user.id]}))
    things["questions/experts expert"] = side.colleague.user.id
    await ok(await staff.post(f"{path}/experts", {"experts": [side.junior.user.id]}))
    await ok(await staff.send("DELETE", f"{path}/experts/{side.junior.user.id}"), 204)
    more = {"files": [await _sent_by(side.colleague, side)], "mentions": [staff.user.id]}
    said = await answer(side.colleague, question["id"], side.say("可以"), **more)
    await ok(await staff.send("PUT", f"{path}/best", {"comment": said["id"]}), 204)
    await ok(await side.colleague.post(f"{path}/like"))
    share = await ok(await staff.post(f"{path}/shares", {}), 201)
    things["questions/shares share"] = share["id"]
    visitor = await side.town.signed_in(f"{side.letter}.visitor", UserRole.DOCTOR, organisation=ABOVE)
    await ok(await visitor.client.post(_link(share), json={}, headers=visitor.headers))
    guest = await ok(await staff.post(f"{path}/guests", {"name": side.say("来宾")}), 201)
    things["questions/guests invitation"] = guest["id"]
    await ok(await staff.send("PUT", f"{path}/summary", {"overview": side.say("三家医院")}))
    await ok(await staff.post(f"/reviews/qa.summary/{question['id']}/submit", {"note": side.say("请审")}))


def _link(share: Mapping[str, str]) -> str:
    return f"/api/v1/question-links/{share['url'].rpartition('/')[2]}/open"


async def _sent_by(person: Person, side: Side) -> str:
    sent = await person.client.post("/api/v1/files", data=picture(), headers=person.headers)
    return str((await ok(sent, 201))["id"])


async def _kiosk(world: World, side: Side) -> None:
    """A screen in the endoscopy room. What it asks is for the whole network, so it has asked nothing."""
    client, staff, things = side.town.client, side.staff, side.things
    made = await ok(await client.post("/api/v1/kiosks"), 201)
    side.kiosk = {"X-Scopecast-Kiosk": made["token"]}
    await ok(await staff.post("/kiosks/confirm", {"code": made["code"], "room": side.say("一室")}), 204)
    things["kiosks id"] = (await ok(await staff.get("/kiosks")))["items"][0]["id"]
    things["kiosk/questions id"] = things["questions id"]


async def _lists(world: World, side: Side) -> None:
    staff, things = side.staff, side.things
    asking = {"columns": ["name", "citizen_sealed", "address_sealed"], "text": side.canary.word}
    view = {"name": side.say("视图"), "shared": True, "asking": asking}
    things["tables/views view"] = (await ok(await staff.post("/tables/people/views", view), 201))["id"]
    export = {"format": "csv", "purpose": "季度质控核对", "asking": asking}
    made = await ok(await staff.post("/tables/people/exports", export), 201)
    things["exports id"] = made["id"]
    things["jobs id"] = (await ok(await side.admin.get("/jobs")))["items"][0]["id"]
    whole = {"format": "csv", "purpose": "季度质控核对", "asking": asking, "opened": ["citizen_sealed"]}
    await ok(await staff.post("/tables/people/exports", whole), 201)


async def _inbox(world: World, side: Side) -> None:
    items = (await ok(await side.staff.get("/inbox")))["items"]
    side.things["inbox id"] = items[0]["id"]
    await ok(await side.staff.send("PUT", f"/inbox/{items[0]['id']}/read"), 204)


async def _alarm(world: World, side: Side) -> None:
    """Somebody who looked for what is not there, once too often."""
    for _ in range(10):
        assert (await side.colleague.get(f"/sessions/{new_id()}")).status == 404
    await side.town.platform.services.get(Alarms).look()
    side.things["alarms number"] = str((await ok(await side.guard.get("/alarms")))["items"][0]["number"])


async def _weighed(world: World, side: Side) -> None:
    """What recordings keep, as a worker weighs it."""
    folder = world.data_dir / "recordings" / side.things["recordings id"]
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_bytes(bytes(1_000))
    weigher = Weigher(
        database=side.town.platform.database,
        clock=side.town.clock,
        data_dir=world.data_dir,
        sizes=lambda: iter(()),
    )

    async def untold(_: float) -> None:
        """Nobody looks at the progress."""

    await weigher.work(WeighStorage(), untold)
