"""Where one is signed in, and ending it."""

from typing import Any

from platform_api.identity.model import UserRole
from platform_api.kernel.events import AccessRevoked
from tests.support.platform import Person, Town

AGENT = "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0"


async def twice(town: Town, username: str = "expert") -> tuple[Person, Person]:
    """The same user on two devices."""
    first = await town.signed_in(username, UserRole.EXPERT)
    second = Person(first.user, first.password, first.totp_secret, town.client, town.clock)
    return first, await second.sign_in()


async def logins(person: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await (await person.get("/auth/logins")).json())["items"]
    return found


async def test_one_sees_where_one_is_signed_in_and_which_is_this_one(town: Town) -> None:
    await town.signed_in("somebody", UserRole.DOCTOR)
    person = await town.person("expert", UserRole.EXPERT)
    body = {"username": "expert", "password": person.password, "totp": person.code()}
    answer = await town.client.post("/api/v1/auth/login", json=body, headers={"User-Agent": AGENT})
    person.access = (await answer.json())["access_token"]

    found = await logins(person)

    assert [(item["current"], item["method"], item["address"]) for item in found] == [
        (True, "password", "127.0.0.1")
    ]
    assert found[0]["device"] == {"kind": "computer", "system": "Windows", "browser": "Chrome"}


async def test_AU_05_ending_one_ends_its_token_and_tells_to_cut_its_sockets(town: Town) -> None:
    desk, phone = await twice(town)
    heard: list[AccessRevoked] = []

    async def hear(event: AccessRevoked) -> None:
        heard.append(event)

    town.bus.subscribe(AccessRevoked, hear)
    other = next(item["id"] for item in await logins(desk) if not item["current"])

    ended = await desk.post(f"/auth/logins/{other}/end")
    again = await desk.post(f"/auth/logins/{other}/end")

    assert (ended.status, again.status) == (204, 404)
    assert [(event.subject, event.login) for event in heard] == [(desk.user.id, other)]
    assert [(await person.get("/auth/me")).status for person in (desk, phone)] == [200, 401]


async def test_all_others_end_and_this_one_stays(town: Town) -> None:
    desk, phone = await twice(town)
    third = await Person(desk.user, desk.password, desk.totp_secret, town.client, town.clock).sign_in()

    ended = await (await third.post("/auth/logins/end-others")).json()

    assert ended == {"ended": 2}
    assert [(await person.get("/auth/me")).status for person in (desk, phone, third)] == [401, 401, 200]


async def test_AZ_02_nobody_ends_the_login_of_another(town: Town) -> None:
    person, other = await twice(town), await town.signed_in("other", UserRole.EXPERT)
    login = (await logins(person[0]))[0]["id"]

    answer = await other.post(f"/auth/logins/{login}/end")

    assert (answer.status, (await answer.json())["code"]) == (404, "not_found")
    assert (await person[0].get("/auth/me")).status == 200


async def test_an_administrator_sees_and_ends_those_of_the_own_users_alone(town: Town) -> None:
    await town.organisation("别的医院")
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    foreign = await town.signed_in("foreign", UserRole.ADMINISTRATOR, organisation="别的医院")
    desk, phone = await twice(town)
    path = f"/users/{desk.user.id}/logins"

    seen = (await (await admin.get(path)).json())["items"]
    hidden = [(await foreign.get(path)).status, (await desk.get(path)).status]
    refused = await foreign.post(f"{path}/{seen[0]['id']}/end")
    ended = await admin.post(f"{path}/{seen[0]['id']}/end")

    assert (len(seen), hidden, refused.status, ended.status) == (2, [404, 403], 404, 204)
    assert sorted([(await person.get("/auth/me")).status for person in (desk, phone)]) == [200, 401]


async def test_AU_03_the_owner_is_told_of_a_lock_out(town: Town) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)
    body = {"username": "expert", "password": "guess-guess-guess"}
    for _ in range(6):
        answer = await town.client.post("/api/v1/auth/login", json=body)

    told = (await (await person.get("/inbox")).json())["items"]

    assert answer.status == 423
    assert [item["kind"] for item in told] == ["account.locked_out"]
    assert "127.0.0.1" in told[0]["title"]
