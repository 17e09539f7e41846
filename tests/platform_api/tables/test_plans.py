"""No list reads a whole table: the indexes that its questions need are there, and the planner takes them.

Each list is filled with twenty thousand rows and asked, as the application's role under row-level rules, in
every order both ways, by every filter alone, and by its search; by who sees all and by who sees a hospital.
"""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Final

import asyncpg
import pytest

from platform_api.app import DOMAINS, lists_of
from platform_api.db import Actor, Database, Transaction
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.kernel.ids import new_id
from platform_api.tables import ColumnType, Table, store
from platform_api.tables.indexes import Index, wanted_indexes
from platform_api.tables.model import Column, Filter, Operator, Question, Sort
from platform_api.tables.store import Place, Reading
from tests.support.filled_lists import FILLED, filler
from tests.support.people_list import PEOPLE, make_people

HOSPITALS: Final = 40
ROWS: Final = 20_000
LISTS: Final = (*lists_of(DOMAINS), PEOPLE)
FILLED_PARTS: Final = """
    SELECT relname AS name FROM pg_class WHERE reltuples > 1000 AND (
        oid = $1::regclass OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = $1::regclass)
    )
"""
DROPPABLE: Final = """
    SELECT indexrelid::regclass::text AS name FROM pg_index
    WHERE indrelid = $1::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


@pytest.fixture
async def owner(
    cluster: EmbeddedPostgres, database_name: str
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A province of forty hospitals, and the way to fill it."""
    await make_people(cluster, database_name)
    connection = await asyncpg.connect(cluster.dsn(database=database_name))
    top = new_id()
    add = "INSERT INTO organisations (id, parent_id, name, kind, created_at) VALUES ($1, $2, $3, $4, now())"
    await connection.execute(add, top, None, "省项目办", "office")
    for number in range(HOSPITALS):
        await connection.execute(add, new_id(), top, f"第{number}医院", "hospital")
    await connection.execute(filler(ROWS))
    await connection.execute("SET session_replication_role = replica")  # rows that no trigger has to judge
    yield connection
    await connection.close()


def questions_of(table: Table) -> Iterator[Question]:
    """Every order both ways, every filter alone in the usual order, and the search."""
    for column in table.columns:
        if column.sortable:
            for descending in (False, True):
                yield Question(sort=Sort(column=column.name, descending=descending))
        for operator in sorted(column.operators - {Operator.HAS}):
            yield Question(
                filters=(Filter(column=column.name, operator=operator, values=_values(column, operator)),)
            )
    if table.search is not None:
        yield Question(text="张")
        yield Question(text="张77")


def _values(column: Column, operator: Operator) -> tuple[str, ...]:
    if operator in (Operator.EMPTY, Operator.FILLED):
        return ()
    match column.type:
        case ColumnType.NUMBER:
            return ("96",)
        case ColumnType.DATE:
            return ("1951-05-05",)
        case ColumnType.TIME:
            return ("2026-01-12T00:00:00+00:00",)
        case ColumnType.ENUM:
            return (column.options[0],)
        case ColumnType.BOOLEAN:
            return ("true",)
        case ColumnType.REFERENCE if column.cast == "uuid":
            return (new_id(),)
        case _:
            return ("77",)


async def plan_of(transaction: Transaction, table: Table, question: Question) -> str:
    """The plan of the way that the engine would go, with the pages behind the first too."""
    await store.settle(transaction)
    seen = await store.scope(transaction) if table.organisation is not None else None
    columns = tuple(column for column in table.columns if column.shown)
    reading = Reading(
        table=table, columns=columns, question=question, sort=question.sort or table.sort, organisations=seen
    )
    expected = await store.expected(transaction, reading, await store.size_of(transaction, table))
    way = store.way_of(reading, expected, 51)
    read = None
    if store.finding(reading) is not None:
        read = await store.page(transaction, reading, store.Way.FOUND, 51)
        many = replace(expected, rows=max(expected.rows, store.FOUND_TO))
        way = store.way_of(reading, many, 51) if read is None else store.Way.FOUND
    read = read or await store.page(transaction, reading, way, 51)
    assert read is not None
    readings = [reading]
    if read.rows:
        last = read.rows[-1]
        readings.append(replace(reading, after=Place(value=last["row_sort"], key=last["row_key"])))
    plans = [f"{question} {way}"]
    for each in readings:
        sql, values = store.page_statement(each, way, 51)
        if store.keeps_plan(each, way):
            told = await transaction.fetch(f"EXPLAIN (GENERIC_PLAN) {sql}", *values)
        else:
            told = await transaction.fetch(f"EXPLAIN {sql}", *values)
        plans += [row[0] for row in told]
    keys = [row["row_key"] for row in read.named]
    worded = f"EXPLAIN (GENERIC_PLAN) {store.words_statement(reading)}"
    plans += [row[0] for row in await transaction.fetch(worded, keys)]
    return "\n".join(plans)


async def scanned(
    owner: "asyncpg.Connection[asyncpg.Record]", database: Database, table: Table, actors: list[Actor]
) -> list[str]:
    """The plans in which the whole table, or a filled part of it, is read in no order."""
    parts = await owner.fetch(FILLED_PARTS, table.base or table.source)
    whole = re.compile(rf"Seq Scan on ({'|'.join(row['name'] for row in parts)})\b")
    plans = []
    for actor in actors:
        for question in questions_of(table):
            async with database.transaction(actor) as transaction:
                plans.append(await plan_of(transaction, table, question))
    assert plans != []
    return [plan for plan in plans if whole.search(plan)]


@pytest.mark.parametrize("table", LISTS, ids=lambda table: table.name)
async def test_no_listed_query_scans_its_table_under_row_level_rules(
    table: Table, owner: "asyncpg.Connection[asyncpg.Record]", database: Database
) -> None:
    relation = table.base or table.source
    await owner.execute(FILLED[table.name])
    await owner.execute(f"VACUUM ANALYZE {relation}")
    top = await owner.fetchval("SELECT id::text FROM organisations WHERE parent_id IS NULL")
    below = await owner.fetchval("SELECT id::text FROM organisations WHERE parent_id IS NOT NULL LIMIT 1")
    actors = [Actor(subject=f"user:{new_id()}", organisation=each) for each in (top, below)]

    assert await scanned(owner, database, table, actors) == []
    for row in await owner.fetch(DROPPABLE, relation):
        await owner.execute(f"DROP INDEX {row['name']}")
    assert await scanned(owner, database, table, actors) != []


@pytest.mark.parametrize("table", LISTS, ids=lambda table: table.name)
async def test_every_index_that_a_list_needs_is_there(
    table: Table, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    relation = table.base or table.source

    there = [index async for index in _indexes(owner, relation)]

    missing = [wanted for wanted in wanted_indexes(table) if not any(each.serves(wanted) for each in there)]
    assert [index.statement(relation) for index in missing] == []


async def _indexes(connection: "asyncpg.Connection[asyncpg.Record]", relation: str) -> AsyncIterator[Index]:
    """The whole and valid indexes of a relation, by columns; none that is of an expression."""
    rows = await connection.fetch(
        "SELECT c.relname AS name, am.amname AS method, i.indnkeyatts AS keys, "
        "array(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid ORDER BY attnum) AS names "
        "FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam "
        "WHERE i.indrelid = $1::regclass AND i.indpred IS NULL AND i.indisvalid AND i.indexprs IS NULL",
        relation,
    )
    for row in rows:
        names = tuple(row["names"])
        yield Index(
            name=row["name"],
            columns=names[: row["keys"]],
            carried=frozenset(names[row["keys"] :]),
            method=row["method"],
        )
