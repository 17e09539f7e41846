"""Administrators act in their own organisation and below it; the rest does not exist for them."""

from collections.abc import Awaitable

import pytest

from platform_api.http import Asker
from platform_api.identity.model import Duty, User, UserRole
from platform_api.identity.proof import SYSTEM
from platform_api.identity.users import Administration
from platform_api.kernel.errors import Refused
from platform_api.kernel.ids import OrganisationId, UserId
from tests.support.platform import Person, Town
from tests.support.sessions import ok, refusal


async def test_an_administrator_sees_and_changes_the_own_branch_alone(town: Town) -> None:
    await town.organisation("省集团")
    await town.organisation("市立医院", "省集团")
    await town.organisation("县医院", "省集团")
    top = await town.signed_in("top", UserRole.ADMINISTRATOR, organisation="省集团")
    city = await town.signed_in("city", UserRole.ADMINISTRATOR)
    county = await town.person("county", UserRole.DOCTOR, organisation="县医院")

    everybody = {user["username"] for user in (await (await top.get("/users")).json())["items"]}
    own = {user["username"] for user in (await (await city.get("/users")).json())["items"]}
    assert (everybody, own) == ({"top", "city", "county"}, {"city"})

    for method, path, body in (
        ("POST", f"/users/{county.user.id}/disable", None),
        ("POST", f"/users/{county.user.id}/reset-credentials", None),
        ("PUT", f"/users/{county.user.id}/roles", {"roles": ["administrator"]}),
        ("POST", "/users/01900000-0000-7000-8000-000000000000/disable", None),
    ):
        answer = await city.send(method, path, body)
        assert (answer.status, (await answer.json())["code"]) == (404, "not_found"), path
    assert (await top.post(f"/users/{county.user.id}/disable")).status == 200


async def test_accounts_are_made_only_below_and_names_are_taken_once(town: Town) -> None:
    await town.organisation("市立医院")
    foreign = await town.organisation("别的医院")
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    draft = {"organisation": admin.user.organisation, "username": "lisi", "name": "李四", "roles": ["doctor"]}

    assert (await admin.post("/users", draft)).status == 201
    taken = await admin.post("/users", draft | {"username": "LiSi"})
    assert (taken.status, (await taken.json())["code"]) == (409, "users.username_taken")
    assert (await admin.post("/users", draft | {"username": "x1", "organisation": foreign.id})).status == 404
    later = await admin.post("/users", draft | {"username": "x1", "roles": []})  # a role may be given later
    assert (later.status, (await later.json())["user"]["permissions"]) == (201, [])
    assert (await admin.post("/users", draft | {"username": "x2", "roles": ["chief"]})).status == 422
    assert (await admin.post("/users", draft | {"username": "x1", "disabled": False})).status == 422  # AZ-04
    assert (await admin.post(f"/users/{admin.user.id}/disable")).status == 403


async def test_a_name_a_title_and_an_organisation_are_changed_and_found_anew(town: Town) -> None:
    top, admin, doctor, county = await _hospitals(town)
    path = f"/users/{doctor.user.id}"

    renamed = await ok(await admin.send("PATCH", path, {"name": "欧阳芳", "title": "主任医师"}))
    assert (renamed["name"], renamed["title"]) == ("欧阳芳", "主任医师")
    assert (await doctor.get("/auth/me")).status == 200
    found = await ok(await admin.post("/tables/users/rows", {"text": "ouyang"}))
    assert [row["key"] for row in found["rows"]] == [doctor.user.id]
    moved = await ok(await top.send("PATCH", path, {"organisation": county}))
    assert (moved["organisation"]["id"], moved["name"]) == (county, "欧阳芳")
    assert (await doctor.get("/auth/me")).status == 401  # signed in as somebody of the other hospital
    assert (await admin.get(path)).status == 404
    async with town.platform.database.transaction(SYSTEM) as transaction:
        rows = await transaction.fetch("SELECT details FROM audit_entries WHERE tag = 'record.changed'")
    assert [row["details"]["fields"] for row in rows] == ["name title", "organisation"]
    assert rows[1]["details"]["to"] == county


async def test_words_and_roles_are_changed_together_or_not_at_all(town: Town) -> None:
    _, admin, doctor, county = await _hospitals(town)
    path = f"/users/{doctor.user.id}"

    refused = await admin.send("PATCH", path, {"name": "改名", "roles": ["expert"], "organisation": county})
    assert (refused.status, (await ok(await admin.get(path)))["roles"]) == (404, ["doctor"])
    assert (await doctor.get("/auth/me")).status == 200
    changed = await ok(await admin.send("PATCH", path, {"name": "欧阳芳", "roles": ["expert"]}))
    assert (changed["name"], changed["roles"]) == ("欧阳芳", ["expert"])
    assert (await doctor.get("/auth/me")).status == 401
    same = await ok(await admin.send("PATCH", path, {"name": "欧阳芳", "roles": ["expert"]}))
    assert same["roles"] == ["expert"]
    async with town.platform.database.transaction(SYSTEM) as transaction:
        rows = await transaction.fetch(
            "SELECT tag, details FROM audit_entries "
            "WHERE tag IN ('record.changed', 'permission.changed') ORDER BY number"
        )
    assert [(row["tag"], row["details"].get("roles")) for row in rows] == [
        ("permission.changed", "expert"),
        ("record.changed", None),
    ]


async def test_AZ_02_who_gives_no_roles_changes_none_beside_a_name(town: Town) -> None:
    _, admin, doctor, _ = await _hospitals(town)
    keeper = Asker(
        subject=admin.user.id,
        name=admin.user.name,
        login="",
        organisation=OrganisationId(admin.user.organisation),
        permissions=frozenset({"users.manage"}),
    )
    administration = town.platform.services.get(Administration)

    def change(roles: frozenset[UserRole] | None) -> Awaitable[User]:
        return administration.change(
            keeper,
            UserId(doctor.user.id),
            name="改名",
            title=None,
            organisation=None,
            roles=roles,
            address="",
        )

    with pytest.raises(Refused):
        await change(frozenset({UserRole.EXPERT}))
    changed = await change(None)
    assert (changed.name, changed.roles) == ("改名", frozenset({UserRole.DOCTOR}))


async def test_AZ_02_nobody_is_changed_or_moved_without_a_right_at_both_ends(town: Town) -> None:
    top, admin, doctor, county = await _hospitals(town)
    there = await town.person("there", UserRole.DOCTOR, organisation="县医院")
    auditor = await town.person("auditor", duty=Duty.AUDIT)

    for target in (county, top.user.organisation, "01900000-0000-7000-8000-000000000000"):
        out = await admin.send("PATCH", f"/users/{doctor.user.id}", {"organisation": target})
        assert await refusal(out) == (404, "organisations.unknown")
    for user in (there.user.id, top.user.id, "01900000-0000-7000-8000-000000000000"):
        for body in ({"name": "改名"}, {"organisation": admin.user.organisation}):
            taken = await admin.send("PATCH", f"/users/{user}", body)
            assert await refusal(taken) == (404, "not_found")
        assert (await admin.get(f"/users/{user}")).status == 404
    own = await admin.send("PATCH", f"/users/{admin.user.id}", {"name": "自己"})
    assert await refusal(own) == (403, "users.self")
    kept = await admin.send("PATCH", f"/users/{auditor.user.id}", {"name": "审计"})
    assert await refusal(kept) == (403, "duties.kept")
    assert (await doctor.send("PATCH", f"/users/{doctor.user.id}", {"name": "自己"})).status == 403
    assert (await doctor.get(f"/users/{doctor.user.id}")).status == 403


async def _hospitals(town: Town) -> tuple[Person, Person, Person, str]:
    """Who keeps the group, who keeps one hospital, a doctor there, and the other hospital."""
    await town.organisation("省集团")
    await town.organisation("市立医院", "省集团")
    county = await town.organisation("县医院", "省集团")
    top = await town.signed_in("top", UserRole.ADMINISTRATOR, organisation="省集团")
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    return top, admin, await town.signed_in("doctor", UserRole.DOCTOR), county.id


async def test_a_disabled_account_is_out_until_it_is_enabled(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    person = await town.person("doctor", UserRole.DOCTOR)
    await admin.post(f"/users/{person.user.id}/disable")

    body = {"username": "doctor", "password": person.password, "totp": person.code()}
    shut = await town.client.post("/api/v1/auth/login", json=body)
    assert (shut.status, (await shut.json())["code"]) == (403, "auth.disabled")
    await admin.post(f"/users/{person.user.id}/enable")
    await person.sign_in()


async def test_lists_are_paged_without_gap_or_double(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    for n in range(7):
        await town.person(f"doctor{n}", UserRole.DOCTOR)

    seen: list[str] = []
    cursor = ""
    while True:
        page = await (await admin.get(f"/users?limit=3{cursor}")).json()
        seen += [user["username"] for user in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert sorted(seen) == sorted(["admin", *(f"doctor{n}" for n in range(7))])
    assert len((await (await admin.get("/users?q=doctor3")).json())["items"]) == 1
    assert len((await (await admin.get("/users?q=yisheng")).json())["items"]) > 1
    assert (await admin.get("/users?cursor=WyJ4Il0")).status == 400
    assert (await admin.get("/users?cursor=%00")).status == 422


async def test_organisations_grow_below_the_own(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    foreign = await town.organisation("别的医院")
    draft = {
        "parent": admin.user.organisation,
        "name": "内镜中心",
        "kind": "hospital",
        "region_code": "330200",
    }

    assert (await admin.post("/organisations", draft)).status == 201
    assert (await admin.post("/organisations", draft | {"parent": foreign.id})).status == 404
    names = {item["name"] for item in (await (await admin.get("/organisations")).json())["items"]}
    assert names == {"市立医院", "内镜中心"}
