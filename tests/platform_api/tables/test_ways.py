"""The three ways to read a page give the same rows in the same order."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from platform_api.db import Actor
from platform_api.tables import store
from platform_api.tables.model import Filter, Operator, Question, Sort, Table
from platform_api.tables.store import Expected, Place, Reading, Way
from tests.platform_api.tables.conftest import Clinic
from tests.support.people_list import PEOPLE, Patient, patients
from tests.support.platform import Town

COLUMNS = tuple(column for column in PEOPLE.columns if column.name in ("name", "age"))
QUESTIONS = (
    Question(),
    Question(filters=(Filter(column="state", operator=Operator.IS, values=("seen", "waiting")),)),
    Question(filters=(Filter(column="age", operator=Operator.FROM, values=("30",)),)),
)


async def everything(town: Town, reading: Reading, way: Way, limit: int) -> list[str]:
    """Keys of all pages."""
    keys = list[str]()
    while True:
        async with town.platform.database.transaction(
            Actor(subject="user:x", organisation=town.organisations["省肿瘤中心"].id)
        ) as transaction:
            reading = Reading(
                table=reading.table,
                columns=reading.columns,
                question=reading.question,
                sort=reading.sort,
                organisations=await store.scope(transaction),
                after=reading.after,
            )
            read = await store.page(transaction, reading, way, limit)
        assert read is not None
        found = read.rows
        keys += [row["row_key"] for row in found]
        if len(found) < limit:
            return keys
        after = Place(value=found[-1]["row_sort"], key=found[-1]["row_key"])
        reading = Reading(
            table=reading.table,
            columns=reading.columns,
            question=reading.question,
            sort=reading.sort,
            after=after,
        )


async def test_all_ways_give_the_same_pages(clinic: Clinic) -> None:
    await clinic.town.organisation("省肿瘤中心")
    below = [
        await clinic.town.organisation(name, "省肿瘤中心") for name in ("甲县医院", "乙县医院", "丙县医院")
    ]
    await clinic.add([row for each in below for row in patients(each.id, 25)])

    ways = (Way.GATHERED, Way.ORDERED, Way.BY_ORGANISATION)
    for question, column, descending in product(QUESTIONS, ("age", "name", "seen_at"), (False, True)):
        sort = Sort(column=column, descending=descending)
        reading = Reading(table=PEOPLE, columns=COLUMNS, question=question, sort=sort)
        found = [await everything(clinic.town, reading, way, 11) for way in ways]
        assert found[0] == found[1] == found[2]
        assert len(found[0]) == len(set(found[0])) > 0
        searched = Reading(table=PEOPLE, columns=COLUMNS, question=replace(question, text="张"), sort=sort)
        found = [await everything(clinic.town, searched, way, 11) for way in (Way.FOUND, *ways)]
        assert found[0] == found[1] == found[2] == found[3]
        assert len(found[0]) == len(set(found[0])) > 0


def test_the_cheaper_way_is_gone() -> None:
    def way(rows: float, gathering: float, organisations: int | None, table: Table = PEOPLE) -> Way:
        seen = None if organisations is None else ("o",) * organisations
        reading = Reading(
            table=table, columns=COLUMNS, question=Question(), sort=PEOPLE.sort, organisations=seen
        )
        return store.way_of(reading, Expected(rows=rows, gathering=gathering, of=1_000_000), 50)

    assert way(1_000, 3_700, None) is way(1_000, 3_700, 1) is way(0, 0, 1) is Way.GATHERED
    assert way(1_000, 3_800, None) is way(1e6, 1e6, 33) is Way.ORDERED
    assert way(1_000, 3_800, 1) is way(1e6, 1e6, 32) is Way.BY_ORGANISATION
    assert way(1_000, 50_000, None, replace(PEOPLE, large=False)) is Way.GATHERED  # each step reads a row


async def test_a_count_is_exact_when_few_and_else_what_the_statistics_say(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation = clinic.rows[0].organisation
    await clinic.add([Patient(organisation, f"王{number}") for number in range(3_000)])

    many = await clinic.ask(clinic.doctor, limit=5)
    few = await clinic.ask(clinic.doctor, limit=5, text="张小")
    one = await clinic.ask(clinic.doctor, limit=5, filters=[clinic.rows[0].exactly()])
    found = await clinic.ask(clinic.doctor, limit=5, text="王")
    monkeypatch.setattr(store, "FOUND_TO", 100)
    walked: Any = await clinic.ask(clinic.doctor, limit=5, text="王")

    assert many["total"]["exact"] is False
    assert 2_900 <= many["total"]["count"] <= 3_200
    assert few["total"] == {"count": sum("张小" in row.name for row in clinic.rows), "exact": True}
    assert one["total"] == {"count": 1, "exact": True}
    assert found["total"] == {"count": 3_000 + sum("王" in row.name for row in clinic.rows), "exact": True}
    assert walked["total"]["exact"] is False
    assert walked["rows"] == found["rows"]
    following = await clinic.ask(clinic.doctor, limit=5, cursor=many["next_cursor"])
    assert following["total"] is None


async def test_a_row_that_goes_while_its_page_is_read_ends_no_list(clinic: Clinic) -> None:
    reading = Reading(table=PEOPLE, columns=COLUMNS, question=Question(), sort=Sort(column="age"))
    database = clinic.town.platform.database
    async with database.transaction(Actor(subject="system:test")) as transaction:
        await store.settle(transaction)
        whole = await store.page(transaction, reading, Way.GATHERED, 4)
    assert whole is not None

    cut = replace(whole, rows=[row for row in whole.rows if row["row_key"] != whole.named[1]["row_key"]])

    assert [row["row_key"] for row in whole.first(3)] == [row["row_key"] for row in whole.named[:3]]
    assert [row["row_key"] for row in cut.first(3)] == [whole.named[at]["row_key"] for at in (0, 2)]
    assert len(cut.named) == 4
