"""Pure decisions of tables: which columns exist for an asker, whether a question fits, what a cell shows."""

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from platform_api.http import Asker
from platform_api.kernel.ids import SERVER_MADE
from platform_api.kernel.sentences import Language
from platform_api.kernel.sentences import table as sentences
from platform_api.tables.errors import QuestionWrong
from platform_api.tables.masks import masked
from platform_api.tables.model import (
    Cell,
    Column,
    ColumnType,
    DataClass,
    Filter,
    Operator,
    Question,
    Sort,
    Table,
)

MAX_FILTERS: Final = 20
MAX_VALUES: Final = 100
MAX_VALUE_CHARS: Final = 200
NUMBER: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?")
WHOLE_NUMBERS: Final = {"bigint": 2**63, "integer": 2**31}
RANGES: Final = frozenset({Operator.FROM, Operator.TO})


def visible_columns(table: Table, asker: Asker) -> tuple[Column, ...]:
    """The columns that exist for this asker."""
    return tuple(column for column in table.columns if column.needs is None or asker.holds(column.needs))


def sees_whole(column: Column, asker: Asker) -> bool:
    """Whether the asker may see the value itself when asking for it by name."""
    return column.masking is None or (column.unmask is not None and asker.holds(column.unmask))


def operators_for(column: Column, asker: Asker) -> frozenset[Operator]:
    """What the asker may ask of it: of a masked value only whether it is exactly this, or there at all."""
    if sees_whole(column, asker):
        return column.operators
    return column.operators & {Operator.IS, Operator.EMPTY, Operator.FILLED}


def may_sort(column: Column, asker: Asker) -> bool:
    """Whether the list may stand in the order of this column: the order of masked values would tell them."""
    return column.sortable and sees_whole(column, asker)


def chosen_columns(table: Table, asker: Asker, wanted: Sequence[str]) -> tuple[Column, ...]:
    """The columns asked for, in that order; those usually shown if none is. Raises QuestionWrong."""
    visible = {column.name: column for column in visible_columns(table, asker) if not column.asked_alone}
    if not wanted:
        return tuple(column for column in visible.values() if column.shown)
    if len(set(wanted)) != len(wanted) or not set(wanted) <= visible.keys():
        raise QuestionWrong("table.column_unknown")
    return tuple(visible[name] for name in wanted)


def check_question(table: Table, asker: Asker, question: Question) -> Sort:
    """The order to answer in; raises QuestionWrong for what this asker cannot ask of this table."""
    visible = {column.name: column for column in visible_columns(table, asker)}
    if len(question.filters) > MAX_FILTERS:
        raise QuestionWrong("table.too_many_filters", params={"limit": MAX_FILTERS})
    for each in question.filters:
        column = visible.get(each.column)
        if column is None or each.operator not in operators_for(column, asker):
            raise QuestionWrong("table.filter_unknown")
        parsed_values(column, each)
    if question.text and table.search is None:
        raise QuestionWrong("table.filter_unknown")
    sort = question.sort or usual_sort(table, asker)
    if sort.column not in visible or not may_sort(visible[sort.column], asker):
        raise QuestionWrong("table.sort_unknown")
    return sort


def check_nameless(table: Table, question: Question) -> None:
    """Raises QuestionWrong if what is asked could tell of a person that there is a row about them."""
    levels = {column.name: column.level for column in table.columns}
    if question.text or any(levels[each.column] > DataClass.INTERNAL for each in question.filters):
        raise QuestionWrong("table.filter_unknown")


def open_only(table: Table, asker: Asker) -> bool:
    """Whether the asker sees no more rows than the list shows without a further right."""
    return table.open_by is not None and not asker.holds(table.open_by[1])


def usual_sort(table: Table, asker: Asker) -> Sort:
    """The table's own order; for one who may not see that column whole, the first that will do."""
    usual = table.column(table.sort.column)
    visible = visible_columns(table, asker)
    if usual is not None and usual in visible and may_sort(usual, asker):
        return table.sort
    for column in visible:
        if may_sort(column, asker):
            return Sort(column=column.name)
    raise QuestionWrong("table.sort_unknown")


def parsed_values(column: Column, asked: Filter) -> list[object]:
    """The values as the database takes them; raises QuestionWrong."""
    if asked.operator in (Operator.EMPTY, Operator.FILLED):
        if asked.values:
            raise QuestionWrong("table.value_wrong")
        return []
    single = asked.operator in RANGES or asked.operator is Operator.HAS
    if not asked.values or len(asked.values) > (1 if single else MAX_VALUES):
        raise QuestionWrong("table.value_wrong")
    return [_parsed(column, value) for value in asked.values]


def fingerprint(table: Table, question: Question, sort: Sort) -> str:
    """What a cursor belongs to: table, order and conditions; a cursor of another list is refused."""
    filters = sorted((each.column, each.operator.value, list(each.values)) for each in question.filters)
    text = json.dumps([table.name, sort.column, sort.descending, question.text, filters], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def shown_cell(column: Column, value: object, *, whole: bool) -> Cell:
    """What of a value of the database is sent; `whole`: not masked."""
    if value is None:
        return None
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    text = str(value)
    return text if whole or column.masking is None else masked(text, column.masking)


def worded(column: Column, cell: Cell, language: Language) -> Cell:
    """The cell in words, if it holds codes; a code without a sentence stands for itself."""
    if column.words is None or not isinstance(cell, str):
        return cell
    known = sentences(language)
    return " ".join(known.get(f"{column.words}{code}", code) for code in cell.split(" "))


def _parsed(column: Column, value: str) -> object:
    if len(value) > MAX_VALUE_CHARS or "\0" in value:
        raise QuestionWrong("table.value_wrong")
    match column.type:
        case ColumnType.NUMBER:
            return _number(column, value)
        case ColumnType.DATE:
            return _moment(date, value)
        case ColumnType.TIME:
            return _moment(datetime, value)
        case ColumnType.BOOLEAN if value in ("true", "false"):
            return value == "true"
        case ColumnType.ENUM if value in column.options:
            return value
        case ColumnType.REFERENCE:
            return _reference(column, value)
        case ColumnType.SEALED if column.blind is not None:
            return column.blind[1](value)
        case ColumnType.TEXT:
            return value
        case _:
            raise QuestionWrong("table.value_wrong")


def _number(column: Column, value: str) -> object:
    try:
        number = Decimal(value) if NUMBER.fullmatch(value) else None
    except InvalidOperation as error:
        raise QuestionWrong("table.value_wrong") from error
    if number is None:
        raise QuestionWrong("table.value_wrong")
    limit = WHOLE_NUMBERS.get(column.cast)
    if limit is None:
        return number if column.cast == "numeric" else float(number)
    if number != int(number) or abs(number) >= limit:
        raise QuestionWrong("table.value_wrong")
    return int(number)


def _moment(kind: type[date], value: str) -> date:
    try:
        moment = kind.fromisoformat(value)
    except ValueError as error:
        raise QuestionWrong("table.value_wrong") from error
    if isinstance(moment, datetime) and (moment.tzinfo is None or not 1 < moment.year < 9999):
        raise QuestionWrong("table.value_wrong")
    return moment


def _reference(column: Column, value: str) -> object:
    if column.cast == "bigint":
        if not re.fullmatch(r"[0-9]{1,18}", value):
            raise QuestionWrong("table.value_wrong")
        return int(value)
    if column.cast == "uuid" and SERVER_MADE.fullmatch(value) is None:
        raise QuestionWrong("table.value_wrong")
    return value
