"""Roles composed of permissions: by whom, of what, where, and at once for those who hold them."""

from typing import Any

import asyncpg
import pytest

from platform_api.db import Actor, Database
from platform_api.identity import composed_role_store
from platform_api.identity.catalogue import RIGHTS
from platform_api.identity.model import ComposedRole, Duty, RoleNames, UserRole
from platform_api.identity.proof import SYSTEM
from platform_api.identity.rules import COMPOSABLE, DUTY_PERMISSIONS, PERMISSIONS, composable_by
from platform_api.kernel.events import AccessRevoked
from platform_api.kernel.ids import OrganisationId, new_id
from tests.support.platform import Person, Town
from tests.support.sessions import ok, refusal

OF_DUTIES = frozenset().union(*DUTY_PERMISSIONS.values())
DRAFT: dict[str, Any] = {
    "zh": "阅片助理",
    "en": "Reading assistant",
    "permissions": ["files.view", "qa.view"],
}


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


async def compose(town: Town, guard: Person, at: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = await ok(
        await guard.post("/roles", DRAFT | {"organisation": node(town, at)} | more), 201
    )
    return made


async def give(town: Town, giver: Person, to: Person, role: str, at: str) -> Any:
    body = {"role": role, "organisation": node(town, at)}
    return await giver.post(f"/users/{to.user.id}/composed-roles", body)


def changed(role: dict[str, Any], **more: Any) -> dict[str, Any]:
    names = {"zh": role["names"]["zh"], "en": role["names"]["en"]}
    return names | {"permissions": role["permissions"], "revision": role["revision"]} | more


def test_AZ_07_nothing_of_a_duty_may_be_composed_and_nobody_composes_without_both_rights() -> None:
    assert not COMPOSABLE & OF_DUTIES
    assert {right.name for right in RIGHTS} == COMPOSABLE | OF_DUTIES
    assert composable_by(DUTY_PERMISSIONS[Duty.SECURITY]) == COMPOSABLE
    for held in (*PERMISSIONS.values(), DUTY_PERMISSIONS[Duty.SYSTEM], DUTY_PERMISSIONS[Duty.AUDIT]):
        assert composable_by(held) == frozenset()


async def test_AZ_02_accounts_are_listed_by_a_role_that_they_hold_in_whichever_way(land: Town) -> None:
    guard = await land.signed_in("guard", organisation="省集团", duty=Duty.SECURITY)
    city = await land.signed_in("city", UserRole.ADMINISTRATOR)
    reader = await land.person("reader", UserRole.DOCTOR)
    there = await land.person("there", UserRole.DOCTOR, organisation="县医院")
    role = await compose(land, guard, "省集团")
    for person, at in ((reader, "市立医院"), (there, "县医院")):
        assert (await give(land, guard, person, role["key"], at)).status == 201
    await give(land, guard, reader, role["key"], "内镜科")
    body = {"role": "office", "organisation": node(land, "县医院")}
    assert (await guard.post(f"/users/{reader.user.id}/given-roles", body)).status == 201

    async def holding(asker: Person, *words: str) -> set[str]:
        asked = {
            "filters": [{"column": "roles", "operator": "is", "values": list(words)}],
            "columns": ["username"],
        }
        return {row["cells"][0] for row in (await ok(await asker.post("/tables/users/rows", asked)))["rows"]}

    assert await holding(guard, role["key"]) == {"reader", "there"}
    assert await holding(city, role["key"]) == {"reader"}
    assert (await holding(guard, "doctor"), await holding(city, "doctor")) == (
        {"reader", "there"},
        {"reader"},
    )
    assert (await holding(guard, "office"), await holding(city, "office")) == ({"reader"}, set())
    assert await holding(guard, "security", "administrator") == {"guard", "city"}
    assert await holding(guard, "nothing", "' OR true --", "-" * 36) == set()
    page = await ok(await city.post("/tables/users/rows", {"columns": ["username", "roles"]}))
    assert [(row["cells"], row["references"]) for row in page["rows"]] == [
        (["city", "administrator"], {}),
        (["reader", "doctor"], {}),
    ]


async def test_AZ_02_one_account_is_asked_for_and_its_id_is_no_column(land: Town) -> None:
    city = await land.signed_in("city", UserRole.ADMINISTRATOR)
    there = await land.person("there", UserRole.DOCTOR, organisation="县医院")

    async def of(user: str) -> Any:
        asked = {"filters": [{"column": "id", "operator": "is", "values": [user]}], "columns": ["username"]}
        return [row["cells"] for row in (await ok(await city.post("/tables/users/rows", asked)))["rows"]]

    assert (await of(city.user.id), await of(there.user.id)) == ([["city"]], [])
    assert (await city.post("/tables/users/rows", {"columns": ["id"]})).status == 422
    told = {
        each["name"]: each["choosable"] for each in (await ok(await city.get("/tables/users")))["columns"]
    }
    assert (told["id"], told["name"]) == (False, True)


async def test_every_role_is_told_with_its_permissions_in_words_and_its_holders(land: Town) -> None:
    guard = await land.signed_in("guard", duty=Duty.SECURITY, organisation="县医院")
    doctor = await land.person("doctor", UserRole.DOCTOR, organisation="内镜科")
    await land.person("city", UserRole.DOCTOR)
    role = await compose(land, guard, "县医院")
    await ok(await give(land, guard, doctor, role["key"], "内镜科"), 201)

    told = await ok(await guard.get("/roles"))
    holders = await ok(await guard.get(f"/role-holders?role={role['key']}"))
    base = await ok(await guard.get("/role-holders?role=doctor"))

    roles = {each["key"]: each for each in told["roles"]}
    assert [each["kind"] for each in told["roles"]] == ["role"] * 4 + ["composed"] + ["duty"] * 3
    assert {key: each["holders"] for key, each in roles.items() if each["holders"]} == {
        "doctor": 1,
        "security": 1,
        role["key"]: 1,
    }
    assert set(roles["office"]["permissions"]) == PERMISSIONS[UserRole.OFFICE]
    assert (roles[role["key"]]["organisation"]["name"], roles[role["key"]]["changeable"]) == ("县医院", True)
    words = {each["name"]: each for module in told["modules"] for each in module["permissions"]}
    assert set(words) == {right.name for right in RIGHTS}
    assert words["sessions.view"]["words"] == "查看场次"
    assert {name for name, each in words.items() if each["composable"]} == COMPOSABLE
    (holder,) = holders["items"]
    assert (holder["username"], holder["as_base"], holder["nodes"]) == ("doctor", False, ["内镜科"])
    assert [(each["username"], each["as_base"]) for each in base["items"]] == [("doctor", True)]


async def test_AZ_01_a_change_holds_from_the_next_call_of_a_holder_and_stands_in_the_trail(
    land: Town,
) -> None:
    guard = await land.signed_in("guard", duty=Duty.SECURITY, organisation="县医院")
    plain = await land.signed_in("plain", organisation="县医院")
    cut: list[str] = []

    async def hear(event: AccessRevoked) -> None:
        cut.append(event.subject)

    land.bus.subscribe(AccessRevoked, hear)
    role = await compose(land, guard, "县医院")
    assert (await plain.get("/api-keys/scopes")).status == 403
    await ok(await give(land, guard, plain, role["key"], "县医院"), 201)
    assert (await plain.get("/api-keys/scopes")).status == 403

    path = f"/roles/{role['key']}"
    wider = changed(role, permissions=[*DRAFT["permissions"], "api_keys.manage"])
    wide = await ok(await guard.send("PATCH", path, wider))
    assert (await plain.get("/api-keys/scopes")).status == 200
    assert cut == []
    stale = await guard.send("PATCH", path, changed(role, zh="迟到的修改"))
    assert await refusal(stale) == (409, "roles.changed")
    await ok(await guard.send("PATCH", path, changed(wide, permissions=["files.view"])))
    assert ((await plain.get("/api-keys/scopes")).status, cut) == (403, [plain.user.id])
    await ok(await guard.post(f"{path}/retire"), 204)

    assert cut == [plain.user.id] * 2
    assert plain.user.id not in str(await ok(await guard.get("/role-holders?role=" + role["key"])))
    (given,) = (await ok(await guard.get(f"/users/{plain.user.id}/given-roles")))["items"]
    assert (given["composed"]["zh"], given["ended_by"]) == ("阅片助理", guard.user.name)
    assert (await guard.send("PATCH", path, changed(wide))).status == 404
    assert await refusal(await give(land, guard, plain, role["key"], "县医院")) == (404, "roles.unknown")
    async with land.platform.database.transaction(SYSTEM) as transaction:
        rows = await transaction.fetch(
            "SELECT details FROM audit_entries WHERE tag = 'permission.changed' AND target_kind = 'role' "
            "ORDER BY number"
        )
    assert [row["details"]["act"] for row in rows] == ["composed", "changed", "changed", "retired"]
    assert (rows[1]["details"]["added"], rows[1]["details"]["removed"]) == ("api_keys.manage", "")


async def test_AZ_07_no_role_carries_more_than_its_maker_may_give(land: Town) -> None:
    guard = await land.signed_in("guard", duty=Duty.SECURITY, organisation="县医院")
    role = await compose(land, guard, "县医院")
    draft = DRAFT | {"organisation": node(land, "县医院"), "zh": "越权", "en": "Too much"}

    for wrong in (*sorted(OF_DUTIES), "no.such_right", "room.enter", "signed_in"):
        carried = ["files.view", wrong]
        made = await guard.post("/roles", draft | {"permissions": carried})
        assert await refusal(made) == (422, "roles.permission"), wrong
        grown = await guard.send("PATCH", f"/roles/{role['key']}", changed(role, permissions=carried))
        assert await refusal(grown) == (422, "roles.permission"), wrong
    twice = await guard.post("/roles", DRAFT | {"organisation": node(land, "县医院"), "en": "Other"})
    assert await refusal(twice) == (409, "roles.name")


async def test_AZ_02_wrong_hands_neither_compose_nor_change_nor_see(land: Town) -> None:
    top = await land.signed_in("top", duty=Duty.SECURITY, organisation="省集团")
    county = await land.signed_in("county", duty=Duty.SECURITY, organisation="县医院")
    city = await land.signed_in("city", duty=Duty.SECURITY)
    keeper = await land.signed_in("keeper", UserRole.ADMINISTRATOR, organisation="县医院")
    others = [
        await land.signed_in("system", duty=Duty.SYSTEM),
        await land.signed_in("audit", duty=Duty.AUDIT),
        await land.signed_in("doctor", UserRole.DOCTOR, UserRole.EXPERT, UserRole.OFFICE),
    ]
    above, theirs = await compose(land, top, "省集团"), await compose(land, county, "县医院")
    path = f"/roles/{theirs['key']}"

    async def seen(person: Person) -> set[str]:
        told = (await ok(await person.get("/roles")))["roles"]
        return {each["key"] for each in told if each["kind"] == "composed"}

    assert await seen(top) == await seen(county) == await seen(keeper) == {above["key"], theirs["key"]}
    assert await seen(city) == {above["key"]}
    for person in (keeper, *others):
        assert (await person.post("/roles", DRAFT)).status == 403
        assert (await person.send("PATCH", path, changed(theirs))).status == 403
        assert (await person.post(f"{path}/retire")).status == 403
    for person in others:
        assert ((await person.get("/roles")).status, (await person.get("/role-holders?role=x")).status) == (
            403,
            403,
        )
    for role in (theirs, above | {"key": new_id()}):
        assert (await city.send("PATCH", f"/roles/{role['key']}", changed(role))).status == 404
        assert (await city.post(f"/roles/{role['key']}/retire")).status == 404
    for person in (city, county):  # what is of above may be given, and is not theirs to change
        assert (await person.send("PATCH", f"/roles/{above['key']}", changed(above))).status == 404
        assert (await person.post(f"/roles/{above['key']}/retire")).status == 404
    for name in ("省集团", "市立医院"):
        draft = DRAFT | {"organisation": node(land, name), "zh": "外院", "en": "Other"}
        assert await refusal(await county.post("/roles", draft)) == (404, "organisations.unknown")
    assert (await ok(await city.get(f"/role-holders?role={theirs['key']}")))["items"] == []


async def test_AZ_02_a_composed_role_is_given_at_its_node_and_below_and_never_beside_a_duty(
    land: Town,
) -> None:
    top = await land.signed_in("top", duty=Duty.SECURITY, organisation="省集团")
    keeper = await land.signed_in("keeper", UserRole.ADMINISTRATOR, organisation="县医院")
    doctor = await land.person("doctor", UserRole.DOCTOR, organisation="内镜科")
    auditor = await land.person("auditor", duty=Duty.AUDIT, organisation="县医院")
    wide, county = await compose(land, top, "省集团"), await compose(land, top, "县医院")
    city = await compose(land, top, "市立医院")

    await ok(await give(land, keeper, doctor, wide["key"], "内镜科"), 201)
    await ok(await give(land, keeper, doctor, county["key"], "县医院"), 201)
    assert await refusal(await give(land, keeper, doctor, county["key"], "县医院")) == (409, "given.twice")
    for role, at in ((city["key"], "县医院"), (new_id(), "县医院")):
        assert await refusal(await give(land, keeper, doctor, role, at)) == (404, "roles.unknown")
    assert await refusal(await give(land, top, doctor, county["key"], "省集团")) == (404, "roles.unknown")
    assert await refusal(await give(land, keeper, keeper, county["key"], "县医院")) == (403, "users.self")
    assert await refusal(await give(land, top, auditor, wide["key"], "县医院")) == (409, "duties.apart")
    appointed = await top.send("PUT", f"/users/{doctor.user.id}/duty", {"duty": "audit"})
    assert await refusal(appointed) == (409, "duties.apart")


async def test_AZ_01_the_database_keeps_roles_to_their_nodes_and_free_of_duties(
    land: Town, database: Database
) -> None:
    county = Actor(subject=new_id(), organisation=node(land, "县医院"))

    def role(at: str, *permissions: str) -> ComposedRole:
        return ComposedRole(
            names=RoleNames(id=new_id(), zh="角色", en="Role"),
            node=OrganisationId(node(land, at)),
            node_name="",
            permissions=frozenset(permissions),
            revision=1,
            changed_at=land.clock.now(),
            changed_by_name="x",
        )

    for at, refused in (("市立医院", "files.view"), ("省集团", "files.view")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level"):
            async with database.transaction(county) as transaction:
                await composed_role_store.add(transaction, role(at, refused), "x")
    for right in sorted(OF_DUTIES):
        with pytest.raises(asyncpg.CheckViolationError):
            async with database.transaction(county) as transaction:
                await composed_role_store.add(transaction, role("县医院", right), "x")
    async with database.transaction(county) as transaction:
        await composed_role_store.add(transaction, role("县医院", "files.view"), "x")
    async with database.transaction(
        Actor(subject=new_id(), organisation=node(land, "市立医院"))
    ) as transaction:
        assert await composed_role_store.seen(transaction, 10) == []
        assert await transaction.execute("UPDATE composed_roles SET name_zh = 'x'") == 0
