"""Recovery codes: ten, shown once, each once, whoever else tries at the same moment."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from platform_api.db.embedded import EmbeddedPostgres
from platform_api.identity.model import UserRole
from platform_api.identity.recovery import new_recovery_code, plain_code
from tests.support.platform import Person, Town

LOGIN = "/api/v1/auth/login"


@pytest.fixture
async def owner(cluster: EmbeddedPostgres, database_name: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(cluster.dsn(database=database_name))
    yield connection
    await connection.close()


async def codes_of(person: Person) -> list[str]:
    answer = await person.post("/auth/recovery-codes", {"password": person.password})
    assert answer.status == 200, await answer.text()
    codes: list[str] = (await answer.json())["codes"]
    return codes


async def enter(person: Person, code: str) -> tuple[int, str]:
    body = {"username": person.user.username, "password": person.password, "recovery_code": code}
    answer = await person.client.post(LOGIN, json=body)
    return answer.status, (await answer.json()).get("code", "")


def test_a_code_is_read_however_people_write_it() -> None:
    code = new_recovery_code()

    assert len(plain_code(code)) == 12
    assert plain_code(f" {code.upper().replace('-', ' ')} ") == plain_code(code)


async def test_AU_04_a_recovery_code_serves_once_in_place_of_the_authenticator(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    codes = await codes_of(person)

    raced = await asyncio.gather(*(enter(person, codes[0]) for _ in range(4)))
    other = await enter(person, codes[1].upper())
    left = (await (await person.get("/auth/factors")).json())["recovery_codes_left"]

    assert len(set(codes)) == 10
    assert sorted(status for status, _ in raced) == [200, 401, 401, 401]
    assert {code for status, code in raced if status == 401} == {"auth.recovery_invalid"}
    assert (other[0], left) == (200, 8)


async def test_new_codes_void_the_old_and_need_the_password(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    old = await codes_of(person)
    new = await codes_of(person)

    refused = await person.post("/auth/recovery-codes", {"password": "guess-guess"})

    assert refused.status == 403
    assert (await enter(person, old[0]))[0] == 401
    assert (await enter(person, new[0]))[0] == 200


async def test_AU_03_guessed_recovery_codes_count_like_guessed_totp_codes(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    codes = await codes_of(person)

    guesses = [await enter(person, f"aaaa-bbbb-ccc{n}") for n in range(5)]
    locked = await enter(person, codes[0])

    assert {status for status, _ in guesses} == {401}
    assert locked == (423, "auth.locked")


async def test_the_database_holds_no_code_and_a_code_of_another_opens_nothing(town: Town, owner: Any) -> None:
    person, other = [await town.signed_in(name, UserRole.EXPERT) for name in ("expert", "other")]
    codes = await codes_of(person)

    kept = await owner.fetch("SELECT code_hash FROM recovery_codes")

    assert not any(plain_code(code).encode() in row["code_hash"] for code in codes for row in kept)
    assert (await enter(other, codes[0])) == (401, "auth.recovery_invalid")
