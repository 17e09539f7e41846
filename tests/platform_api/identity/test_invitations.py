"""An invitation lets one person in, once, into one session, until it is withdrawn."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from platform_api.db.embedded import EmbeddedPostgres
from platform_api.http import GuestKind
from platform_api.identity import Invitations, NewInvitation, ShareGuests, Tokens
from platform_api.identity.errors import (
    CodeWrong,
    InvitationExpired,
    InvitationInvalid,
    InvitationLocked,
    InvitationRevoked,
    InvitationUsed,
)
from platform_api.identity.logins import Logins, asker_of
from platform_api.identity.model import UserRole
from platform_api.kernel.errors import AppError, NotAuthenticated, NotFound, Refused
from platform_api.kernel.events import AccessRevoked
from platform_api.kernel.ids import InvitationId, RoomId, SessionId, new_id
from platform_api.kernel.rooms import Role
from platform_api.kernel.tokens import grant_for
from tests.support.platform import Person, Town

ADDRESS = "192.0.2.1"
SESSION = SessionId(new_id())


@pytest.fixture
async def expert(town: Town) -> Person:
    return await town.signed_in("expert", UserRole.EXPERT)


@pytest.fixture
def invitations(town: Town) -> Invitations:
    return town.platform.services.get(Invitations)


@pytest.fixture
async def made(town: Town, expert: Person, invitations: Invitations) -> NewInvitation:
    logins = town.platform.services.get(Logins)
    return await invitations.invite(
        await logins.authenticate(expert.access),
        session=SESSION,
        name="张教授",
        title="主任医师",
        hospital="省立医院",
        expires_at=town.clock.now() + timedelta(hours=4),
        address=ADDRESS,
    )


async def redeem(invitations: Invitations, made: NewInvitation, code: str | None = None) -> Tokens:
    _, tokens = await invitations.redeem(made.url_code, code or made.one_time_code, "张教授", address=ADDRESS)
    return tokens


async def test_AU_04_twenty_redemptions_at_once_let_one_in(
    invitations: Invitations, made: NewInvitation
) -> None:
    async def attempt() -> Tokens | AppError:
        try:
            return await redeem(invitations, made)
        except AppError as error:
            return error

    results = await asyncio.gather(*(attempt() for _ in range(20)))
    assert sum(isinstance(result, Tokens) for result in results) == 1
    assert {type(result) for result in results} <= {Tokens, InvitationUsed, InvitationLocked}


async def test_five_wrong_codes_close_it(invitations: Invitations, made: NewInvitation) -> None:
    wrong = f"{(int(made.one_time_code) + 1) % 10**8:08d}"
    for _ in range(5):
        with pytest.raises(CodeWrong):
            await redeem(invitations, made, wrong)

    with pytest.raises(InvitationLocked):
        await redeem(invitations, made)
    with pytest.raises(InvitationLocked):
        await invitations.look(made.url_code)


async def test_each_reason_to_stay_out_is_told_apart(
    town: Town, invitations: Invitations, made: NewInvitation, expert: Person
) -> None:
    assert (await invitations.look(made.url_code)).name == "张教授"
    with pytest.raises(InvitationInvalid):
        await invitations.look("x" * 32)

    await redeem(invitations, made)
    with pytest.raises(InvitationUsed):
        await redeem(invitations, made)
    town.clock.advance(5 * 3600)
    with pytest.raises(InvitationExpired):
        await redeem(invitations, made)


async def test_the_guest_sees_its_own_session_alone_and_survives_a_reload(
    town: Town, invitations: Invitations, made: NewInvitation
) -> None:
    tokens = await redeem(invitations, made)
    guest = asker_of(tokens.login, town.clock.now())
    assert (guest.session, guest.guest_kind, guest.permissions) == (
        SESSION,
        GuestKind.COMMENTATOR,
        frozenset(),
    )

    headers = {"Authorization": f"Bearer {tokens.access}"}
    for path in ("/auth/me", "/users", "/audit", "/organisations"):
        assert (await town.client.get(f"/api/v1{path}", headers=headers)).status == 403
    reload = await town.client.post(
        "/api/v1/auth/refresh",
        json={"guest": True},
        headers={"X-Scopecast": "1", "Cookie": f"__Host-scopecast-guest={tokens.refresh}"},
    )
    body = await reload.json()
    assert (reload.status, body["guest"]["session"], body["user"]) == (200, SESSION, None)
    assert reload.headers["Set-Cookie"].startswith("__Host-scopecast-guest=")


async def test_AU_01_a_guests_grant_for_another_session_is_refused_at_the_door(
    town: Town, invitations: Invitations, made: NewInvitation
) -> None:
    tokens = await redeem(invitations, made)

    async def enter(session: SessionId) -> None:
        grant = grant_for(
            Role.COMMENTATOR,
            room=RoomId("r"),
            subject=tokens.login.subject,
            name="张",
            expires_at=town.clock.now() + timedelta(minutes=5),
        )
        await town.platform.services.get(Logins).check_grant(replace(grant, session=session))

    await enter(SESSION)
    with pytest.raises(Refused):
        await enter(SessionId(new_id()))


async def test_withdrawing_puts_the_guest_out_at_once(
    town: Town, invitations: Invitations, made: NewInvitation, expert: Person
) -> None:
    tokens = await redeem(invitations, made)
    logins = town.platform.services.get(Logins)
    asker = await logins.authenticate(expert.access)
    await logins.authenticate(tokens.access)
    heard = []

    async def hear(event: AccessRevoked) -> None:
        heard.append(event.subject)

    town.bus.subscribe(AccessRevoked, hear)
    with pytest.raises(NotFound):
        await invitations.revoke(asker, SessionId(new_id()), made.invitation.id, address=ADDRESS)
    await invitations.revoke(asker, SESSION, made.invitation.id, address=ADDRESS)

    assert heard == [tokens.login.subject]
    with pytest.raises(NotAuthenticated):
        await logins.authenticate(tokens.access)
    with pytest.raises(InvitationRevoked):
        await invitations.look(made.url_code)
    with pytest.raises(NotFound):
        await invitations.revoke(asker, SESSION, InvitationId(new_id()), address=ADDRESS)


async def test_the_database_holds_no_code(
    made: NewInvitation, cluster: EmbeddedPostgres, database_name: str
) -> None:
    connection = await asyncpg.connect(cluster.dsn(database=database_name))
    rows = await connection.fetch("SELECT invitations::text FROM invitations")
    trail = await connection.fetch("SELECT audit_entries::text FROM audit_entries")
    await connection.close()

    kept = str(rows) + str(trail)
    assert made.url_code not in kept
    assert made.one_time_code not in kept


async def test_a_share_links_guest_is_a_viewer_until_the_link_is_withdrawn(
    town: Town, expert: Person
) -> None:
    guests, logins = town.platform.services.get(ShareGuests), town.platform.services.get(Logins)
    pass_id, until = new_id(), town.clock.now() + timedelta(hours=1)
    tokens = await guests.admit(session=SESSION, pass_id=pass_id, name="访客", until=until, address=ADDRESS)

    assert (await logins.authenticate(tokens.access)).guest_kind is GuestKind.VIEWER
    await guests.put_out(await logins.authenticate(expert.access), pass_id, address=ADDRESS)
    with pytest.raises(NotAuthenticated):
        await logins.authenticate(tokens.access)
