"""The same question in the database: the index finds what `matches` finds."""

from collections.abc import AsyncIterator
from typing import TypeAlias

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platform_api.db.embedded import EmbeddedPostgres
from platform_api.search import SearchColumns, ask, index_name, matches, search_condition

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
NAMES = (
    "张小明",
    "张伟",
    "王小张",
    "小明张",
    "阿卜杜热西提·买买提吐尔逊江",
    "𬱖小红",
    "Li Hong",
    "张wei明",
    "",
    "%_\\",
)


@pytest.fixture
async def connection(cluster: EmbeddedPostgres, database_name: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(cluster.dsn(database=database_name))
    await connection.execute("CREATE TABLE people (name text, search_tokens text[], search_text text)")
    await connection.execute("CREATE INDEX ON people USING gin (search_tokens)")
    for name in NAMES:
        indexed = index_name(name)
        await connection.execute(
            "INSERT INTO people VALUES ($1, $2, $3)", name, list(indexed.tokens), indexed.text
        )
    yield connection
    await connection.close()


async def found(connection: Connection, typed: str) -> set[str]:
    condition, values = search_condition(ask(typed), SearchColumns(), 1)
    sql = f"SELECT name FROM people WHERE {condition}"  # noqa: S608 - what is being tested
    return {row["name"] for row in await connection.fetch(sql, *values)}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(st.sampled_from("张小明王买提𬱖hongzwxm 0%_\\'·"), max_size=8))
async def test_the_database_finds_what_python_finds(connection: Connection, typed: str) -> None:
    asked = ask(typed)

    expected = {name for name in NAMES if not asked.is_empty and matches(asked, index_name(name))}
    assert await found(connection, typed) == expected


async def test_a_search_uses_the_index(connection: Connection) -> None:
    condition, values = search_condition(ask("小明"), SearchColumns(), 1)

    await connection.execute("SET enable_seqscan = off")
    sql = f"EXPLAIN SELECT name FROM people WHERE {condition}"  # noqa: S608 - what is being tested
    plan = await connection.fetch(sql, *values)

    assert any("Bitmap Index Scan on people_search_tokens_idx" in row[0] for row in plan)


def test_a_column_is_an_identifier() -> None:
    SearchColumns(tokens="people.search_tokens")
    for name in ("x; DROP TABLE users", "X", "a.b.c", ""):
        with pytest.raises(ValueError, match="is no column"):
            SearchColumns(text=name)
