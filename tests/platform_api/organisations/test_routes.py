"""The tree over HTTP: an administrator keeps the own node and what lies below; the rest does not exist."""

import asyncio
from typing import Any

import asyncpg

from platform_api.db import Actor, Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.identity.model import Duty, UserRole
from platform_api.kernel.ids import new_id
from platform_api.organisations import Organisations
from tests.support.platform import Person, Town

MISSING = "01900000-0000-7000-8000-000000000000"
CREDIT = "91350100M000100Y43"
OWNED = "SELECT relation::text, column_name FROM organisation_owned"


async def body_of(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status == status, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def made(admin: Person, parent: str, name: str, kind: str = "hospital", **more: Any) -> dict[str, Any]:
    draft = {"parent": parent, "name": name, "kind": kind} | more
    page = await body_of(await admin.post("/organisations", draft), 201)
    organisation: dict[str, Any] = page["organisation"]
    return organisation


async def refused(answer: Any) -> tuple[int, str]:
    return answer.status, (await answer.json())["code"]


async def found_names(admin: Person, words: str) -> list[str]:
    answer = await body_of(await admin.get("/organisations/search", params={"q": words}))
    return [item["organisation"]["name"] for item in answer["items"]]


async def counted(cluster: EmbeddedPostgres, database_name: str, organisation: str) -> dict[str, int]:
    """How many rows of each table an organisation owns, whatever the row rules show."""
    superuser = await asyncpg.connect(cluster.dsn(database=database_name))
    try:
        held = {}
        for row in await superuser.fetch(OWNED):
            relation, column = row["relation"], row["column_name"]
            count = await superuser.fetchval(
                f"SELECT count(*) FROM {relation} WHERE {column} = $1",  # noqa: S608 - of the catalogue
                organisation,
            )
            if count:
                held[relation] = count
        return held
    finally:
        await superuser.close()


async def test_a_tree_is_made_found_and_shown_lazily(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    own = admin.user.organisation
    more: dict[str, Any] = {
        "region_code": "510104",
        "short_name": "一院",
        "aliases": ["红星医院"],
        "codes": [{"authority": "uscc", "code": CREDIT}, {"authority": "reporting", "code": "SC-0007"}],
    }
    branch = await made(admin, own, "市立医院北区", **more)
    centre = await made(admin, branch["id"], "内镜中心", "department")

    (top,) = (await body_of(await admin.get("/organisations/tree")))["items"]
    assert (top["id"], top["children"]) == (own, 1)
    at_once = await body_of(await admin.get("/organisations/top"))
    assert (at_once["own"], [item["id"] for item in at_once["below"]]) == (top, [branch["id"]])
    below = await body_of(await admin.get("/organisations/tree", params={"parent": branch["id"]}))
    assert [item["name"] for item in below["items"]] == ["内镜中心"]
    for words in ("北区", "beiqu", "slyybq", "一院", "hongxing", "SC-0007", CREDIT[:8]):
        assert await found_names(admin, words) == ["市立医院北区"], words
    assert await found_names(admin, "") == ["市立医院", "市立医院北区", "内镜中心"]
    assert await found_names(admin, "%") == []
    page = await body_of(await admin.get(f"/organisations/{centre['id']}"))
    assert [step["name"] for step in page["path"]] == ["市立医院", "市立医院北区", "内镜中心"]
    page = await body_of(await admin.get(f"/organisations/{branch['id']}"))
    assert [region["name"] for region in page["regions"]] == ["四川省", "成都市", "锦江区"]

    taken = {"codes": [{"authority": "reporting", "code": "SC-0007"}]}
    for draft, answer in (
        ({"name": "市立医院北区"}, (409, "organisation.name_taken")),
        ({"name": "南区"} | taken, (409, "organisation.code_taken")),
        ({"name": "南区", "region_code": "999999"}, (422, "organisation.region_unknown")),
        ({"name": "南区", "kind": "nation"}, (409, "organisation.misplaced")),
        ({"name": "南区", "codes": [{"authority": "uscc", "code": "1"}]}, (422, "organisation.code_invalid")),
    ):
        body = {"parent": own, "kind": "hospital"} | draft
        assert await refused(await admin.post("/organisations", body)) == answer, draft


async def test_AZ_02_what_lies_outside_does_not_exist(town: Town) -> None:
    await town.organisation("省集团")
    for name in ("市立医院", "县医院"):
        await town.organisation(name, "省集团")
    city = await town.signed_in("city", UserRole.ADMINISTRATOR)
    doctor = await town.signed_in("doctor", UserRole.DOCTOR)
    own, county = city.user.organisation, town.organisations["县医院"].id
    ward = (await made(city, own, "消化内科", "department"))["id"]
    words = {"name": "别名", "kind": "hospital", "version": 1}
    assert await found_names(city, "") == ["市立医院", "消化内科"]

    def tries(foreign: str) -> list[tuple[str, str, object]]:
        return [
            ("GET", f"/organisations/{foreign}", None),
            ("PATCH", f"/organisations/{foreign}", words),
            ("GET", f"/organisations/{foreign}/changes", None),
            ("GET", f"/organisations/tree?parent={foreign}", None),
            ("GET", f"/organisations/{foreign}/move?parent={own}", None),
            ("GET", f"/organisations/{ward}/move?parent={foreign}", None),
            ("POST", f"/organisations/{foreign}/move", {"parent": own, "reason": "r"}),
            ("POST", f"/organisations/{ward}/move", {"parent": foreign, "reason": "r"}),
            ("GET", f"/organisations/{foreign}/merge?into={own}", None),
            ("POST", f"/organisations/{foreign}/merge", {"into": own, "reason": "r"}),
            ("POST", f"/organisations/{ward}/merge", {"into": foreign, "reason": "r"}),
            ("POST", f"/organisations/{foreign}/close", {"reason": "r"}),
            ("POST", f"/organisations/{foreign}/reopen", {"reason": "r"}),
            ("POST", "/organisations", {"parent": foreign, "name": "x", "kind": "department"}),
        ]

    for foreign in (county, town.organisations["省集团"].id, MISSING):
        for method, path, body in tries(foreign):
            answer = await refused(await city.send(method, path, body))
            assert answer == (404, "organisations.unknown"), (method, path)
    assert await found_names(city, "医院") == ["市立医院"]
    for method, path, body in tries(own):
        assert (await doctor.send(method, path, body)).status == 403, (method, path)
    own_acts: tuple[tuple[str, dict[str, str]], ...] = (
        ("move", {"parent": ward}),
        ("merge", {"into": ward}),
        ("close", {}),
    )
    for act, body in own_acts:
        answer = await refused(await city.post(f"/organisations/{own}/{act}", body | {"reason": "r"}))
        assert answer == (409, "organisation.own"), act


async def test_a_move_takes_all_below_along_and_is_written_down(town: Town) -> None:
    top = await town.signed_in("top", UserRole.ADMINISTRATOR, organisation="省集团")
    own = top.user.organisation
    east, west = [await made(top, own, f"{side}市") for side in ("东", "西")]
    hospital = await made(top, east["id"], "人民医院")
    ward = await made(top, hospital["id"], "内镜中心", "department")
    west_admin = await town.signed_in("west", UserRole.ADMINISTRATOR, organisation="省集团")
    auditor = await town.signed_in("auditor", duty=Duty.AUDIT, organisation="省集团")
    await _put(town, west_admin, west["id"])

    path = f"/organisations/{hospital['id']}/move"
    forecast = await body_of(await top.get(path, params={"parent": west["id"]}))
    assert (forecast["organisations"], forecast["names"]) == (2, ["内镜中心"])
    assert [step["name"] for step in forecast["after"]] == ["省集团", "西市"]
    assert (await west_admin.get(f"/organisations/{ward['id']}")).status == 404
    assert (await top.post(path, {"parent": west["id"]})).status == 422
    moved = await body_of(await top.post(path, {"parent": west["id"], "reason": "划归西市"}))

    assert [step["name"] for step in moved["path"]] == ["省集团", "西市", "人民医院"]
    assert (await west_admin.get(f"/organisations/{ward['id']}")).status == 200
    for target, code in ((ward["id"], "below_itself"), (hospital["id"], "below_itself")):
        answer = await refused(await top.post(path, {"parent": target, "reason": "r"}))
        assert answer == (409, f"organisation.{code}")
    changes = (await body_of(await top.get(f"/organisations/{hospital['id']}/changes")))["items"]
    assert [change["kind"] for change in changes] == ["moved", "created"]
    assert (changes[0]["reason"], changes[0]["actor_name"]) == ("划归西市", top.user.name)
    assert (changes[0]["before"]["parent_name"], changes[0]["after"]["parent_name"]) == ("东市", "西市")
    entries = (await body_of(await auditor.get("/audit", params={"target": hospital["id"]})))["items"]
    assert [entry["details"]["change"] for entry in entries] == ["moved", "created"]


async def _put(town: Town, person: Person, organisation: str) -> None:
    async with town.platform.database.transaction(Actor(subject="system:test")) as transaction:
        await transaction.execute(
            "UPDATE users SET organisation_id = $2 WHERE id = $1", person.user.id, organisation
        )


async def test_two_moves_against_each_other_make_no_circle(town: Town) -> None:
    top = await town.signed_in("top", UserRole.ADMINISTRATOR, organisation="省集团")
    one, other = [await made(top, top.user.organisation, name) for name in ("甲院", "乙院")]

    answers = await asyncio.gather(
        top.post(f"/organisations/{one['id']}/move", {"parent": other["id"], "reason": "r"}),
        top.post(f"/organisations/{other['id']}/move", {"parent": one["id"], "reason": "r"}),
    )

    assert sorted(answer.status for answer in answers) == [200, 409]


async def test_a_change_says_what_changed_and_needs_the_version_read(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    ward = await made(admin, admin.user.organisation, "消化科", "department", aliases=["胃肠科"])
    path = f"/organisations/{ward['id']}"
    words = {"name": "消化内科", "kind": "department", "aliases": ["胃肠科"], "version": ward["version"]}

    changed = await body_of(await admin.send("PATCH", path, words | {"reason": "更名"}))
    assert (changed["organisation"]["name"], changed["aliases"]) == ("消化内科", ["胃肠科"])
    answer = await refused(await admin.send("PATCH", path, words))
    assert answer == (409, "organisation.changed_meanwhile")
    assert await found_names(admin, "xiaohuaneike") == ["消化内科"]
    (newest, *_) = (await body_of(await admin.get(f"{path}/changes")))["items"]
    assert (newest["before"], newest["after"]) == ({"name": "消化科"}, {"name": "消化内科"})


async def test_the_closed_takes_nobody_in_until_it_is_opened_again(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    branch = await made(admin, admin.user.organisation, "北区")
    ward = await made(admin, branch["id"], "内镜中心", "department")
    person = {"organisation": ward["id"], "username": "lisi", "name": "李四", "roles": ["doctor"]}
    user = (await body_of(await admin.post("/users", person), 201))["user"]

    async def act(organisation: dict[str, Any], what: str) -> Any:
        return await admin.post(f"/organisations/{organisation['id']}/{what}", {"reason": "停诊"})

    assert await refused(await act(branch, "close")) == (409, "organisation.not_empty")
    assert await refused(await act(ward, "close")) == (409, "organisation.not_empty")
    await admin.post(f"/users/{user['id']}/disable")
    assert (await body_of(await act(ward, "close")))["organisation"]["closed"] is True
    await body_of(await act(branch, "close"))

    assert await refused(await admin.post("/users", person | {"username": "wu"})) == (
        404,
        "organisations.unknown",
    )
    nested = {"parent": branch["id"], "name": "门诊", "kind": "department"}
    assert await refused(await admin.post("/organisations", nested)) == (409, "organisation.closed")
    assert await refused(await act(ward, "reopen")) == (409, "organisation.closed")
    names = {item["name"] for item in (await body_of(await admin.get("/organisations")))["items"]}
    assert names == {"市立医院"}
    await body_of(await act(branch, "reopen"))
    await body_of(await act(ward, "reopen"))
    assert (await admin.post("/users", person | {"username": "wu"})).status == 201


async def test_a_merger_puts_everything_under_the_one_that_goes_on(
    town: Town, cluster: EmbeddedPostgres, database_name: str
) -> None:
    await town.organisation("省集团")
    for name in ("市立医院", "县医院"):
        await town.organisation(name, "省集团")
    top = await town.signed_in("top", UserRole.ADMINISTRATOR, organisation="省集团")
    expert = await town.signed_in("expert", UserRole.EXPERT)
    other = await town.signed_in("other", UserRole.EXPERT, organisation="县医院")
    source, target = (town.organisations[name].id for name in ("市立医院", "县医院"))
    ward = await made(top, source, "内镜中心", "department")
    words = {
        "name": "市立医院",
        "kind": "hospital",
        "version": 1,
        "codes": [{"authority": "uscc", "code": CREDIT}],
    }
    await body_of(await top.send("PATCH", f"/organisations/{source}", words))
    session = await _planned(expert)
    await _add_file(town.platform.database, expert)
    assert (await other.get(f"/sessions/{session}")).status == 404
    before = await counted(cluster, database_name, source)
    assert before.keys() >= {"users", "sessions", "files"}

    forecast = await body_of(await top.get(f"/organisations/{source}/merge", params={"into": target}))
    held = {each["what"]: each["count"] for each in forecast["holdings"]}
    assert {name: held.get(name) for name in ("users", "sessions", "files")} == {
        name: before[name] for name in ("users", "sessions", "files")
    }
    assert (forecast["children"], forecast["codes"][0]["code"]) == (["内镜中心"], CREDIT)
    merger = {"into": target, "reason": "两院合并"}
    kept = await body_of(await top.post(f"/organisations/{source}/merge", merger))

    assert (kept["id"], kept["children"], kept["closed_children"]) == (target, 1, 1)
    assert await counted(cluster, database_name, source) == {}
    assert (await other.get(f"/sessions/{session}")).status == 200
    me = await body_of(await expert.get("/auth/me"))
    assert me["user"]["organisation"]["name"] == "县医院"
    by_code = {"authority": "uscc", "code": CREDIT}
    page = await body_of(await top.get("/organisations/by-code", params=by_code))
    assert (page["organisation"]["id"], page["codes"][0]["origin"]) == (target, source)
    assert await found_names(top, CREDIT[:6]) == ["县医院"]
    old = await body_of(await top.get(f"/organisations/{source}"))
    assert (old["organisation"]["merged_into"], old["merged_into_name"]) == (target, "县医院")
    for organisation, kinds in (
        (source, ["merged", "changed"]),
        (target, ["absorbed"]),
        (ward["id"], ["moved", "created"]),
    ):
        changes = (await body_of(await top.get(f"/organisations/{organisation}/changes")))["items"]
        assert [change["kind"] for change in changes] == kinds
        assert changes[0]["reason"] == "两院合并"
    for act, more in (("reopen", {}), ("merge", {"into": target}), ("move", {"parent": target})):
        answer = await refused(await top.post(f"/organisations/{source}/{act}", more | {"reason": "r"}))
        assert answer == (409, "organisation.closed"), act


async def _planned(expert: Person) -> str:
    plan = {
        "title": "胃早癌 ESD",
        "hospital": "市立医院",
        "starts_at": "2026-11-23T08:00:00+00:00",
        "planned_minutes": 60,
        "case_summary": "",
        "form": "esd",
        "body_part": "stomach",
        "visibility": "organisation",
        "consent_reference": "T-1",
    }
    found: str = (await body_of(await expert.post("/sessions", plan), 201))["id"]
    return found


async def _add_file(database: Database, expert: Person) -> None:
    actor = Actor(subject=expert.user.id, organisation=expert.user.organisation)
    async with database.transaction(actor) as transaction:
        await transaction.execute(
            "INSERT INTO files (id, organisation_id, owner, name, content_type, size, sha256, created_at) "
            "VALUES ($1, $2, $3, '图.png', 'image/png', 1, 'x', now())",
            new_id(),
            expert.user.organisation,
            expert.user.id,
        )


async def test_only_alike_ones_are_merged_and_none_into_what_lies_below(town: Town) -> None:
    top = await town.signed_in("top", UserRole.ADMINISTRATOR, organisation="省集团")
    one = await made(top, top.user.organisation, "甲院")
    branch = await made(top, one["id"], "甲院北区")
    ward = await made(top, one["id"], "内科", "department")

    for source, into, code in (
        (one, branch, "below_itself"),
        (one, one, "below_itself"),
        (ward, branch, "not_alike"),
    ):
        body = {"into": into["id"], "reason": "r"}
        answer = await refused(await top.post(f"/organisations/{source['id']}/merge", body))
        assert answer == (409, f"organisation.{code}")
    back = {"into": one["id"], "reason": "并回本部"}
    await body_of(await top.post(f"/organisations/{branch['id']}/merge", back))


async def test_those_of_before_are_found_once_the_service_has_started(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    async with town.platform.database.transaction(Actor(subject="system:test")) as transaction:
        await transaction.execute(
            "UPDATE organisations SET search_text = '', search_tokens = '{}', name_key = ''"
        )
    assert await found_names(admin, "slyy") == []

    await town.platform.services.get(Organisations).start()

    assert await found_names(admin, "slyy") == ["市立医院"]
