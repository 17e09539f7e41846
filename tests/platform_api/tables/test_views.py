"""Saved views over HTTP."""

from typing import Any

from platform_api.identity.model import UserRole
from tests.platform_api.tables.conftest import Clinic
from tests.support.platform import Person
from tests.support.sessions import ok, refusal

PATH = "/tables/people/views"
ASKING = {
    "filters": [{"column": "state", "operator": "is", "values": ["seen"]}],
    "text": "张",
    "sort": {"column": "age", "descending": True},
    "columns": ["name", "age"],
}


async def save(person: Person, name: str, **more: Any) -> dict[str, Any]:
    view: dict[str, Any] = await ok(await person.post(PATH, {"name": name, "asking": ASKING, **more}), 201)
    return view


async def names(person: Person) -> list[tuple[str, bool]]:
    return [(view["name"], view["own"]) for view in (await ok(await person.get(PATH)))["items"]]


async def test_a_view_is_kept_changed_and_removed_by_its_owner(clinic: Clinic) -> None:
    kept = await save(clinic.doctor, "待复查")
    again = await save(clinic.doctor, "待复查", asking={**ASKING, "text": "王"})

    (seen,) = (await ok(await clinic.doctor.get(PATH)))["items"]
    assert seen["id"] == kept["id"] == again["id"]
    assert seen["asking"] == {**ASKING, "text": "王"}
    await ok(await clinic.doctor.send("DELETE", f"{PATH}/{kept['id']}"), 204)
    assert await names(clinic.doctor) == []
    assert await refusal(await clinic.doctor.send("DELETE", f"{PATH}/{kept['id']}")) == (404, "not_found")


async def test_a_view_is_shared_by_right_within_the_organisation(clinic: Clinic) -> None:
    shared = await save(clinic.office, "全院待复查", shared=True)
    await save(clinic.office, "我的")

    assert await names(clinic.doctor) == [("全院待复查", False)]
    assert await names(clinic.office) == [("全院待复查", True), ("我的", True)]
    assert await names(clinic.foreigner) == []
    answer = await clinic.doctor.post(PATH, {"name": "x", "shared": True, "asking": ASKING})
    assert await refusal(answer) == (403, "refused")
    answer = await clinic.doctor.send("DELETE", f"{PATH}/{shared['id']}")
    assert await refusal(answer) == (404, "not_found")


async def test_AZ_02_the_database_itself_keeps_views_apart(clinic: Clinic) -> None:
    await save(clinic.office, "全院", shared=True)
    await save(clinic.office, "我的")
    foreign = clinic.foreigner.user

    async with clinic.town.platform.database.transaction() as transaction:
        assert await transaction.fetchval("SELECT count(*) FROM table_views") == 0
    async with clinic.town.platform.database.transaction() as transaction:
        await transaction.execute("SELECT set_config('scopecast.actor', $1, true)", foreign.id)
        await transaction.execute(
            "SELECT set_config('scopecast.organisation', $1, true)", str(foreign.organisation)
        )
        assert await transaction.fetchval("SELECT count(*) FROM table_views") == 0
        assert await transaction.execute("DELETE FROM table_views") == 0
        assert await transaction.execute("UPDATE table_views SET shared = true") == 0


async def test_a_view_that_could_not_be_asked_is_refused(clinic: Clinic) -> None:
    for asking, code in (
        ({**ASKING, "columns": ["note"]}, "table.column_unknown"),
        ({**ASKING, "sort": {"column": "phone", "descending": False}}, "table.sort_unknown"),
    ):
        answer = await clinic.doctor.post(PATH, {"name": "x", "asking": asking})
        assert await refusal(answer) == (422, code)


async def test_views_are_limited(clinic: Clinic) -> None:
    doctor = await clinic.town.signed_in("busy", UserRole.DOCTOR)
    for number in range(50):
        await save(doctor, f"视图{number}")

    answer = await doctor.post(PATH, {"name": "再来", "asking": ASKING})
    assert await refusal(answer) == (409, "table.too_many_views")
