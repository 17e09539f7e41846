"""A login's life: renewed, ended, and every token of it refused from then on."""

import asyncio
import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from platform_api.identity import Grants
from platform_api.identity.cookies import USER_COOKIE
from platform_api.identity.logins import Logins
from platform_api.identity.model import UserRole
from platform_api.kernel.errors import Refused
from platform_api.kernel.events import AccessRevoked, ParticipantJoined, ParticipantLeft
from platform_api.kernel.ids import RoomId, SessionId, new_id
from platform_api.kernel.rooms import Role
from platform_api.kernel.tokens import Audience, SigningKey, sign_claims, verify_grant
from tests.support.platform import Person, Town

MINUTE = 60
ROOM = RoomId("room-1")


def revoked(town: Town) -> list[str]:
    """The subjects whose access was revoked from now on."""
    heard: list[str] = []

    async def hear(event: AccessRevoked) -> None:
        assert event.room is None
        heard.append(event.subject)

    town.bus.subscribe(AccessRevoked, hear)
    return heard


async def me(person: Person, access: str | None = None) -> tuple[int, str]:
    token = person.access if access is None else access
    answer = await person.client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})
    return answer.status, (await answer.json()).get("code", "")


async def refresh(person: Person, token: str) -> tuple[int, dict[str, Any]]:
    answer = await person.client.post("/api/v1/auth/refresh", json={"refresh_token": token})
    return answer.status, await answer.json()


async def test_AU_05_logging_out_ends_token_refresh_and_sockets(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    heard = revoked(town)

    assert (await person.post("/auth/logout")).status == 204
    assert heard == [person.user.id]
    assert await me(person) == (401, "auth.session_ended")
    assert (await refresh(person, person.refresh))[0] == 401


async def test_AU_05_a_quarter_of_an_hour_of_silence_ends_it(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    heard = revoked(town)

    town.clock.advance(9 * MINUTE)
    assert (await me(person))[0] == 200
    town.clock.advance(16 * MINUTE)
    await town.platform.services.get(Logins).sweep()
    assert heard == [person.user.id]
    assert (await refresh(person, person.refresh))[1]["code"] == "auth.session_ended"


async def test_AU_05_whoever_is_in_a_live_room_is_not_silent(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    logins, heard = town.platform.services.get(Logins), revoked(town)
    session, now = SessionId(new_id()), town.clock.now()
    await town.bus.publish(
        ParticipantJoined(at=now, room=ROOM, session=session, subject=person.user.id, name="", role=Role.HOST)
    )

    for _ in range(6):
        town.clock.advance(10 * MINUTE)
        await logins.sweep()
    assert heard == []
    await town.bus.publish(
        ParticipantLeft(at=now, room=ROOM, session=session, subject=person.user.id, reason="left")
    )
    town.clock.advance(16 * MINUTE)
    await logins.sweep()
    assert heard == [person.user.id]


async def test_AU_05_twelve_hours_end_it_however_busy(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    token = person.refresh
    for _ in range(12 * 6 - 1):
        town.clock.advance(10 * MINUTE)
        status, pair = await refresh(person, token)
        assert status == 200
        token = pair["refresh_token"]

    town.clock.advance(10 * MINUTE)
    assert (await refresh(person, token))[1]["code"] == "auth.session_ended"


@pytest.mark.parametrize("what", ["disable", "reset-credentials", "roles"])
async def test_AU_05_an_administrator_ends_it_at_once(town: Town, what: str) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    person = await town.signed_in("expert", UserRole.EXPERT)
    assert (await me(person))[0] == 200  # known, and cached
    heard = revoked(town)

    body, method = ({"roles": ["doctor"]}, "PUT") if what == "roles" else ({}, "POST")
    assert (await admin.send(method, f"/users/{person.user.id}/{what}", body)).status == 200
    assert heard == [person.user.id]
    assert await me(person) == (401, "auth.session_ended")
    assert (await refresh(person, person.refresh))[0] == 401


async def test_AU_05_another_password_ends_all_other_logins(town: Town) -> None:
    here = await town.signed_in("expert", UserRole.EXPERT)
    there = await Person(here.user, here.password, here.totp_secret, here.client, here.clock).sign_in()

    changed = await here.post("/auth/password", {"current": here.password, "new": "another-long-one"})
    assert changed.status == 204
    assert ((await me(here))[0], (await me(there))[0]) == (200, 401)


async def test_a_refresh_token_rotates_and_its_reuse_ends_the_login(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    heard = revoked(town)
    status, pair = await refresh(person, person.refresh)
    assert (status, pair["refresh_token"] != person.refresh) == (200, True)

    assert (await refresh(person, person.refresh))[0] == 200  # a second tab at the same moment
    town.clock.advance(11)
    reused, problem = await refresh(person, person.refresh)
    assert (reused, problem["code"]) == (401, "auth.refresh_reused")
    assert heard == [person.user.id]
    assert (await refresh(person, pair["refresh_token"]))[0] == 401
    assert (await me(person))[0] == 401
    assert (await refresh(person, "x" * 32))[1]["code"] == "token.invalid"


async def test_AU_07_the_cookie_is_strict_and_needs_our_header(town: Town) -> None:
    person = await town.person("expert", UserRole.EXPERT)
    body = {"username": "expert", "password": person.password, "totp": person.code()}
    answer = await town.client.post("/api/v1/auth/login", json=body)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{USER_COOKIE}=")
    assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie

    path, kept = "/api/v1/auth/refresh", {"Cookie": cookie.split(";")[0], "Origin": "https://evil.example"}
    without = await town.client.post(path, json={}, headers=kept)
    assert (without.status, (await without.json())["code"]) == (403, "auth.csrf")
    assert not [name for name in without.headers if name.startswith("Access-Control-")]
    assert (await town.client.post(path, json={}, headers=kept | {"X-Scopecast": "1"})).status == 200
    assert (await town.client.post(path, json={}, headers={"X-Scopecast": "1"})).status == 401

    preflight = await town.client.options(
        path, headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert preflight.status == 405
    assert not [name for name in preflight.headers if name.startswith("Access-Control-")]


def forged(town: Town, person: Person) -> dict[str, str]:
    """Tokens that must not pass, by what is wrong with them."""
    key = town.keys.signing
    login = jwt.decode(person.access, options={"verify_signature": False})
    until = town.clock.now() + timedelta(minutes=10)
    public = key.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": key.key_id}).encode()).rstrip(b"=")
    body = person.access.split(".")[1]
    return {
        "none": f"{header.decode()}.{body}.",
        "hs256 with the public key": jwt.encode(
            login, base64.b64encode(public) * 2, algorithm="HS256", headers={"kid": key.key_id}
        ),
        "another key": sign_claims(
            login, key=SigningKey.generate(key.key_id), audience=Audience.API, expires_at=until
        ),
        "kid as a path": jwt.encode(login, key.private, algorithm="EdDSA", headers={"kid": "../../dev/null"}),
        "audience room": sign_claims(login, key=key, audience=Audience.ROOM, expires_at=until),
        "audience file": sign_claims(login, key=key, audience=Audience.FILE, expires_at=until),
        "no login": sign_claims({"sub": person.user.id}, key=key, audience=Audience.API, expires_at=until),
        "another subject": sign_claims(
            {"sub": new_id(), "login": login["login"]}, key=key, audience=Audience.API, expires_at=until
        ),
        "unknown login": sign_claims(
            {"sub": person.user.id, "login": new_id()}, key=key, audience=Audience.API, expires_at=until
        ),
        "refresh as access": person.refresh,
        "altered": person.access[:-6] + "AAAAAA",
        "huge": "a" * 8000,
    }


async def test_AU_08_only_our_own_fresh_api_tokens_pass(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    assert (await me(person))[0] == 200
    for name, token in forged(town, person).items():
        status, _ = await me(person, token)
        assert status in (400, 401), name

    claims = jwt.decode(person.access, options={"verify_signature": False})
    assert claims["exp"] - town.clock.now().timestamp() <= 15 * MINUTE
    town.clock.advance(10 * MINUTE)
    assert await me(person) == (401, "token.expired")


async def test_AU_01_the_door_of_a_room_asks_the_database_each_time(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    grants = town.platform.services.get(Grants)
    session = SessionId(new_id())
    logins = town.platform.services.get(Logins)
    signed = grants.for_room(
        Role.HOST, room=ROOM, session=session, subject=person.user.id, name="王", organisation=None
    )
    grant = verify_grant(signed.token, keys=town.keys.signing.verifying(), clock=town.clock)
    assert grant.room == ROOM
    assert grant.expires_at - town.clock.now() <= timedelta(minutes=15)

    await logins.check_grant(grant)
    await person.post("/auth/logout")
    with pytest.raises(Refused):
        await logins.check_grant(grant)


async def test_a_login_survives_many_calls_at_once(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)

    answers = await asyncio.gather(*(me(person) for _ in range(50)))
    assert {status for status, _ in answers} == {200}
