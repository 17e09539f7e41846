"""Request and answer shapes of lists.

A question travels in the body, not in the address: what somebody looks for may be a patient's name.
"""

from typing import Annotated

from pydantic import Field

from platform_api.http import Asker, Id, Moment, Shape, Text
from platform_api.kernel.sentences import Language, sentence
from platform_api.search.tokens import MAX_ASKED_CHARS
from platform_api.tables.masks import Masking
from platform_api.tables.model import (
    Column,
    ColumnType,
    Filter,
    Operator,
    Question,
    RowPage,
    SavedView,
    Sort,
    Table,
)
from platform_api.tables.rules import (
    MAX_FILTERS,
    MAX_VALUE_CHARS,
    MAX_VALUES,
    may_sort,
    operators_for,
    sees_whole,
    usual_sort,
    visible_columns,
    worded,
)

MAX_COLUMNS = 100
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Value = Annotated[str, Field(max_length=MAX_VALUE_CHARS)]


class TablePath(Shape):
    """A list by its name."""

    table: Name


class RowPath(TablePath):
    """A row of a list."""

    key: Annotated[str, Field(min_length=1, max_length=64)]


class ViewPath(TablePath):
    """A saved view of a list."""

    view: Id


class FilterShape(Shape):
    """One condition; several values mean "one of"."""

    column: Name
    operator: Operator
    values: list[Value] = Field(default_factory=list, max_length=MAX_VALUES)


class SortShape(Shape):
    """By which column, which way."""

    column: Name
    descending: bool = False


class Asking(Shape):
    """What is asked of a list: all filters hold; no columns: those usually shown."""

    filters: list[FilterShape] = Field(default_factory=list, max_length=MAX_FILTERS)
    text: Annotated[Text, Field(max_length=MAX_ASKED_CHARS)] = ""
    sort: SortShape | None = None
    columns: list[Name] = Field(default_factory=list, max_length=MAX_COLUMNS)


class RowsAsked(Asking):
    """A page of what is asked."""

    limit: int = Field(default=50, ge=1, le=200)
    cursor: Annotated[str, Field(max_length=4096, pattern=r"^[A-Za-z0-9_-]*$")] | None = None


class CountAsked(Shape):
    """Which rows are counted: those for which all filters hold."""

    filters: list[FilterShape] = Field(default_factory=list, max_length=MAX_FILTERS)


class OptionItem(Shape):
    """A value that an enum may have, and its word."""

    value: str
    label: str


class ColumnItem(Shape):
    """A column as it is for this asker; `operators` is what may be asked of it."""

    name: str
    type: ColumnType
    label: str
    level: int
    masking: Masking | None
    may_unmask: bool
    sortable: bool
    operators: list[Operator]
    options: list[OptionItem]
    shown: bool
    choosable: bool


class TableItem(Shape):
    """A list that the asker may open."""

    name: str
    title: str


class TableList(Shape):
    """All lists of the asker."""

    items: list[TableItem]


class TableView(TableItem):
    """A list's definition for the asker."""

    columns: list[ColumnItem]
    sort: SortShape
    searchable: bool
    may_export: bool
    may_share: bool


class RowItem(Shape):
    """A row: cells in the order of the page's columns; ids behind the words of references, by column."""

    key: str
    cells: list[str | int | float | bool | None]
    references: dict[str, str]


class TotalItem(Shape):
    """How many rows fit; not exact: as the statistics have it."""

    count: int
    exact: bool


class RowsView(Shape):
    """A page of rows; `total` comes with the first page."""

    columns: list[str]
    rows: list[RowItem]
    next_cursor: str | None
    total: TotalItem | None


class RevealAsked(Shape):
    """Which masked value of the row is wanted."""

    column: Name


class RevealedCell(Shape):
    """The value as it is."""

    value: str | int | float | bool | None


class ViewDraft(Shape):
    """A view to keep under a name."""

    name: Annotated[Text, Field(min_length=1, max_length=40)]
    shared: bool = False
    asking: Asking


class ViewItem(Shape):
    """A kept view; `own`: the asker's."""

    id: Id
    name: str
    shared: bool
    own: bool
    owner_name: str
    asking: Asking
    changed_at: Moment


class ViewList(Shape):
    """The own views and the shared ones."""

    items: list[ViewItem]


def question_of(asked: Asking) -> Question:
    """The question as the service takes it."""
    return Question(
        filters=tuple(
            Filter(column=each.column, operator=each.operator, values=tuple(each.values))
            for each in asked.filters
        ),
        text=asked.text,
        sort=None if asked.sort is None else Sort(column=asked.sort.column, descending=asked.sort.descending),
        columns=tuple(asked.columns),
        limit=asked.limit if isinstance(asked, RowsAsked) else 50,
        cursor=asked.cursor if isinstance(asked, RowsAsked) else None,
    )


def table_item(table: Table, language: Language) -> TableItem:
    return TableItem(name=table.name, title=sentence(table.label, language))


def table_view(table: Table, asker: Asker, language: Language, *, share: str) -> TableView:
    """The definition for this asker in this language."""
    sort = usual_sort(table, asker)
    return TableView(
        name=table.name,
        title=sentence(table.label, language),
        columns=[_column(table, column, asker, language) for column in visible_columns(table, asker)],
        sort=SortShape(column=sort.column, descending=sort.descending),
        searchable=table.search is not None,
        may_export=table.exports is not None and asker.holds(table.exports),
        may_share=asker.holds(share),
    )


def rows_view(page: RowPage, language: Language) -> RowsView:
    """A page in this language."""
    total = page.total
    return RowsView(
        columns=[column.name for column in page.columns],
        rows=[
            RowItem(
                key=row.key,
                cells=[
                    worded(column, cell, language)
                    for column, cell in zip(page.columns, row.cells, strict=True)
                ],
                references=dict(row.references),
            )
            for row in page.rows
        ],
        next_cursor=page.next_cursor,
        total=None if total is None else TotalItem(count=total.count, exact=total.exact),
    )


def view_item(view: SavedView, asker: Asker) -> ViewItem:
    question, sort = view.question, view.question.sort
    return ViewItem(
        id=view.id,
        name=view.name,
        shared=view.shared,
        own=view.owner == asker.subject,
        owner_name=view.owner_name,
        asking=Asking(
            filters=[
                FilterShape(column=each.column, operator=each.operator, values=list(each.values))
                for each in question.filters
            ],
            text=question.text,
            sort=None if sort is None else SortShape(column=sort.column, descending=sort.descending),
            columns=list(question.columns),
        ),
        changed_at=view.changed_at,
    )


def _column(table: Table, column: Column, asker: Asker, language: Language) -> ColumnItem:
    return ColumnItem(
        name=column.name,
        type=column.type,
        label=sentence(table.label_of(column), language),
        level=int(column.level),
        masking=column.masking,
        may_unmask=column.masking is not None and sees_whole(column, asker),
        sortable=may_sort(column, asker),
        operators=sorted(operators_for(column, asker)),
        options=[
            OptionItem(value=option, label=sentence(table.label_of(column, option), language))
            for option in column.options
        ],
        shown=column.shown,
        choosable=not column.asked_alone,
    )
