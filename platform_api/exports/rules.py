"""Pure decisions of exports: what may leave, who must agree, what a cell of a file may hold."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from platform_api.exports.errors import ExportRefused
from platform_api.exports.model import MAX_PURPOSE, MIN_PURPOSE, Export, ExportSettings, ExportState
from platform_api.http import Asker
from platform_api.kernel.errors import Conflict, Refused
from platform_api.tables.model import APPROVED_FROM, Column, ColumnType, Question, Table
from platform_api.tables.rules import sees_whole

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet may take such a text for a formula (UP-04); Chinese ones take full width too."""
HOUSE_TIME: Final = ZoneInfo("Asia/Shanghai")
CANCELLABLE: Final = frozenset({ExportState.WAITING, ExportState.QUEUED, ExportState.RUNNING})


def clean_purpose(text: str) -> str:
    """The purpose in one line; raises ExportRefused for one that says nothing."""
    purpose = " ".join(text.split())
    if not MIN_PURPOSE <= len(purpose) <= MAX_PURPOSE or len(set(purpose)) < 3:
        raise ExportRefused("export.purpose", params={"limit": MIN_PURPOSE})
    return purpose


def check_opened(asker: Asker, columns: Sequence[Column], opened: Sequence[str]) -> None:
    """Refuses to show whole what this asker may not, or what is not in the file."""
    by_name = {column.name: column for column in columns}
    for name in opened:
        column = by_name.get(name)
        if column is None or column.masking is None:
            raise ExportRefused("table.column_unknown")
        if not sees_whole(column, asker):
            raise Refused


def needs_approval(
    expected: int, columns: Sequence[Column], opened: Sequence[str], settings: ExportSettings
) -> bool:
    """Whether a second person must agree (PR-09): many rows, or anything of level 4 that is shown whole."""
    shown_whole = any(
        column.level >= APPROVED_FROM and (column.masking is None or column.name in opened)
        for column in columns
    )
    return expected > settings.approval_rows or shown_whole


def check_may_decide(export: Export, asker: Asker) -> None:
    """Refuses one's own export, and one that waits no more."""
    if export.owner == asker.subject:
        raise Refused("export.own")
    if export.state is not ExportState.WAITING:
        raise Conflict("export.decided")


def neutralised(text: str) -> str:
    """The text as no spreadsheet takes it for a formula: an apostrophe stands before it (UP-04)."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def house_time(moment: datetime) -> str:
    """A moment as the house reads it."""
    return f"{moment.astimezone(HOUSE_TIME):%Y-%m-%d %H:%M:%S}"


def told_filter(table: Table, question: Question) -> str:
    """The question for the trail: what people typed stands there as a hash, for it may be a name."""
    told = []
    for each in question.filters:
        column = table.column(each.column)
        typed = column is None or column.type in (ColumnType.TEXT, ColumnType.SEALED)
        values = [_hidden(value) if typed else value for value in each.values]
        told.append(f"{each.column} {each.operator} {','.join(values)}".strip())
    if question.text:
        told.append(f"text {_hidden(question.text)}")
    return json.dumps(told, ensure_ascii=False)[:1000]


def _hidden(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:12]}"
