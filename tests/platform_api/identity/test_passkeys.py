"""Passkeys: whose they are, what they prove, and what they never do twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from platform_api.db.embedded import EmbeddedPostgres
from platform_api.identity.model import UserRole
from tests.support.passkey import AT, ORIGIN, Authenticator, encoded, register
from tests.support.platform import Town

BASE = "/api/v1"


async def answer_of(answer: Any) -> tuple[int, Any]:
    return answer.status, await answer.json() if answer.status != 204 else None


async def options(town: Town, **headers: str) -> dict[str, Any]:
    begun = await town.client.post(f"{BASE}/auth/passkey/begin", json={}, headers=AT | headers)
    assert begun.status == 200, await begun.text()
    found: dict[str, Any] = (await begun.json())["options"]
    return found


async def enter(town: Town, answer: dict[str, Any]) -> tuple[int, Any]:
    return await answer_of(
        await town.client.post(f"{BASE}/auth/passkey/login", json={"answer": answer}, headers=AT)
    )


@pytest.fixture
async def owner(cluster: EmbeddedPostgres, database_name: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(cluster.dsn(database=database_name))
    yield connection
    await connection.close()


async def test_a_passkey_that_knew_its_user_is_both_factors(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    device = Authenticator(ORIGIN)
    made, shown = await register(person, device, " 办公室电脑 ")

    status, tokens = await enter(town, device.prove(await options(town)))
    person.access = tokens["access_token"]
    factors = await (await person.get("/auth/factors")).json()

    assert (made, shown["name"], status) == (201, "办公室电脑", 200)
    assert tokens["user"]["username"] == "expert"
    assert (await person.get("/sessions")).status == 200
    assert [key["used_at"] is not None for key in factors["passkeys"]] == [True]


async def test_a_key_that_did_not_know_its_user_is_no_sign_in_but_a_second_factor(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    device = Authenticator(ORIGIN, user_verified=False)
    await register(person, device)
    first = {"username": "expert", "password": person.password}

    alone = await enter(town, device.prove(await options(town)))
    begun = await town.client.post(f"{BASE}/auth/passkey/second", json=first, headers=AT)
    asked = (await begun.json())["options"]
    answer = {**first, "passkey": device.prove(asked)}
    status, _ = await answer_of(await town.client.post(f"{BASE}/auth/login", json=answer, headers=AT))
    again, _ = await answer_of(await town.client.post(f"{BASE}/auth/login", json=answer, headers=AT))

    assert (alone[0], alone[1]["code"]) == (401, "passkey.invalid")
    assert [item["id"] for item in asked["allowCredentials"]] == [encoded(device.credential_id)]
    assert (status, again) == (200, 410)


async def test_the_second_step_names_keys_only_after_the_password(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    without = await town.person("doctor", UserRole.DOCTOR)
    await register(person, Authenticator(ORIGIN))
    path = f"{BASE}/auth/passkey/second"

    wrong = await town.client.post(path, json={"username": "expert", "password": "not-it-at-all"}, headers=AT)
    nobody = await town.client.post(path, json={"username": "nobody", "password": "not-it"}, headers=AT)
    none = await town.client.post(path, json={"username": "doctor", "password": without.password}, headers=AT)

    assert [(await item.json())["code"] for item in (wrong, nobody, none)] == [
        "auth.failed",
        "auth.failed",
        "not_found",
    ]


async def test_AU_04_a_challenge_is_good_for_one_answer_and_five_minutes(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    device = Authenticator(ORIGIN, counts=False)
    await register(person, device)

    answer = device.prove(await options(town))
    raced = await asyncio.gather(*(enter(town, answer) for _ in range(8)))
    late = device.prove(await options(town))
    town.clock.advance(timedelta(minutes=5, seconds=1).total_seconds())
    over = await enter(town, late)

    assert sorted(status for status, _ in raced) == [200] + [410] * 7
    assert (over[0], over[1]["code"]) == (410, "passkey.over")


async def test_a_counter_that_goes_back_suspends_the_key(town: Town, owner: Any) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    device = Authenticator(ORIGIN)
    await register(person, device)
    await enter(town, device.prove(await options(town)))
    copy = Authenticator(ORIGIN, counter=0, credential_id=device.credential_id, key=device.key)

    copied = await enter(town, copy.prove(await options(town)))
    original = await enter(town, device.prove(await options(town)))
    factors = await (await person.get("/auth/factors")).json()
    noted = await owner.fetch("SELECT details FROM audit_entries WHERE tag = 'credentials.changed'")

    assert (copied[0], copied[1]["code"]) == (403, "passkey.suspended")
    assert (original[0], original[1]["code"]) == (403, "passkey.suspended")
    assert factors["passkeys"][0]["suspended"] is True
    assert sum("passkey_suspended" in row["details"] for row in noted) == 1


@pytest.mark.parametrize("fault", ["origin", "user", "signature", "challenge", "purpose", "shape"])
async def test_what_was_signed_elsewhere_or_altered_opens_nothing(town: Town, fault: str) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    device = Authenticator(ORIGIN)
    await register(person, device)
    asked = await options(town)
    match fault:
        case "origin":
            device.origin = "http://localhost.evil.example:8080"
            answer = device.prove(asked)
        case "user":
            answer = Authenticator(ORIGIN).prove(asked)
        case "signature":
            answer = device.prove(asked)
            answer["response"]["signature"] = encoded(b"0" * 70)
        case "challenge":
            answer = device.prove({**asked, "challenge": encoded(b"1" * 32)})
        case "purpose":
            answer = device.register({"rp": {"id": "localhost"}, "user": {"id": "x"}, **asked})
        case _:
            answer = {"id": 7, "response": [], "type": None}

    status, problem = await enter(town, answer)

    assert status in (401, 410), problem
    assert problem["code"] in ("passkey.invalid", "passkey.over")


async def test_a_page_under_a_foreign_name_gets_no_challenge(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    evil = {"Host": "scopecast.evil.example"}

    begun = await town.client.post(f"{BASE}/auth/passkey/begin", json={}, headers=evil)
    registered = await person.client.post(
        f"{BASE}/auth/passkeys/begin", json={"password": person.password}, headers=person.headers | evil
    )

    assert (begun.status, (await begun.json())["code"]) == (409, "passkey.address")
    assert registered.status == 409


async def test_keys_are_added_and_removed_by_their_user_with_the_password(town: Town) -> None:
    person, other = [await town.signed_in(name, UserRole.EXPERT) for name in ("expert", "other")]
    device = Authenticator(ORIGIN)
    _, made = await register(person, device)
    path = f"/auth/passkeys/{made['id']}/remove"

    unproved = await person.client.post(
        f"{BASE}/auth/passkeys/begin", json={"password": "guess-guess"}, headers=person.headers | AT
    )
    foreign = await other.post(path, {"password": other.password})
    wrong = await person.post(path, {"password": "guess-guess"})
    removed = await person.post(path, {"password": person.password})
    refused = await enter(town, device.prove(await options(town)))

    assert [answer.status for answer in (unproved, foreign, wrong, removed)] == [403, 404, 403, 204]
    assert (refused[0], refused[1]["code"]) == (401, "passkey.invalid")


async def test_a_challenge_of_one_user_registers_no_key_for_another(town: Town) -> None:
    person, thief = [await town.signed_in(name, UserRole.EXPERT) for name in ("expert", "thief")]
    begun = await person.client.post(
        f"{BASE}/auth/passkeys/begin", json={"password": person.password}, headers=person.headers | AT
    )
    answer = Authenticator(ORIGIN).register((await begun.json())["options"])

    stolen = await thief.client.post(
        f"{BASE}/auth/passkeys", json={"name": "x", "answer": answer}, headers=thief.headers | AT
    )

    assert (stolen.status, (await stolen.json())["code"]) == (401, "passkey.invalid")


async def test_a_key_is_registered_once_and_ten_are_the_most(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    device = Authenticator(ORIGIN)
    await register(person, device)

    twice = await register(person, device)
    for _ in range(9):
        assert (await register(person, Authenticator(ORIGIN)))[0] == 201
    eleventh = await person.client.post(
        f"{BASE}/auth/passkeys/begin", json={"password": person.password}, headers=person.headers | AT
    )

    assert (twice[0], twice[1]["code"]) == (409, "passkey.known")
    assert (eleventh.status, (await eleventh.json())["code"]) == (409, "passkey.limit")


async def test_reset_credentials_take_passkeys_and_recovery_codes_away(town: Town, owner: Any) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    person = await town.signed_in("expert", UserRole.EXPERT)
    device = Authenticator(ORIGIN)
    await register(person, device)
    await person.post("/auth/recovery-codes", {"password": person.password})

    await admin.post(f"/users/{person.user.id}/reset-credentials")
    refused = await enter(town, device.prove(await options(town)))
    left = await owner.fetchval(
        "SELECT (SELECT count(*) FROM passkeys) + (SELECT count(*) FROM recovery_codes)"
    )

    assert (refused[0], left) == (401, 0)


async def test_a_disabled_account_is_not_opened_by_its_passkey(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    person = await town.signed_in("expert", UserRole.EXPERT)
    device = Authenticator(ORIGIN)
    await register(person, device)
    await admin.post(f"/users/{person.user.id}/disable")

    refused = await enter(town, device.prove(await options(town)))

    assert (refused[0], refused[1]["code"]) == (403, "auth.disabled")
