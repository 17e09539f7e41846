"""All SQL of lists: identifiers come from the definition alone (`model.py` looks at them), values are bound.

Three ways to read a page, for row-level rules hide from the planner how much somebody may see:

- *gathered*: few rows fit, by the statistics: the planner is free to gather and sort them;
- *ordered*: many fit: an index that stands in the order asked for is walked, sorting is put out of reach;
- *ordered by organisation*: many fit and the asker sees a few organisations: each one's part of an index that
  begins with the organisation is walked as far as one page.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from platform_api.db import Record, Transaction
from platform_api.search import SearchColumns, ask, found_ids, search_condition
from platform_api.tables.model import Column, ColumnType, Filter, Operator, Question, Sort, Table
from platform_api.tables.rules import parsed_values

FEW_ORGANISATIONS: Final = 32
FEW_ROWS: Final = 5_000
"""So many are gathered and sorted in a few milliseconds."""
COUNTED_TO: Final = 1_000
"""Beyond it the statistics answer: nobody waits for a number."""


class Way(StrEnum):
    """How a page is read."""

    GATHERED = "gathered"
    ORDERED = "ordered"
    BY_ORGANISATION = "by_organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a table is, and which share of it the planner believes anybody to see."""

    rows: float
    believed_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the next page begins: behind this value of the sort column and this key."""

    value: object | None
    key: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A page to read: everything the SQL needs. `organisations`: those that are seen, if told apart.

    `keys`: a search gave so few rows that they are named.
    """

    table: Table
    columns: tuple[Column, ...]
    question: Question
    sort: Sort
    organisations: tuple[str, ...] | None = None
    after: Place | None = None
    keys: tuple[str, ...] | None = None


@dataclass(slots=True)
class _Values:
    """Values of a statement in their order; adding one gives its name in the text."""

    bound: list[object] = field(default_factory=list)

    def add(self, value: object, cast: str) -> str:
        self.bound.append(value)
        return f"${len(self.bound)}::{cast}"


async def scope(transaction: Transaction) -> tuple[str, ...]:
    """The organisations that the actor may see."""
    return tuple(await transaction.fetchval("SELECT scopecast_scope()"))


async def size_of(transaction: Transaction, table: Table) -> Size:
    """By the statistics of the last ANALYZE; of a partitioned table all its parts together."""
    rows = await transaction.fetchval(
        "SELECT coalesce(sum(greatest(reltuples, 0)), 0)::float8 FROM pg_class WHERE oid = to_regclass($1) "
        "OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass($1))",
        table.base or table.source,
    )
    if rows == 0:
        return Size(rows=0, believed_share=1)
    seen = await _planned_rows(transaction, f"SELECT 1 FROM {table.source}", [])  # noqa: S608 - an identifier
    return Size(rows=rows, believed_share=min(1.0, max(seen / rows, 1e-6)))


async def narrowed(transaction: Transaction, reading: Reading) -> tuple[Reading, bool]:
    """The reading with its rows named if a search finds few; and whether one found more than a few."""
    many = False
    for text, columns in _searches(reading):
        if columns.finder is None:
            continue
        asked = ask(text)
        if asked.is_empty:
            continue
        keys = await found_ids(transaction, asked, columns.finder, FEW_ROWS + 1)
        if len(keys) <= FEW_ROWS:
            return replace(reading, keys=keys), False
        many = True
    return reading, many


async def estimate(transaction: Transaction, reading: Reading, size: Size) -> float:
    """How many rows fit, as the statistics have it."""
    values = _Values()
    where = _where(reading, values)
    if reading.organisations is not None:
        where.append(f"s.{reading.table.organisation} = ANY ({values.add(reading.organisations, 'uuid[]')})")
    sql = f"SELECT 1 FROM {reading.table.source} AS s{_and(where)}"  # noqa: S608 - identifiers and bound values
    return float(await _planned_rows(transaction, sql, values.bound)) / size.believed_share


async def count_few(transaction: Transaction, reading: Reading) -> int:
    """How many rows fit, counted no further than one beyond `COUNTED_TO`."""
    values = _Values()
    where = _and(_where(reading, values))
    sql = f"SELECT 1 FROM {reading.table.source} AS s{where} LIMIT {COUNTED_TO + 1}"  # noqa: S608 - as above
    return int(await transaction.fetchval(f"SELECT count(*) FROM ({sql}) AS few", *values.bound))  # noqa: S608


def way_of(reading: Reading, expected: float) -> Way:
    """How to read the page."""
    if expected <= FEW_ROWS:
        return Way.GATHERED
    if reading.organisations is not None and len(reading.organisations) <= FEW_ORGANISATIONS:
        return Way.BY_ORGANISATION
    return Way.ORDERED


async def page(transaction: Transaction, reading: Reading, way: Way, limit: int) -> list[Record]:
    """So many rows: `row_key`, `row_sort`, `c{n}` for each column, `r{n}` for a reference's id."""
    await transaction.fetchrow(
        "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true), "
        "set_config('enable_sort', $1, true), set_config('enable_incremental_sort', $1, true)",
        "on" if way is Way.GATHERED else "off",
    )
    found: list[Record] = []
    for without_value in _parts(reading):
        if len(found) < limit:
            values = _Values()
            sql = _page_sql(reading, values, way, without_value=without_value, limit=limit - len(found))
            found += await transaction.fetch(sql, *values.bound)
    return found


def page_statement(reading: Reading, way: Way, limit: int) -> tuple[str, list[object]]:
    """The statement of a page's first part, for the tests of its plan."""
    values = _Values()
    without_value = _parts(reading)[0]
    return _page_sql(reading, values, way, without_value=without_value, limit=limit), values.bound


async def one_cell(transaction: Transaction, table: Table, column: Column, key: object) -> Record | None:
    """One value of one row: `row_key` and `c0`."""
    sql = (
        f"SELECT s.{table.key} AS row_key, s.{column.name} AS c0 FROM {table.source} AS s "  # noqa: S608 - identifiers
        f"WHERE s.{table.key} = $1::{table.key_type}"
    )
    return await transaction.fetchrow(sql, key)


async def _planned_rows(transaction: Transaction, sql: str, values: Sequence[object]) -> float:
    plan = await transaction.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *values)
    return float((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"])


def _parts(reading: Reading) -> tuple[bool | None, ...]:
    """What is read one after the other: rows with a value, rows without; None: there is always a value."""
    column = reading.table.column(reading.sort.column)
    if column is None or not column.nullable:
        return (None,)
    if reading.after is not None and reading.after.value is None:
        return (True,)
    return (False, True)


def _page_sql(reading: Reading, values: _Values, way: Way, *, without_value: bool | None, limit: int) -> str:
    table, order = reading.table, _order(reading)
    where = _where(reading, values)
    if without_value is not None:
        where.append(f"{_sort_column(reading)} IS {'' if without_value else 'NOT '}NULL")
    if reading.after is not None and not (without_value and reading.after.value is not None):
        where.append(_behind(reading, reading.after, values))
    wanted = _wanted(reading)
    if way is Way.GATHERED:
        return _gathered_sql(reading, values, where, wanted, limit)
    if way is not Way.BY_ORGANISATION or reading.organisations is None:
        return f"SELECT {wanted} FROM {table.source} AS s{_and(where)} ORDER BY {order} LIMIT {limit}"  # noqa: S608
    if len(reading.organisations) == 1:
        where.append(f"s.{table.organisation} = {values.add(reading.organisations[0], 'uuid')}")
        return f"SELECT {wanted} FROM {table.source} AS s{_and(where)} ORDER BY {order} LIMIT {limit}"  # noqa: S608
    where.append(f"s.{table.organisation} = seen.id")
    one = f"SELECT {wanted} FROM {table.source} AS s{_and(where)} ORDER BY {order} LIMIT {limit}"  # noqa: S608
    direction = " DESC" if reading.sort.descending else ""
    return (
        f"SELECT part.* FROM unnest({values.add(reading.organisations, 'uuid[]')}) AS seen (id) "  # noqa: S608
        f"CROSS JOIN LATERAL ({one}) AS part "
        f"ORDER BY part.row_sort{direction}, part.row_key{direction} LIMIT {limit}"
    )


def _gathered_sql(reading: Reading, values: _Values, where: list[str], wanted: str, limit: int) -> str:
    """All that fits first, in whatever order, then sorted: left to itself the planner hopes to find a page's
    rows early in an ordered index, and reads all of it. The organisations are told again, for those of the
    rule are no numbers to it."""
    if reading.organisations is not None and reading.keys is None:
        where.append(f"s.{reading.table.organisation} = ANY ({values.add(reading.organisations, 'uuid[]')})")
    direction = " DESC" if reading.sort.descending else ""
    return (
        f"WITH fit AS MATERIALIZED (SELECT {wanted} FROM {reading.table.source} AS s{_and(where)}) "  # noqa: S608
        f"SELECT fit.* FROM fit ORDER BY row_sort{direction}, row_key{direction} LIMIT {limit}"
    )


def _wanted(reading: Reading) -> str:
    wanted = [f"s.{reading.table.key} AS row_key", f"{_sort_column(reading)} AS row_sort"]
    for number, column in enumerate(reading.columns):
        wanted.append(f"s.{column.shown_by or column.name} AS c{number}")
        if column.type is ColumnType.REFERENCE:
            wanted.append(f"s.{column.name}::text AS r{number}")
    return ", ".join(wanted)


def _sort_column(reading: Reading) -> str:
    column = reading.table.column(reading.sort.column)
    return f"s.{(column.sort_by if column else None) or reading.sort.column}"


def _order(reading: Reading) -> str:
    """Both ways are the two directions of one index: rows without a value have their own part."""
    direction = " DESC" if reading.sort.descending else ""
    sort, key = _sort_column(reading), f"s.{reading.table.key}"
    return f"{key}{direction}" if sort == key else f"{sort}{direction}, {key}{direction}"


def _behind(reading: Reading, after: Place, values: _Values) -> str:
    table, sort = reading.table, _sort_column(reading)
    sign = "<" if reading.sort.descending else ">"
    key = f"s.{table.key}"
    if after.value is None or sort == key:
        return f"{key} {sign} {values.add(after.key, table.key_type)}"
    column = table.column(reading.sort.column)
    cast = "text" if column is None or column.sort_by else column.cast
    return (
        f"({sort}, {key}) {sign} ({values.add(after.value, cast)}, {values.add(after.key, table.key_type)})"
    )


def _where(reading: Reading, values: _Values) -> list[str]:
    table = reading.table
    found = [_condition(table, each, values) for each in reading.question.filters]
    if reading.question.text and table.search is not None:
        condition, bound = search_condition(ask(reading.question.text), table.search, len(values.bound) + 1)
        values.bound += bound
        found.append(condition)
    if reading.keys is not None:
        found.append(f"s.{table.key} = ANY ({values.add(reading.keys, f'{table.key_type}[]')})")
    return found


def _searches(reading: Reading) -> Iterator[tuple[str, SearchColumns]]:
    if reading.question.text and reading.table.search is not None:
        yield reading.question.text, reading.table.search
    for each in reading.question.filters:
        column = reading.table.column(each.column)
        if each.operator is Operator.HAS and column is not None and column.search is not None:
            yield each.values[0], column.search


def _condition(table: Table, asked: Filter, values: _Values) -> str:
    column = table.column(asked.column)
    if column is None:
        raise KeyError(asked.column)
    name = f"s.{column.blind[0] if column.blind else column.name}"
    given = parsed_values(column, asked)
    match asked.operator:
        case Operator.EMPTY:
            return f"{name} IS NULL"
        case Operator.FILLED:
            return f"{name} IS NOT NULL"
        case Operator.FROM:
            return f"{name} >= {values.add(given[0], column.cast)}"
        case Operator.TO:
            sign = "<" if column.type is ColumnType.TIME else "<="
            return f"{name} {sign} {values.add(given[0], column.cast)}"
        case Operator.HAS:
            return _has(column, str(given[0]), values)
        case Operator.IS if len(given) == 1:
            return f"{name} = {values.add(given[0], column.cast)}"
        case Operator.IS:
            return f"{name} = ANY ({values.add(given, f'{column.cast}[]')})"


def _has(column: Column, text: str, values: _Values) -> str:
    if column.search is None:
        raise KeyError(column.name)
    condition, bound = search_condition(ask(text), column.search, len(values.bound) + 1)
    values.bound += bound
    return condition


def _and(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
