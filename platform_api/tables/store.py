"""All SQL of lists: identifiers come from the definition alone (`model.py` looks at them), values are bound.

Ways to read a page, for row-level rules hide from the planner how much somebody may see:

- *found*: something is searched for: the search index tells the rows, at most `FOUND_TO`; they are sorted;
- *gathered*: few rows fit: the planner is free to gather them, then they are sorted;
- *ordered*: many fit: an index that stands in the order asked for is walked, sorting is put out of reach;
- *ordered by organisation*: many fit and the asker sees a few organisations: each one's part of an index that
  begins with the organisation is walked as far as one page.

Each names the page's rows by key and order first, from an index alone if the list is `large`, and reads their
words for no more rows than the page has. What gathering costs the planner says; walking passes by
rows · limit / fitting.

Planning costs more than reading, for the rules of a list are many. Where the plan does not hang on the
values, as where an index is walked, a connection plans the statement once and keeps it; gathering is planned
for its values.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from platform_api.db import Record, Transaction
from platform_api.search import Asked, SearchColumns, ask, search_condition
from platform_api.tables.model import Column, ColumnType, Filter, Operator, Question, Sort, Table
from platform_api.tables.rules import parsed_values

FEW_ORGANISATIONS: Final = 32
FOUND_TO: Final = 5_000
"""So many rows of a search are sorted; beyond it the order's index is walked."""
COUNTED_TO: Final = 1_000
"""Beyond it the statistics answer: nobody waits for a number."""
ENTRY_COST: Final = 0.075
"""Of passing by one entry of an index that carries what is asked; in the planner's unit."""
ROW_COST: Final = 1.1
"""Of passing by one row of the table, which is what `random_page_cost` is set to."""


class Way(StrEnum):
    """How a page is read."""

    FOUND = "found"
    GATHERED = "gathered"
    ORDERED = "ordered"
    BY_ORGANISATION = "by_organisation"

    @property
    def sorts(self) -> bool:
        """Whether the rows are sorted when they are known."""
        return self in (Way.FOUND, Way.GATHERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a table is, and which share of it the planner believes anybody to see."""

    rows: float
    believed_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How many rows fit, as the statistics have it, and what it costs to gather them all."""

    rows: float
    gathering: float
    of: float
    """All rows of the table, whoever sees them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the next page begins: behind this value of the sort column and this key."""

    value: object | None
    key: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A page to read: everything the SQL needs. `organisations`: those that are seen, if told apart.

    `open_only`: the rows that the list shows without a further right.
    """

    table: Table
    columns: tuple[Column, ...]
    question: Question
    sort: Sort
    organisations: tuple[str, ...] | None = None
    after: Place | None = None
    open_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Rows of a page: `row_key`, `row_sort`, `c{n}` for each column, `r{n}` for a reference's id.

    `named`: key and order of what the page found; what was removed while it was read is not among `rows`.
    `fitting`: how many rows there are behind the place, if the way tells.
    """

    rows: list[Record]
    named: list[Record]
    fitting: int | None = None

    def first(self, many: int) -> list[Record]:
        """The rows of the first so many that were named."""
        keys = {each["row_key"] for each in self.named[:many]}
        return [row for row in self.rows if row["row_key"] in keys]


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


async def settle(transaction: Transaction) -> None:
    """Has this transaction plan each statement for its values, and take indexes to be in memory mostly."""
    await transaction.fetchrow(
        "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true), "
        "set_config('random_page_cost', $1, true)",
        str(ROW_COST),
    )


def keeps_plan(reading: Reading, way: Way) -> bool:
    """Whether one plan is right for all values: the order or the search alone says which index is read."""
    return not way.sorts or (way is Way.FOUND and not reading.question.filters)


async def _set_out(transaction: Transaction, reading: Reading, way: Way) -> None:
    """Has what follows planned as this way needs it."""
    await transaction.fetchrow(
        "SELECT set_config('plan_cache_mode', $1, true), set_config('enable_sort', $2, true), "
        "set_config('enable_incremental_sort', $2, true)",
        "force_generic_plan" if keeps_plan(reading, way) else "force_custom_plan",
        "on" if way.sorts else "off",
    )


async def size_of(transaction: Transaction, table: Table) -> Size:
    """By the statistics of the last ANALYZE; of a partitioned table all its parts together."""
    rows = await transaction.fetchval(
        "SELECT coalesce(sum(greatest(reltuples, 0)), 0)::float8 FROM pg_class WHERE oid = to_regclass($1) "
        "OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass($1))",
        table.base or table.source,
    )
    if rows == 0:
        return Size(rows=0, believed_share=1)
    seen, _ = await _planned(transaction, f"SELECT 1 FROM {table.source}", [])  # noqa: S608 - an identifier
    return Size(rows=rows, believed_share=min(1.0, max(seen / rows, 1e-6)))


async def expected(transaction: Transaction, reading: Reading, size: Size) -> Expected:
    """How many rows fit, on whichever page of them, and what it costs to gather them."""
    if not size.rows:
        return Expected(rows=0, gathering=0, of=0)
    values = _Values()
    rows, cost = await _planned(transaction, _fitting_sql(replace(reading, after=None), values), values.bound)
    return Expected(rows=rows / size.believed_share, gathering=cost, of=size.rows)


async def count_few(transaction: Transaction, reading: Reading) -> int:
    """How many rows fit, counted no further than one beyond `COUNTED_TO`; searches row by row."""
    values = _Values()
    await _set_out(transaction, reading, Way.GATHERED)
    sql = f"SELECT count(*) FROM ({_fitting_sql(reading, values)} LIMIT {COUNTED_TO + 1}) AS few"  # noqa: S608
    return int(await transaction.fetchval(sql, *values.bound))


def way_of(reading: Reading, expected: Expected, limit: int) -> Way:
    """How to read so many rows: the cheaper way."""
    step = ENTRY_COST if reading.table.large else ROW_COST
    walking = step * expected.of * limit / max(expected.rows, 1.0)
    if expected.gathering <= walking:
        return Way.GATHERED
    if reading.organisations is not None and len(reading.organisations) <= FEW_ORGANISATIONS:
        return Way.BY_ORGANISATION
    return Way.ORDERED


def finding(reading: Reading) -> tuple[Asked, SearchColumns] | None:
    """What the search index is asked for, if anything is searched for."""
    for text, columns in _searches(reading):
        asked = ask(text)
        if columns.finder is not None and not asked.is_empty:
            return asked, columns
    return None


async def page(transaction: Transaction, reading: Reading, way: Way, limit: int) -> Read | None:
    """So many rows; None if the search found more than can be sorted: then another way has to be gone."""
    await _set_out(transaction, reading, way)
    if way.sorts:
        sql, values = page_statement(reading, way, limit)
        found = await transaction.fetch(sql, *values)
        if found[0]["row_found"] > FOUND_TO:
            return None
        named = [row for row in found if row["row_key"] is not None]
        rows = named if keeps_plan(reading, way) else await _words_of(transaction, reading, named)
        return Read(rows=rows, named=named, fitting=found[0]["row_fitting"])
    found = []
    for without_value in _parts(reading):
        if len(found) < limit:  # the same limit for both: another number would be another statement
            bound = _Values()
            sql = _walked_sql(reading, bound, way, without_value=without_value, limit=limit)
            found += await transaction.fetch(sql, *bound.bound)
    return Read(rows=found[:limit], named=found[:limit])


def page_statement(reading: Reading, way: Way, limit: int) -> tuple[str, list[object]]:
    """The statement of a page, of its first part if it has two."""
    values = _Values()
    if way.sorts:
        return _sorted_sql(reading, values, way, limit), values.bound
    without_value = _parts(reading)[0]
    return _walked_sql(reading, values, way, without_value=without_value, limit=limit), values.bound


async def one_cell(
    transaction: Transaction, table: Table, column: Column, key: object, *, open_only: bool
) -> Record | None:
    """One value of one row: `row_key` and `c0`."""
    where = [f"s.{table.key} = $1::{table.key_type}", *_open(table, open_only)]
    begin = f"SELECT s.{table.key} AS row_key, s.{column.name} AS c0 FROM {table.source} AS s"  # noqa: S608
    sql = begin + _and(where)
    return await transaction.fetchrow(sql, key)


async def _planned(transaction: Transaction, sql: str, values: Sequence[object]) -> tuple[float, float]:
    """How many rows the planner expects, and at which cost."""
    told = await transaction.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *values)
    plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    return float(plan["Plan Rows"]), float(plan["Total Cost"])


def _parts(reading: Reading) -> tuple[bool | None, ...]:
    """What is walked one after the other: rows with a value, rows without; None: there is always a value."""
    column = reading.table.column(reading.sort.column)
    if column is None or not column.nullable:
        return (None,)
    if reading.after is not None and reading.after.value is None:
        return (True,)
    return (False, True)


def _walked_sql(
    reading: Reading, values: _Values, way: Way, *, without_value: bool | None, limit: int
) -> str:
    """The first rows of the order, by key and order alone, with their words."""
    table, order = reading.table, _order(reading)
    where = _where(reading, values)
    if without_value is not None:
        where.append(f"{_sort_column(reading)} IS {'' if without_value else 'NOT '}NULL")
    if reading.after is not None and not (without_value and reading.after.value is not None):
        where.append(_behind(reading, reading.after, values))
    begin = f"SELECT {_named(reading)} FROM {table.source} AS s"  # noqa: S608 - identifiers
    end = f" ORDER BY {order} LIMIT {limit}"
    if way is not Way.BY_ORGANISATION or reading.organisations is None:
        return _worded(reading, begin + _and(where) + end)
    if len(reading.organisations) == 1:
        where.append(f"s.{table.organisation} = {values.add(reading.organisations[0], 'uuid')}")
        return _worded(reading, begin + _and(where) + end)
    where.append(f"s.{table.organisation} = seen.id")
    direction = _direction(reading)
    first = (
        f"SELECT part.* FROM unnest({values.add(reading.organisations, 'uuid[]')}) AS seen (id) "  # noqa: S608
        f"CROSS JOIN LATERAL ({begin}{_and(where)}{end}) AS part "
        f"ORDER BY part.row_sort{direction}, part.row_key{direction} LIMIT {limit}"
    )
    return _worded(reading, first)


def _worded(reading: Reading, first: str) -> str:
    """The rows of `first` with what is shown of them."""
    direction = _direction(reading)
    return (
        f"WITH first AS MATERIALIZED ({first}) "  # noqa: S608 - as above
        f"SELECT first.row_key, first.row_sort{_shown(reading)} FROM first "
        f"JOIN {reading.table.source} AS s ON s.{reading.table.key} = first.row_key "
        f"ORDER BY first.row_sort{direction}, first.row_key{direction}"
    )


def _sorted_sql(reading: Reading, values: _Values, way: Way, limit: int) -> str:
    """All that fits first, in whatever order, then sorted: left to itself the planner hopes to find a page's
    rows early in an ordered index, and reads all of it. There is always one row, for the counts. What is
    planned each time has no words in it: they would be planned as often."""
    direction = _direction(reading)
    order = f"row_sort{direction} NULLS LAST, row_key{direction}"
    words = keeps_plan(reading, way)
    search = finding(reading) if way is Way.FOUND else None
    fitting = _fitting_sql(reading, values, by=None if search is None else search[1])
    table = reading.table
    same = f"s.{table.key} = first.row_key" if search is None else f"s.{search[1].place} = first.row_place"
    worded = f"(first JOIN {table.source} AS s ON {same})" if words else "first"
    found = f"{_found_sql(search, values, FOUND_TO + 1)}, " if search is not None else ""
    how_many = "(SELECT count(*) FROM found)" if search is not None else "0"
    return (
        f"WITH {found}fit AS MATERIALIZED ({fitting}), "  # noqa: S608 - as above
        f"first AS MATERIALIZED (SELECT * FROM fit ORDER BY {order} LIMIT {limit}), "
        f"told AS MATERIALIZED (SELECT {how_many} AS row_found, (SELECT count(*) FROM fit) AS row_fitting) "
        f"SELECT told.*, first.row_key, first.row_sort{_shown(reading) if words else ''} "
        f"FROM told LEFT JOIN {worded} ON true ORDER BY {order}"
    )


async def _words_of(transaction: Transaction, reading: Reading, named: Sequence[Record]) -> list[Record]:
    """The rows of these names in their order, by a plan that is kept: what they say hangs on no value."""
    if not named:
        return []
    await transaction.fetchrow("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)")
    return await transaction.fetch(words_statement(reading), [row["row_key"] for row in named])


def words_statement(reading: Reading) -> str:
    """What the rows of given keys say."""
    table = reading.table
    return (
        f"SELECT first.row_key, {_sort_column(reading)} AS row_sort{_shown(reading)} "  # noqa: S608 - identifiers
        f"FROM unnest($1::{table.key_type}[]) WITH ORDINALITY AS first (row_key, place) "
        f"JOIN {table.source} AS s ON s.{table.key} = first.row_key ORDER BY first.place"
    )


def _found_sql(search: tuple[Asked, SearchColumns], values: _Values, at_most: int) -> str:
    asked, columns = search
    tokens, proofs = values.add(list(asked.tokens), "text[]"), values.add(list(asked.proofs), "text[]")
    call = f"{columns.finder}({tokens}, {proofs}, {at_most})"
    return f"found AS MATERIALIZED (SELECT place FROM {call} AS place)"  # noqa: S608 - an identifier


def _fitting_sql(reading: Reading, values: _Values, *, by: SearchColumns | None = None) -> str:
    """Key and order of all rows that fit. The organisations are told again, for those of the rule are no
    numbers to the planner; of what was found each is one row of the rule already."""
    table = reading.table
    where = _where(reading, values, but_first_search=by is not None)
    if reading.organisations is not None and by is None:
        where.append(f"s.{table.organisation} = ANY ({values.add(reading.organisations, 'uuid[]')})")
    if reading.after is not None:
        where.append(_anywhere_behind(reading, reading.after, values))
    if by is not None:
        begin = f"{_named(reading)}, s.{by.place} AS row_place FROM found JOIN {table.source} AS s "
        return f"SELECT {begin}ON s.{by.place} = found.place{_and(where)}"
    return f"SELECT {_named(reading)} FROM {table.source} AS s{_and(where)}"  # noqa: S608 - as above


def _named(reading: Reading) -> str:
    return f"s.{reading.table.key} AS row_key, {_sort_column(reading)} AS row_sort"


def _shown(reading: Reading) -> str:
    wanted = []
    for number, column in enumerate(reading.columns):
        wanted.append(f", s.{column.shown_by or column.name} AS c{number}")
        if column.type is ColumnType.REFERENCE and column.holders is None:
            wanted.append(f", s.{column.name}::text AS r{number}")
    return "".join(wanted)


def _direction(reading: Reading) -> str:
    return " DESC" if reading.sort.descending else ""


def _sort_column(reading: Reading) -> str:
    column = reading.table.column(reading.sort.column)
    return f"s.{(column.sort_by if column else None) or reading.sort.column}"


def _order(reading: Reading) -> str:
    """Both ways are the two directions of one index: rows without a value have their own part."""
    direction = _direction(reading)
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


def _anywhere_behind(reading: Reading, after: Place, values: _Values) -> str:
    """Behind the place in the order in which rows without a value come last."""
    column = reading.table.column(reading.sort.column)
    behind = _behind(reading, after, values)
    if column is None or not column.nullable:
        return behind
    without = f"{_sort_column(reading)} IS NULL"
    return f"({behind} OR {without})" if after.value is not None else f"({behind} AND {without})"


def _where(reading: Reading, values: _Values, *, but_first_search: bool = False) -> list[str]:
    """The conditions; of the searches all but the one that the search index has answered."""
    table = reading.table
    asked = [each for each in reading.question.filters if each.operator is not Operator.HAS]
    found = _open(table, reading.open_only)
    found += [_condition(table, each, values) for each in asked]
    answered = finding(reading) if but_first_search else None
    for text, columns in _searches(reading):
        wanted = ask(text)
        if (wanted, columns) == answered:
            continue
        condition, bound = search_condition(wanted, columns, len(values.bound) + 1)
        values.bound += bound
        found.append(condition)
    return found


def _open(table: Table, open_only: bool) -> list[str]:
    return [f"s.{table.open_by[0]}"] if table.open_by is not None and open_only else []


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
    if column.among is not None:
        keys = f"(SELECT own.key FROM {column.among} AS own)"  # noqa: S608 - an identifier
        return f"s.{table.key} {'' if given[0] else 'NOT '}IN {keys}"
    if column.holders is not None:
        return f"s.{table.key} IN (SELECT {column.holders}({values.add(given, 'text[]')}))"
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
        case Operator.IS if len(given) == 1:
            return f"{name} = {values.add(given[0], column.cast)}"
        case Operator.IS:
            return f"{name} = ANY ({values.add(given, f'{column.cast}[]')})"
        case Operator.HAS:
            raise KeyError(asked.operator)  # a search, see `_where`


def _and(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
