"""Lists over HTTP, on a real database."""

import base64
from datetime import UTC, datetime
from itertools import product
from typing import Any

from tests.platform_api.tables.conftest import Clinic
from tests.support.jobs import TESTER
from tests.support.people_list import ALL, Patient
from tests.support.sessions import ok, refusal

SORTABLE = ("name", "age", "weight_kg", "born_on", "seen_at", "state")


async def all_keys(clinic: Clinic, **asked: Any) -> list[str]:
    """Keys of all pages, one after the other."""
    keys, cursor = list[str](), None
    while True:
        page = await clinic.ask(clinic.doctor, **asked, **({"cursor": cursor} if cursor else {}))
        keys += [row["key"] for row in page["rows"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return keys


async def test_pages_show_each_row_once_in_order_and_rows_without_value_last(clinic: Clinic) -> None:
    for column, descending in product(SORTABLE, (False, True)):
        sort = {"column": column, "descending": descending}

        keys = await all_keys(clinic, sort=sort, limit=7)
        whole = await clinic.column(clinic.doctor, column, sort=sort, limit=100)

        assert sorted(keys) == sorted(row.id for row in clinic.rows)
        present = [value for value in whole if value is not None]
        assert whole == present + [None] * (len(whole) - len(present))
        if column != "name":
            assert present == sorted(present, reverse=descending)


async def test_a_count_tells_how_many_and_nothing_of_whom(clinic: Clinic) -> None:
    waiting = {"column": "state", "operator": "is", "values": ["waiting"]}

    every = await ok(await clinic.doctor.post("/tables/people/count", {}))
    some = await ok(await clinic.doctor.post("/tables/people/count", {"filters": [waiting]}))
    there = await ok(await clinic.foreigner.post("/tables/people/count", {}))

    waiters = sum(row.state == "waiting" for row in clinic.rows)
    assert (every, some) == ({"count": 60, "exact": True}, {"count": waiters, "exact": True})
    assert there["count"] == 7
    for asked in (
        {"filters": [{"column": "name", "operator": "has", "values": ["张"]}]},
        {"filters": [{"column": "citizen_sealed", "operator": "is", "values": ["510106196600000003"]}]},
        {"filters": [{"column": "nothing", "operator": "is", "values": ["x"]}]},
        {"text": "张"},
    ):
        assert (await clinic.doctor.post("/tables/people/count", asked)).status == 422, asked
    assert (await clinic.doctor.post("/tables/users/count", {})).status == 404
    async with clinic.town.platform.database.transaction(TESTER) as transaction:
        seen = await transaction.fetchval("SELECT count(*) FROM audit_entries WHERE tag = 'record.viewed'")
    assert seen == 0


async def test_names_stand_in_the_order_of_their_pinyin(clinic: Clinic) -> None:
    names = await clinic.column(clinic.doctor, "name", sort={"column": "name"}, limit=100)

    assert "".join(dict.fromkeys(name[0] for name in names)) == "陈李王张赵"


async def test_rows_added_between_pages_move_nothing(clinic: Clinic) -> None:
    asked = {"sort": {"column": "age", "descending": False}, "limit": 20}
    first = await clinic.ask(clinic.doctor, **asked)
    organisation = clinic.rows[0].organisation

    await clinic.add([Patient(organisation, "新来的", age=0), Patient(organisation, "再来的", age=99)])
    rest = await clinic.ask(clinic.doctor, **{**asked, "limit": 100}, cursor=first["next_cursor"])

    keys = [row["key"] for row in first["rows"] + rest["rows"]]
    assert len(keys) == len(set(keys)) == 61  # the oldest came in behind, the youngest before


FITTING: tuple[tuple[dict[str, Any], Any], ...] = (
    ({"column": "state", "operator": "is", "values": ["seen"]}, lambda row: row.state == "seen"),
    (
        {"column": "state", "operator": "is", "values": ["seen", "closed"]},
        lambda row: row.state != "waiting",
    ),
    ({"column": "age", "operator": "from", "values": ["40"]}, lambda row: (row.age or 0) >= 40),
    ({"column": "age", "operator": "to", "values": ["25"]}, lambda row: (row.age or 99) <= 25),
    ({"column": "weight_kg", "operator": "is", "values": ["50.25"]}, lambda row: row.weight_kg == 50.25),
    ({"column": "age", "operator": "empty"}, lambda row: row.age is None),
    ({"column": "age", "operator": "filled"}, lambda row: row.age is not None),
    ({"column": "urgent", "operator": "is", "values": ["true"]}, lambda row: row.urgent),
    ({"column": "name", "operator": "has", "values": ["小一"]}, lambda row: "小一" in row.name),
    (
        {"column": "name", "operator": "has", "values": ["zx"]},
        lambda row: row.name[:2] in ("张小", "赵小"),
    ),
    (
        {"column": "seen_at", "operator": "to", "values": ["2026-01-01T05:00:00Z"]},
        lambda row: row.seen_at is not None and row.seen_at < datetime(2026, 1, 1, 5, tzinfo=UTC),
    ),
    (
        {"column": "born_on", "operator": "to", "values": ["1980-01-01"]},
        lambda row: row.born_on is not None and row.born_on.isoformat() <= "1980-01-01",
    ),
    (
        {"column": "citizen_sealed", "operator": "is", "values": ["510106196600000003"]},
        lambda row: row.citizen == "510106196600000003",
    ),
)


async def test_a_filter_keeps_what_fits(clinic: Clinic) -> None:
    for asked, fits in FITTING:
        keys = await all_keys(clinic, filters=[asked], limit=9)

        assert sorted(keys) == sorted(row.id for row in clinic.rows if fits(row)), asked


async def test_filters_and_search_hold_together(clinic: Clinic) -> None:
    page = await clinic.ask(
        clinic.doctor,
        text="张小",
        filters=[{"column": "urgent", "operator": "is", "values": ["true"]}],
        columns=["name"],
    )

    expected = sorted(row.name for row in clinic.rows if row.urgent and "张小" in row.name)
    assert sorted(row["cells"][0] for row in page["rows"]) == expected != []
    assert page["total"] == {"count": len(expected), "exact": True}


async def test_AZ_02_a_list_shows_the_own_organisation_alone(clinic: Clinic) -> None:
    here = await clinic.ask(clinic.doctor, limit=200)
    there = await clinic.ask(clinic.foreigner, limit=200)
    reference = {"column": "organisation_id", "operator": "is", "values": [clinic.rows[0].organisation]}
    asked_for = await clinic.ask(clinic.foreigner, filters=[reference])

    assert (here["total"]["count"], there["total"]["count"]) == (60, 7)
    assert asked_for["rows"] == []
    key = clinic.rows[0].id
    answer = await clinic.foreigner.post(f"/tables/people/rows/{key}/reveal", {"column": "phone"})
    assert await refusal(answer) == (404, "not_found")


async def test_a_list_without_its_right_is_not_there(clinic: Clinic) -> None:
    stranger = await clinic.town.signed_in("nobody")

    for answer in (
        await stranger.get("/tables/people"),
        await stranger.post("/tables/people/rows", {}),
        await stranger.get("/tables/people/views"),
        await clinic.doctor.get("/tables/nothing"),
    ):
        assert await refusal(answer) == (404, "not_found")
    assert [item["name"] for item in (await ok(await stranger.get("/tables")))["items"]] == ["exports"]


async def test_PR_03_masked_values_are_sent_masked_to_everybody(clinic: Clinic) -> None:
    for person in (clinic.doctor, clinic.office):
        page = await clinic.ask(person, columns=["phone", "citizen_sealed"], limit=3)
        for row in page["rows"]:
            phone, citizen = row["cells"]
            assert (phone[:3], phone[3:7], len(phone)) == ("138", "****", 11)
            assert citizen[:14] == "5101" + "*" * 10


async def test_PR_03_a_value_is_opened_by_right_and_on_record(clinic: Clinic) -> None:
    row = clinic.rows[3]
    path = f"/tables/people/rows/{row.id}/reveal"

    refused = await clinic.doctor.post(path, {"column": "citizen_sealed"})
    opened = await ok(await clinic.office.post(path, {"column": "citizen_sealed"}))
    phone = await ok(await clinic.office.post(path, {"column": "phone"}))

    assert await refusal(refused) == (403, "refused")
    assert (opened["value"], phone["value"]) == (row.citizen, row.phone)
    for column in ("age", "note", "nothing"):
        assert await refusal(await clinic.office.post(path, {"column": column})) == (404, "not_found")
    assert ("people", row.id, {"column": "citizen_sealed"}) in await viewed(clinic)


async def viewed(clinic: Clinic) -> list[tuple[str, str, dict[str, Any]]]:
    async with clinic.town.platform.database.transaction(TESTER) as transaction:
        rows = await transaction.fetch(
            "SELECT target_kind, target, details FROM audit_entries "
            "WHERE tag = 'record.viewed' ORDER BY number"
        )
    return [(row["target_kind"], row["target"], row["details"]) for row in rows]


async def test_reading_what_names_people_in_care_is_in_the_trail(clinic: Clinic) -> None:
    await clinic.ask(clinic.doctor, columns=["age", "state"])
    before = await viewed(clinic)
    await clinic.ask(clinic.doctor, columns=["phone"], limit=5)

    assert before == []
    (shown,) = await viewed(clinic)
    keys = {str(each.id) for each in clinic.rows}
    assert (shown[0], shown[1], shown[2]["rows"], shown[2]["columns"]) == ("people", "", 5, "phone")
    assert len(named := set(shown[2]["keys"].split())) == 5
    assert named <= keys


async def test_a_column_without_its_right_is_not_there(clinic: Clinic) -> None:
    shown = await ok(await clinic.doctor.get("/tables/people"))

    assert [column["name"] for column in shown["columns"]] == list(ALL)
    answer = await clinic.doctor.post("/tables/people/rows", {"columns": ["note"]})
    assert await refusal(answer) == (422, "table.column_unknown")


async def test_the_definition_says_what_may_be_asked(clinic: Clinic) -> None:
    shown = await ok(await clinic.doctor.get("/tables/people"))

    columns = {column["name"]: column for column in shown["columns"]}
    assert shown["title"] == "患者"
    assert columns["name"]["operators"] == ["has", "is"]
    assert columns["age"]["operators"] == ["empty", "filled", "from", "is", "to"]
    assert columns["citizen_sealed"]["operators"] == ["empty", "filled", "is"]
    assert (columns["phone"]["may_unmask"], columns["phone"]["level"]) == (False, 4)
    assert [option["label"] for option in columns["state"]["options"]] == ["waiting", "seen", "closed"]
    assert (shown["searchable"], shown["may_export"], shown["may_share"]) == (True, True, False)


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"columns": ["nothing"]}, "table.column_unknown"),
    ({"columns": ["age", "age"]}, "table.column_unknown"),
    ({"columns": ["age; DROP TABLE people"]}, "request.invalid"),
    ({"sort": {"column": "phone"}}, "table.sort_unknown"),
    ({"sort": {"column": "urgent"}}, "table.sort_unknown"),
    ({"sort": {"column": "search_text"}}, "table.sort_unknown"),
    ({"filters": [{"column": "phone", "operator": "is", "values": ["1"]}]}, "table.filter_unknown"),
    ({"filters": [{"column": "name", "operator": "from", "values": ["1"]}]}, "table.filter_unknown"),
    (
        {"filters": [{"column": "citizen_hash", "operator": "is", "values": ["1"]}]},
        "table.filter_unknown",
    ),
    ({"filters": [{"column": "age", "operator": "is", "values": ["1 OR 1=1"]}]}, "table.value_wrong"),
    ({"filters": [{"column": "age", "operator": "is", "values": ["2147483648"]}]}, "table.value_wrong"),
    ({"filters": [{"column": "age", "operator": "is", "values": ["1.5"]}]}, "table.value_wrong"),
    ({"filters": [{"column": "age", "operator": "is", "values": []}]}, "table.value_wrong"),
    ({"filters": [{"column": "age", "operator": "from", "values": ["1", "2"]}]}, "table.value_wrong"),
    ({"filters": [{"column": "age", "operator": "empty", "values": ["1"]}]}, "table.value_wrong"),
    (
        {"filters": [{"column": "born_on", "operator": "is", "values": ["2026-02-30"]}]},
        "table.value_wrong",
    ),
    (
        {"filters": [{"column": "seen_at", "operator": "to", "values": ["2026-01-01"]}]},
        "table.value_wrong",
    ),
    ({"filters": [{"column": "urgent", "operator": "is", "values": ["1"]}]}, "table.value_wrong"),
    ({"filters": [{"column": "state", "operator": "is", "values": ["x"]}]}, "table.value_wrong"),
    (
        {"filters": [{"column": "organisation_id", "operator": "is", "values": ["x"]}]},
        "table.value_wrong",
    ),
    ({"filters": [{"column": "name", "operator": "has", "values": ["a\0"]}]}, "table.value_wrong"),
    ({"filters": [{"column": "age", "operator": "is", "values": ["1"]}] * 21}, "request.invalid"),
    ({"limit": 0}, "request.invalid"),
    ({"limit": 201}, "request.invalid"),
    ({"organisation_id": "x"}, "request.invalid"),
)


async def test_SC_01_a_question_that_does_not_fit_is_refused(clinic: Clinic) -> None:
    for asked, code in WRONG:
        answer = await clinic.doctor.post("/tables/people/rows", asked)

        assert await refusal(answer) == (422, code), asked


INJECTIONS = ["' OR '1'='1", "%", "_", "\\", "x'; DROP TABLE people; --", "$1", "张%"]


async def test_SC_01_what_is_typed_is_only_ever_a_value(clinic: Clinic) -> None:
    for value, column in product(INJECTIONS, ("name", "citizen_sealed")):
        asked = {"column": column, "operator": "is", "values": [value]}
        assert (await clinic.ask(clinic.doctor, filters=[asked]))["rows"] == []
        assert (await clinic.ask(clinic.doctor, text=value, filters=[asked]))["rows"] == []
    assert (await clinic.ask(clinic.doctor))["total"]["count"] == 60


async def test_a_cursor_serves_its_own_question_alone(clinic: Clinic) -> None:
    sort = {"column": "age", "descending": False}
    cursor = (await clinic.ask(clinic.doctor, sort=sort, limit=5))["next_cursor"]

    for other in (
        {"sort": {"column": "age", "descending": True}},
        {"sort": {"column": "name", "descending": False}},
        {"sort": sort, "text": "张"},
        {"sort": sort, "filters": [{"column": "urgent", "operator": "is", "values": ["true"]}]},
    ):
        answer = await clinic.doctor.post("/tables/people/rows", {**other, "cursor": cursor})
        assert await refusal(answer) == (400, "paging.cursor_invalid")
    for forged in (cursor[:-2] + "AA", "AAAA", "", "e30"):
        answer = await clinic.doctor.post("/tables/people/rows", {"sort": sort, "cursor": forged})
        assert await refusal(answer) == (400, "paging.cursor_invalid")


async def test_a_cursor_tells_nothing_of_the_row(clinic: Clinic) -> None:
    page = await clinic.ask(clinic.doctor, sort={"column": "name"}, columns=["name"], limit=1)

    cursor = page["next_cursor"]
    plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    (row,) = page["rows"]
    assert row["key"].encode() not in plain
    assert row["cells"][0].encode() not in plain
    assert b"chen" not in plain
