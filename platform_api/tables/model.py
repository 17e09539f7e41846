"""A list as data: what its columns are, who may see them, what may be asked of them, and what serves it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final

from platform_api.kernel.ids import OrganisationId
from platform_api.search.store import SearchColumns
from platform_api.tables.masks import Masking

IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
Cell = str | int | float | bool | None


class TableWrong(TypeError):
    """A table is declared wrongly: start is refused."""


class ColumnType(StrEnum):
    """What a column holds. `reference` is an id shown by another column; `sealed` is bytes of the sealer."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    ENUM = "enum"
    REFERENCE = "reference"
    BOOLEAN = "boolean"
    SEALED = "sealed"


class DataClass(IntEnum):
    """Levels of GB/T 39725-2020 6.2: the higher, the fewer may see it and the more is asked."""

    OPEN = 1
    """May be published."""
    INTERNAL = 2
    """For all who work here, without naming a person's health."""
    LIMITED = 3
    """Of persons, or of the house: for a purpose."""
    CARE = 4
    """Identifies a person in care: for those who care for them; masked, and exported only with approval."""
    STRICT = 5
    """Would harm badly: sealed, masked, and exported only with approval."""


MASKED_FROM: Final = DataClass.CARE
APPROVED_FROM: Final = DataClass.CARE
LOGGED_FROM: Final = DataClass.CARE


class Operator(StrEnum):
    """What may be asked of a column."""

    IS = "is"
    HAS = "has"
    FROM = "from"
    TO = "to"
    EMPTY = "empty"
    FILLED = "filled"


OPERATORS: Final[Mapping[ColumnType, frozenset[Operator]]] = {
    ColumnType.TEXT: frozenset({Operator.IS}),
    ColumnType.NUMBER: frozenset({Operator.IS, Operator.FROM, Operator.TO}),
    ColumnType.DATE: frozenset({Operator.IS, Operator.FROM, Operator.TO}),
    ColumnType.TIME: frozenset({Operator.FROM, Operator.TO}),
    ColumnType.ENUM: frozenset({Operator.IS}),
    ColumnType.REFERENCE: frozenset({Operator.IS}),
    ColumnType.BOOLEAN: frozenset({Operator.IS}),
    ColumnType.SEALED: frozenset({Operator.IS}),
}
SQL_TYPES: Final[Mapping[ColumnType, tuple[str, ...]]] = {
    ColumnType.TEXT: ("text",),
    ColumnType.NUMBER: ("bigint", "integer", "double precision", "real", "numeric"),
    ColumnType.DATE: ("date",),
    ColumnType.TIME: ("timestamptz",),
    ColumnType.ENUM: ("text",),
    ColumnType.REFERENCE: ("uuid", "text", "bigint"),
    ColumnType.BOOLEAN: ("boolean",),
    ColumnType.SEALED: ("bytea",),
}
"""By column type: the first is the usual one. A parameter of another type would pass the index by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the source relation.

    `level` has no default: every column has a data class (PR-08). `needs` is the permission without which the
    column is not there for an asker. `index` names what serves its sorting and filtering if it is not called
    as usual (`indexes.py`). `masking` holds for all without the right `unmask`. `search`: what `has` asks.
    `sort_by`: another column to sort by, as the pinyin of a name. `shown_by`: whose text stands for a
    reference's id. `blind`: the column and the function by which a sealed value is found exactly. `context`:
    what a sealed value was sealed with, `{key}` in it is the row's key. `options` are the values of an enum.
    `words`: its cells are codes, and the sentences `{words}{code}` stand for them. `among`: a relation whose
    column `key` holds the keys of the rows for which a boolean is true, as those that the asker follows.
    `holders`: of a cell of several words, the function that gives the keys of the rows with one of them.
    `asked_alone`: it is asked by and never shown, for another column shows the same.
    """

    name: str
    type: ColumnType
    level: DataClass
    needs: str | None = None
    index: str | None = None
    sortable: bool = False
    filterable: bool = False
    nullable: bool = False
    shown: bool = True
    sql_type: str | None = None
    masking: Masking | None = None
    unmask: str | None = None
    search: SearchColumns | None = None
    sort_by: str | None = None
    shown_by: str | None = None
    blind: tuple[str, Callable[[str], bytes]] | None = None
    context: str | None = None
    options: tuple[str, ...] = ()
    words: str | None = None
    among: str | None = None
    holders: str | None = None
    asked_alone: bool = False

    @property
    def cast(self) -> str:
        """The type of its parameters."""
        return self.sql_type or SQL_TYPES[self.type][0]

    @property
    def operators(self) -> frozenset[Operator]:
        """What may be asked of it by one who sees it whole."""
        if not self.filterable:
            return frozenset()
        found = OPERATORS[self.type]
        if self.search is not None:
            found |= {Operator.HAS}
        return found | {Operator.EMPTY, Operator.FILLED} if self.nullable else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """By which column, which way; rows without a value come last either way."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A list. `source` is a relation under row-level rules: a table, or a view with `security_invoker`.

    `base` is the physical table whose size tells how many rows there are. `organisation` names the column by
    which alone rows are seen: then an index (organisation, sort column, key) serves those who see a few
    organisations. `large`: it may hold a million rows, so its ordered indexes carry what is asked of it
    (`indexes.py`); `ruled_by` names what its row-level rules read beside the organisation. `search` is asked
    by the list's own search field. Its title and labels are sentences
    `table.{name}[.{column}[.{option}]]`. `exports` is the permission to take it away; None: it stays here.
    `noted`: reading it is in the trail whatever its columns. `open_by`: a boolean column of the source, and
    the permission of those who see also the rows where it is false.
    """

    name: str
    source: str
    permission: str
    columns: tuple[Column, ...]
    sort: Sort
    key: str = "id"
    key_type: str = "uuid"
    base: str | None = None
    organisation: str | None = None
    large: bool = False
    ruled_by: tuple[str, ...] = ()
    search: SearchColumns | None = None
    exports: str | None = None
    noted: bool = False
    open_by: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        _check_table(self)

    def column(self, name: str) -> Column | None:
        """The column of this name."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def label(self) -> str:
        """The code of its title."""
        return f"table.{self.name}"

    def label_of(self, column: Column, option: str | None = None) -> str:
        """The code of a column's label, or of one of its options."""
        return f"{self.label}.{column.name}" + (f".{option}" if option is not None else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One condition; several values mean "one of"."""

    column: str
    operator: Operator
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a table: all filters hold; `text` is the search field's; no `columns`: the usual."""

    filters: tuple[Filter, ...] = ()
    text: str = ""
    sort: Sort | None = None
    columns: tuple[str, ...] = ()
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row as its asker may see it; cells in the order of the page's columns, ids of references by name."""

    key: str
    cells: tuple[Cell, ...]
    references: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How many rows there are: exact when few, else as the database's statistics have it."""

    count: int
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPage:
    """A page; `total` is told with the first."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    next_cursor: str | None
    total: Total | None = field(default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A view under its name; `question` has neither cursor nor limit that count."""

    id: str
    organisation: OrganisationId
    owner: str
    owner_name: str
    table: str
    name: str
    shared: bool
    question: Question
    changed_at: datetime


def _check_table(table: Table) -> None:
    """Raises TableWrong: identifiers come from here alone, so they are looked at here (SC-01)."""
    names = [column.name for column in table.columns]
    words = [table.name, table.source, table.key, *names]
    words += [word for word in (table.base, table.organisation) if word is not None]
    words += table.ruled_by
    words += [
        word for column in table.columns for word in (column.sort_by, column.shown_by) if word is not None
    ]
    words += [column.blind[0] for column in table.columns if column.blind is not None]
    words += [column.among for column in table.columns if column.among is not None]
    words += [column.holders for column in table.columns if column.holders is not None]
    words += [table.open_by[0]] if table.open_by is not None else []
    for word in words:
        if IDENTIFIER.fullmatch(word) is None:
            raise TableWrong(f"{table.name}: {word!r} is no identifier")
    if len(set(names)) != len(names):
        raise TableWrong(f"{table.name} has a column twice")
    if table.key_type not in ("uuid", "bigint", "text"):
        raise TableWrong(f"{table.name}: a key is a uuid, a bigint or a text")
    sorted_by = table.column(table.sort.column)
    if sorted_by is None or not sorted_by.sortable:
        raise TableWrong(f"{table.name} is not sortable by {table.sort.column}")
    if any(each is not None and each.finder is None for each in _searches(table)):
        raise TableWrong(
            f"{table.name}: a search names its finder, for row-level rules keep it from its index"
        )
    for column in table.columns:
        _check_column(table, column)


def _searches(table: Table) -> tuple[SearchColumns | None, ...]:
    return (table.search, *(column.search for column in table.columns))


def _check_column(table: Table, column: Column) -> None:
    where = f"{table.name}.{column.name}"
    if column.cast not in SQL_TYPES[column.type]:
        raise TableWrong(f"{where} is no {column.cast}")
    if column.cast == "numeric" and (column.sortable or column.filterable):
        raise TableWrong(f"{where}: row-level rules keep numeric from its index; double precision does")
    if column.level >= MASKED_FROM and column.masking is None:
        raise TableWrong(f"{where} is of level {column.level} and not masked")
    if column.masking is not None and column.type not in (ColumnType.TEXT, ColumnType.SEALED):
        raise TableWrong(f"{where}: only words are masked")
    if column.type is ColumnType.SEALED and (column.context is None or column.sortable):
        raise TableWrong(f"{where} is sealed: it names its context and is not sorted by")
    if column.type is ColumnType.SEALED and column.filterable and column.blind is None:
        raise TableWrong(f"{where} is sealed: it is found by a blind index or not at all")
    if column.among is not None and column.type is not ColumnType.BOOLEAN:
        raise TableWrong(f"{where}: only a boolean is asked for among keys")
    if column.holders is not None and (column.type is not ColumnType.REFERENCE or column.cast != "text"):
        raise TableWrong(f"{where}: what holds several words is asked for one by its text")
    if column.asked_alone and (column.shown or not column.filterable):
        raise TableWrong(f"{where}: what is never shown is asked by")
    if column.type is ColumnType.ENUM and not column.options:
        raise TableWrong(f"{where} names no options")
