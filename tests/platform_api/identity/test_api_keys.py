"""API keys: some of the rights of who made them, an end, a quota, and no way to hand out rights."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from platform_api.db.embedded import EmbeddedPostgres
from platform_api.identity.api_keys import offered_scopes
from platform_api.identity.model import UserRole
from tests.support.platform import Person, Town
from tests.support.sessions import ok

DAY = 24 * 3600


@pytest.fixture
async def owner(cluster: EmbeddedPostgres, database_name: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(cluster.dsn(database=database_name))
    yield connection
    await connection.close()


async def make(admin: Person, *scopes: str, days: float = 30, **more: Any) -> tuple[int, Any]:
    expires = (admin.clock.now() + timedelta(days=days)).isoformat()
    draft = {"name": "HIS", "scopes": list(scopes), "expires_at": expires, "password": admin.password}
    answer = await admin.post("/api-keys", draft | more)
    return answer.status, await answer.json()


async def use(town: Town, secret: str, path: str, method: str = "GET") -> tuple[int, str]:
    answer = await town.client.request(
        method, f"/api/v1{path}", headers={"Authorization": f"Bearer {secret}"}, json={}
    )
    return answer.status, (await answer.json()).get("code", "") if answer.status >= 400 else ""


def test_what_hands_out_rights_is_never_offered_to_a_key() -> None:
    held = frozenset({"users.manage", "roles.grant", "duties.give", "api_keys.manage", "jobs.view"})

    assert offered_scopes(held) == ["jobs.view"]


async def test_what_a_key_may_carry_is_told_in_words(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)

    offered = (await ok(await admin.get("/api-keys/scopes")))["items"]

    assert {"name": "jobs.view", "words": "查看后台任务"} in offered
    assert all(each["words"] != each["name"] for each in offered)


async def test_a_key_opens_what_it_names_and_nothing_else(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    status, made = await make(admin, "jobs.view")
    secret = made["secret"]

    opened = await use(town, secret, "/jobs")
    held_by_the_maker = await use(town, secret, "/users")
    of_the_person = [await use(town, secret, path) for path in ("/auth/me", "/auth/logins", "/inbox")]
    signed_out = await use(town, secret, "/auth/logout", "POST")

    assert (status, secret[:4], opened[0], held_by_the_maker[0]) == (201, "sck_", 200, 403)
    assert {answer[0] for answer in [*of_the_person, signed_out]} == {403}


@pytest.mark.parametrize(
    "scopes", [("users.manage",), ("api_keys.manage",), ("sessions.plan",), ("nonsense",)]
)
async def test_nobody_gives_a_key_what_they_lack_or_what_no_program_may(
    town: Town, scopes: tuple[str, ...]
) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)

    status, problem = await make(admin, "jobs.view", *scopes)

    assert (status, problem["code"]) == (422, "api_key.scope")


async def test_a_key_needs_the_password_and_ends_within_a_year(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)

    assert (await make(admin, "jobs.view", password="guess-guess"))[0] == 403
    assert (await make(admin, "jobs.view", days=400))[0] == 422
    assert (await make(admin, "jobs.view", days=-1))[0] == 422
    assert (await make(admin, "jobs.view", days=365))[0] == 201


async def test_a_key_is_hashed_shown_once_and_ends_when_withdrawn_or_over(town: Town, owner: Any) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    _, withdrawn = await make(admin, "jobs.view")
    _, short = await make(admin, "jobs.view", days=1 / 48)

    revoked = await admin.post(f"/api-keys/{withdrawn['key']['id']}/revoke")
    twice = await admin.post(f"/api-keys/{withdrawn['key']['id']}/revoke")
    listed = await (await admin.post("/tables/api_keys/rows", {"columns": ["state"]})).json()
    town.clock.advance(1800)
    kept = str(await owner.fetch("SELECT * FROM api_keys"))

    assert (revoked.status, twice.status) == (204, 404)
    assert await use(town, withdrawn["secret"], "/jobs") == (401, "token.invalid")
    assert await use(town, short["secret"], "/jobs") == (401, "token.invalid")
    assert withdrawn["secret"] not in kept
    assert withdrawn["secret"] not in str(listed)
    states = {row["key"]: row["cells"][0] for row in listed["rows"]}
    assert (states[withdrawn["key"]["id"]], len(states)) == ("revoked", 2)


async def test_a_key_loses_what_its_maker_loses(town: Town) -> None:
    top = await town.signed_in("top", UserRole.ADMINISTRATOR)
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    _, made = await make(admin, "jobs.view")

    await top.send("PUT", f"/users/{admin.user.id}/roles", {"roles": ["doctor"]})
    lesser = await use(town, made["secret"], "/jobs")
    await top.post(f"/users/{admin.user.id}/disable")
    gone = await use(town, made["secret"], "/jobs")

    assert (lesser[0], gone) == (403, (401, "token.invalid"))


async def test_the_quota_of_a_minute_holds_also_for_calls_at_once(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    _, made = await make(admin, "jobs.view", per_minute=5)

    answers = await asyncio.gather(*(use(town, made["secret"], "/jobs") for _ in range(12)))
    town.clock.advance(60)
    later = await use(town, made["secret"], "/jobs")

    assert sorted(status for status, _ in answers) == [200] * 5 + [429] * 7
    assert {code for status, code in answers if status == 429} == {"api_key.quota"}
    assert later[0] == 200


async def test_the_quota_of_a_day_outlasts_its_minutes(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    _, made = await make(admin, "jobs.view", per_day=2)

    days = []
    for wait in (0, 60, 60, DAY):
        town.clock.advance(wait)
        days.append((await use(town, made["secret"], "/jobs"))[0])

    assert days == [200, 200, 429, 200]


async def test_AZ_02_keys_of_another_organisation_do_not_exist(town: Town) -> None:
    await town.organisation("别的医院")
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    foreign = await town.signed_in("foreign", UserRole.ADMINISTRATOR, organisation="别的医院")
    doctor = await town.signed_in("doctor", UserRole.DOCTOR)
    _, made = await make(admin, "jobs.view")

    shown = [
        [row["key"] for row in (await (await each.post("/tables/api_keys/rows", {})).json())["rows"]]
        for each in (admin, foreign)
    ]
    revoked = await foreign.post(f"/api-keys/{made['key']['id']}/revoke")

    assert (shown, revoked.status) == ([[made["key"]["id"]], []], 404)
    assert (await doctor.post("/tables/api_keys/rows", {})).status == 404
    assert (await use(town, made["secret"], "/jobs"))[0] == 200


async def test_keys_made_and_withdrawn_are_in_the_trail(town: Town, owner: Any) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    _, made = await make(admin, "jobs.view")
    await admin.post(f"/api-keys/{made['key']['id']}/revoke")

    noted = await owner.fetch(
        "SELECT details FROM audit_entries WHERE target_kind = 'api_key' ORDER BY number"
    )

    assert ["api_key_made" in noted[0]["details"], "api_key_revoked" in noted[1]["details"]] == [True, True]
