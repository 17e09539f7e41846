"""Which indexes a list needs, by what may be asked of it: a migration makes them, a test looks for them.

- For each order: an index in that order, (column, key); where `organisation` is named one more that begins
  with it, for those who see a few organisations. Of a `large` list these hold every column that conditions
  and row-level rules read, so that a walk past rows that do not fit never leaves the index.
- For each condition that few rows may fulfil: an index that begins with its column.
- For its search, and for words of which a cell holds several: a GIN index.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from platform_api.tables.model import Column, ColumnType, Table

COVERED: Final = frozenset(
    {
        ColumnType.NUMBER,
        ColumnType.DATE,
        ColumnType.TIME,
        ColumnType.ENUM,
        ColumnType.REFERENCE,
        ColumnType.BOOLEAN,
    }
)
"""Types whose conditions many rows may fulfil; a text or a sealed value is asked for exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index of a table, wanted or found: its columns in order, and those it carries along."""

    name: str
    columns: tuple[str, ...]
    carried: frozenset[str] = frozenset()
    method: str = "btree"

    def serves(self, wanted: "Index") -> bool:
        """Whether it can do what the wanted one does."""
        same = self.columns[: len(wanted.columns)] == wanted.columns and self.method == wanted.method
        return same and wanted.carried <= self.carried.union(self.columns)

    def statement(self, relation: str) -> str:
        """What makes it."""
        carried = f" INCLUDE ({', '.join(sorted(self.carried))})" if self.carried else ""
        using = "" if self.method == "btree" else f" USING {self.method}"
        return f"CREATE INDEX {self.name} ON {relation}{using} ({', '.join(self.columns)}){carried};"


def wanted_indexes(table: Table) -> tuple[Index, ...]:
    """The indexes that a list cannot do without."""
    found = [index for column in table.columns for index in _of_column(table, column)]
    searches = {
        each for each in (table.search, *(column.search for column in table.columns)) if each is not None
    }
    for search in searches:
        name = f"{_relation(table)}_search_idx"
        found.append(Index(name=name, columns=(search.tokens.rpartition(".")[2],), method="gin"))
    return tuple(found)


def covered_columns(table: Table) -> frozenset[str]:
    """What the ordered indexes of a large list carry."""
    asked = {
        column.name
        for column in table.columns
        if column.filterable and column.type in COVERED and column.among is None and column.holders is None
    }
    ruled = {table.organisation} if table.organisation is not None else set[str]()
    return frozenset(asked | ruled | set(table.ruled_by))


def _of_column(table: Table, column: Column) -> Iterator[Index]:
    relation = _relation(table)
    served = column.sort_by or (column.blind[0] if column.blind else column.name)
    if column.sortable:
        ordered = (served,) if served == table.key else (served, table.key)
        carried = covered_columns(table) if table.large else frozenset[str]()
        yield Index(
            name=column.index or f"{relation}_{served}_idx", columns=ordered, carried=carried - set(ordered)
        )
        if table.organisation is not None:
            ordered = (table.organisation, *ordered)
            name = f"{relation}_organisation_{column.name}_idx"
            yield Index(name=name, columns=ordered, carried=carried - set(ordered))
    elif column.holders is not None:
        yield Index(name=column.index or f"{relation}_{served}_idx", columns=(served,), method="gin")
    elif column.among is not None:
        return  # its index is that of the relation of keys
    elif column.filterable and not (table.large and column.type is ColumnType.BOOLEAN):
        yield Index(name=column.index or f"{relation}_{served}_idx", columns=(served,))


def _relation(table: Table) -> str:
    return table.base or table.source
