"""No list reads a whole table: each index that a definition names is there, and the planner takes one."""

from itertools import product

import asyncpg
import pytest

from platform_api.app import DOMAINS, lists_of
from platform_api.db import Actor, Transaction
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import OWNER_ROLE
from platform_api.tables import store
from platform_api.tables.model import Filter, Operator, Question, Sort, Table
from platform_api.tables.store import Reading, Way
from tests.platform_api.tables.conftest import Clinic
from tests.support.people_list import PEOPLE, patients

ROWS = 20_000
COLUMNS = tuple(column for column in PEOPLE.columns if column.name in ("name", "age"))
QUESTIONS = (
    Question(),
    Question(filters=(Filter(column="state", operator=Operator.IS, values=("seen",)),)),
    Question(
        filters=(
            Filter(column="state", operator=Operator.IS, values=("seen", "closed")),
            Filter(column="age", operator=Operator.FROM, values=("40",)),
        )
    ),
)


async def plan_of(transaction: Transaction, reading: Reading, way: Way) -> str:
    sql, values = store.page_statement(reading, way, 51)
    await transaction.execute("SET LOCAL enable_sort = off")
    rows = await transaction.fetch(f"EXPLAIN {sql}", *values)
    return "\n".join(row[0] for row in rows)


async def walked(clinic: Clinic) -> dict[str, str]:
    """The plans of all questions that many rows answer, in each order, both ways."""
    actor = Actor(subject=clinic.doctor.user.id, organisation=str(clinic.rows[0].organisation))
    plans = {}
    async with clinic.town.platform.database.transaction(actor) as transaction:
        seen = await store.scope(transaction)
        for question, name, descending, way in product(
            QUESTIONS, ("name", "seen_at"), (False, True), (Way.ORDERED, Way.BY_ORGANISATION)
        ):
            sort = Sort(column=name, descending=descending)
            reading = Reading(table=PEOPLE, columns=COLUMNS, question=question, sort=sort, organisations=seen)
            plans[f"{question.filters} {sort} {way}"] = await plan_of(transaction, reading, way)
    return plans


async def test_no_listed_query_scans_its_table_under_row_level_rules(
    clinic: Clinic, cluster: EmbeddedPostgres, database_name: str
) -> None:
    await clinic.add(patients(clinic.rows[0].organisation, ROWS))

    plans = await walked(clinic)

    assert {question: plan for question, plan in plans.items() if "Seq Scan on people" in plan} == {}
    owner = await asyncpg.connect(cluster.dsn(role=OWNER_ROLE, database=database_name))
    for name in ("people_name_idx", "people_organisation_name_idx"):
        await owner.execute(f"DROP INDEX {name}")
    await owner.close()
    assert any("Sort" in plan for plan in (await walked(clinic)).values())


@pytest.mark.parametrize("table", lists_of(DOMAINS), ids=lambda table: table.name)
async def test_every_index_that_a_list_names_is_there(
    table: Table, clinic: Clinic, cluster: EmbeddedPostgres, database_name: str
) -> None:
    connection = await asyncpg.connect(cluster.dsn(database=database_name))
    rows = await connection.fetch("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
    await connection.close()

    found = {row["indexname"]: row["indexdef"] for row in rows}
    for column in table.columns:
        if column.index is not None and column.index in found:
            served = column.sort_by or (column.blind[0] if column.blind else column.name)
            assert f"({served}" in found[column.index]
    named = {column.index for column in table.columns if column.index is not None}
    assert named - found.keys() == set()
