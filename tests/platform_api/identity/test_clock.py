"""The machine's clock is put forward or back: no lock ends early, no code serves twice (CR-03, F12)."""

import pytest

from platform_api.identity.guesses import MOST_KEPT, Guesses
from platform_api.identity.logins import Logins
from platform_api.identity.model import UserRole
from platform_api.identity.rules import PER_ACCOUNT, PER_ADDRESS
from platform_api.kernel.events import AccessRevoked, ParticipantJoined
from platform_api.kernel.ids import RoomId, SessionId, new_id
from platform_api.kernel.rooms import Role
from tests.support.platform import Person, Town
from tests.support.sessions import listen

HOUR, DAY = 3600, 86_400


async def attempt(person: Person, **more: object) -> int:
    body = {"username": person.user.username, "password": person.password, **more}
    return (await person.client.post("/api/v1/auth/login", json=body)).status


@pytest.mark.parametrize("jump", [HOUR, -HOUR, DAY, -DAY])
async def test_CR_03_a_lock_holds_its_time_whatever_the_clock_does(town: Town, jump: int) -> None:
    person = await town.person("expert", UserRole.EXPERT)
    for _ in range(PER_ACCOUNT.count):
        assert await attempt(person, password="not the one") == 401

    town.clock.jump(jump)
    assert await attempt(person, totp=person.code()) == 423
    town.clock.advance(13 * 60)
    assert await attempt(person, totp=person.code()) == 423
    town.clock.jump(-jump)
    town.clock.advance(2 * 60)
    assert await attempt(person, totp=person.code()) == 200


@pytest.mark.parametrize("jump", [HOUR, -HOUR, DAY, -DAY])
async def test_CR_03_a_code_serves_once_whatever_the_clock_does(town: Town, jump: int) -> None:
    person = await town.person("expert", UserRole.EXPERT)
    code = person.code()
    assert await attempt(person, totp=code) == 200

    town.clock.jump(jump)
    assert await attempt(person, totp=code) == 401
    town.clock.jump(-jump)
    assert await attempt(person, totp=code) == 401
    assert await attempt(person, totp=person.code()) == 200


@pytest.mark.parametrize("jump", [HOUR, -HOUR, DAY, -DAY])
async def test_CR_03_nobody_is_put_out_of_a_call_by_the_clock(town: Town, jump: int) -> None:
    person, logins = await town.signed_in("expert", UserRole.EXPERT), town.platform.services.get(Logins)
    heard, session = listen(town, AccessRevoked), SessionId(new_id())
    await town.bus.publish(
        ParticipantJoined(
            at=town.clock.now(),
            room=RoomId(new_id()),
            session=session,
            subject=person.user.id,
            name="",
            role=Role.HOST,
        )
    )

    town.clock.jump(jump)
    await logins.sweep()
    assert heard.events == []
    town.clock.advance(12 * HOUR + 60)  # twelve hours stay twelve hours
    await logins.sweep()
    assert [event.subject for event in heard.of(AccessRevoked)] == [person.user.id]


def test_guesses_of_the_process_are_forgotten_when_they_are_forgiven() -> None:
    guesses = Guesses()
    for second in range(PER_ACCOUNT.count):
        guesses.add("a", second)

    assert guesses.wait_s("a", PER_ACCOUNT, 10) == PER_ACCOUNT.window.total_seconds() - 10
    assert guesses.wait_s("b", PER_ACCOUNT, 10) == 0
    guesses.forget_one("a")
    assert guesses.wait_s("a", PER_ACCOUNT, 10) == 0
    guesses.forget("a")
    guesses.forget_one("a")
    assert guesses.wait_s("a", PER_ACCOUNT, 10) == 0
    assert max(PER_ACCOUNT.count, PER_ADDRESS.count) <= MOST_KEPT
