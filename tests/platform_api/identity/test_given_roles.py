"""A role for a node and a period: its rights hold there and below, and end by themselves."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from platform_api.db import Actor, Database
from platform_api.identity import duty_store, given_role_store
from platform_api.identity.logins import Logins
from platform_api.identity.model import Duty, GivenRole, GivenRoleName, UserRole
from platform_api.identity.proof import SYSTEM
from platform_api.kernel.events import AccessRevoked
from platform_api.kernel.ids import OrganisationId, UserId, new_id
from tests.support.platform import Person, Town
from tests.support.sessions import ok, refusal

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def land(town: Town) -> Town:
    """A group above two hospitals, one of which has a ward."""
    await town.organisation("省集团")
    await town.organisation("市立医院", parent="省集团")
    await town.organisation("县医院", parent="省集团")
    await town.organisation("内镜科", parent="县医院")
    return town


def node(town: Town, name: str) -> str:
    return town.organisations[name].id


async def give(town: Town, giver: Person, to: Person, role: str, at: str, **period: Any) -> dict[str, Any]:
    body = {
        "role": role,
        "organisation": node(town, at),
        **{key: value.isoformat() for key, value in period.items()},
    }
    given: dict[str, Any] = await ok(await giver.post(f"/users/{to.user.id}/given-roles", body), 201)
    return given


async def names(person: Person, **more: Any) -> set[str] | int:
    answer = await person.send("GET", "/users", **more)
    return (
        {each["username"] for each in (await answer.json())["items"]}
        if answer.status == 200
        else answer.status
    )


async def test_a_right_holds_at_its_node_and_below_and_ends_by_itself_for_a_live_login(land: Town) -> None:
    top = await land.signed_in("top", UserRole.ADMINISTRATOR, organisation="省集团")
    deputy = await land.signed_in("deputy", UserRole.DOCTOR)
    ward = await land.person("ward", UserRole.DOCTOR, organisation="内镜科")
    city = await land.person("city", UserRole.DOCTOR)
    assert await names(deputy) == 403
    begins, ends = land.clock.now() + MINUTE, land.clock.now() + 4 * MINUTE

    await give(land, top, deputy, "administrator", "县医院", starts_at=begins, ends_at=ends)

    assert await names(deputy) == 403
    land.clock.advance(60)
    assert await names(deputy) == {"ward"}
    assert (await deputy.post(f"/users/{ward.user.id}/disable")).status == 200
    assert await refusal(await deputy.post(f"/users/{city.user.id}/disable")) == (404, "not_found")
    land.clock.advance(179)
    assert await names(deputy) == {"ward"}
    land.clock.advance(1)
    assert await names(deputy) == 403
    assert (await ok(await deputy.get("/auth/me")))["acting"] == node(
        land, "市立医院"
    )  # the login itself lives


async def test_what_is_over_is_closed_and_what_rests_on_it_is_cut(land: Town) -> None:
    top = await land.signed_in("top", UserRole.ADMINISTRATOR, organisation="省集团")
    deputy = await land.signed_in("deputy", UserRole.DOCTOR)
    revoked: list[AccessRevoked] = []

    async def hear(event: AccessRevoked) -> None:
        revoked.append(event)

    land.bus.subscribe(AccessRevoked, hear)
    await give(land, top, deputy, "office", "县医院", ends_at=land.clock.now() + MINUTE)
    ended = await give(land, top, deputy, "doctor", "县医院")
    assert revoked == []

    await ok(await top.post(f"/given-roles/{ended['id']}/end"))
    land.clock.advance(61)
    await land.platform.services.get(Logins).sweep()

    assert [event.subject for event in revoked] == [deputy.user.id, deputy.user.id]
    listed = (await ok(await top.get(f"/users/{deputy.user.id}/given-roles")))["items"]
    assert [(each["role"], each["given_by"], each["ended_by"]) for each in listed] == [
        ("doctor", "top医生", "top医生"),
        ("office", "top医生", None),
    ]
    assert listed[1]["ended_at"] == listed[1]["ends_at"]
    assert (await top.post(f"/given-roles/{ended['id']}/end")).status == 404
    assert (await ok(await top.get("/given-roles")))["items"] == []
    assert len((await ok(await top.get("/given-roles?only_open=false")))["items"]) == 2


async def test_a_call_acts_for_one_node_that_it_may_name(land: Town) -> None:
    top = await land.signed_in("top", UserRole.ADMINISTRATOR, organisation="省集团")
    both = await land.signed_in("both", UserRole.ADMINISTRATOR)
    await land.person("city", UserRole.DOCTOR)
    await land.person("ward", UserRole.DOCTOR, organisation="内镜科")
    await give(land, top, both, "administrator", "县医院")
    there = {**both.headers, "X-Scopecast-Node": node(land, "县医院")}

    async def told(path: str, headers: dict[str, str]) -> Any:
        return await land.client.get(f"/api/v1{path}", headers=headers)

    assert await names(both) == {"both", "city"}
    assert {each["username"] for each in (await ok(await told("/users", there)))["items"]} == {"ward"}
    me = await ok(await told("/auth/me", there))
    assert [each["name"] for each in me["nodes"]] == ["市立医院", "县医院"]
    assert (me["acting"], "users.manage" in me["user"]["permissions"]) == (node(land, "县医院"), True)
    for wrong in (node(land, "省集团"), new_id(), "x"):
        answer = await told("/users", {**both.headers, "X-Scopecast-Node": wrong})
        assert await refusal(answer) == (404, "node.unknown")


async def test_AZ_02_nobody_gives_or_ends_or_sees_roles_outside_the_own_nodes(land: Town) -> None:
    top = await land.signed_in("top", UserRole.ADMINISTRATOR, organisation="省集团")
    county = await land.signed_in("county", UserRole.ADMINISTRATOR, organisation="县医院")
    city, doctor = await land.person("city", UserRole.DOCTOR), await land.signed_in("doctor", UserRole.DOCTOR)
    given = await give(land, top, doctor, "expert", "市立医院")
    draft = {"role": "doctor", "organisation": node(land, "县医院")}

    for user in (city.user.id, new_id()):
        assert (await county.get(f"/users/{user}/given-roles")).status == 404
        assert (await county.post(f"/users/{user}/given-roles", draft)).status == 404
    for known in (given["id"], new_id()):
        assert (await county.post(f"/given-roles/{known}/end")).status == 404
    assert (await ok(await county.get("/given-roles")))["items"] == []
    own = await land.person("own", UserRole.DOCTOR, organisation="县医院")
    for above in ("省集团", "市立医院"):
        wide = await county.post(
            f"/users/{own.user.id}/given-roles", draft | {"organisation": node(land, above)}
        )
        assert await refusal(wide) == (404, "organisations.unknown")
    assert await refusal(await county.post(f"/users/{county.user.id}/given-roles", draft)) == (
        403,
        "users.self",
    )
    for method, path in (
        ("POST", f"/users/{city.user.id}/given-roles"),
        ("POST", f"/given-roles/{given['id']}/end"),
    ):
        assert (await doctor.send(method, path, draft)).status == 403
        assert (await land.client.request(method, f"/api/v1{path}", json=draft)).status == 401


async def test_periods_that_are_none_and_roles_given_twice_are_refused(land: Town) -> None:
    top = await land.signed_in("top", UserRole.ADMINISTRATOR, organisation="省集团")
    doctor, now = await land.person("doctor", UserRole.DOCTOR), land.clock.now()
    draft = {"role": "office", "organisation": node(land, "县医院")}
    path = f"/users/{doctor.user.id}/given-roles"

    for period in (
        {"ends_at": (now - MINUTE).isoformat()},
        {"starts_at": (now + 2 * MINUTE).isoformat(), "ends_at": (now + MINUTE).isoformat()},
        {"ends_at": (now + timedelta(days=4000)).isoformat()},
    ):
        assert await refusal(await top.post(path, draft | period)) == (422, "given.period")
    await give(land, top, doctor, "office", "县医院", ends_at=now + 5 * MINUTE)
    assert await refusal(await top.post(path, draft)) == (409, "given.twice")
    later = draft | {"starts_at": (now + 5 * MINUTE).isoformat()}
    await ok(await top.post(path, later), 201)


async def test_AZ_01_the_database_keeps_given_roles_to_their_nodes_and_duties_apart(
    land: Town, database: Database
) -> None:
    auditor, now = await land.person("auditor", duty=Duty.AUDIT), land.clock.now()
    doctor = await land.person("doctor", UserRole.DOCTOR)
    county = Actor(subject=new_id(), organisation=node(land, "县医院"))

    def role(user: str, name: GivenRoleName) -> GivenRole:
        return GivenRole(
            id=new_id(),
            user=UserId(user),
            user_name="",
            node=OrganisationId(node(land, "市立医院")),
            node_name="",
            role=name,
            starts_at=now,
            ends_at=now + timedelta(hours=2),
            given_at=now,
            given_by_name="x",
            ended_at=None,
            ended_by_name=None,
        )

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level"):
        async with database.transaction(county) as transaction:
            await given_role_store.add(transaction, role(doctor.user.id, GivenRoleName.DOCTOR), "x")
    with pytest.raises(asyncpg.RestrictViolationError):
        async with database.transaction(SYSTEM) as transaction:
            await given_role_store.add(transaction, role(auditor.user.id, GivenRoleName.ADMINISTRATOR), "x")
    with pytest.raises(asyncpg.CheckViolationError):
        async with database.transaction(SYSTEM) as transaction:
            await given_role_store.add(transaction, role(doctor.user.id, GivenRoleName.EMERGENCY), "x")
    async with database.transaction(SYSTEM) as transaction:
        await given_role_store.add(transaction, role(doctor.user.id, GivenRoleName.ADMINISTRATOR), "x")
    with pytest.raises(asyncpg.RestrictViolationError):
        async with database.transaction(SYSTEM) as transaction:
            await duty_store.add_duty(transaction, doctor.user.id, Duty.AUDIT, "x", now)
    async with database.transaction(county) as transaction:
        assert await transaction.fetchval("SELECT count(*) FROM given_roles") == 0
