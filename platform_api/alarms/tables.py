"""Alarms as a list: what was seen, about whom, and whether somebody saw to it."""

from typing import Final

from platform_api.alarms.model import AlarmKind
from platform_api.tables import Column, ColumnType, DataClass, Sort, Table

ALARM_LIST: Final = Table(
    name="alarms",
    source="alarm_rows",
    base="audit_entries",
    permission="alarms.view",
    key="number",
    key_type="bigint",
    sort=Sort(column="at", descending=True),
    columns=(
        Column(
            name="at",
            type=ColumnType.TIME,
            level=DataClass.INTERNAL,
            index="audit_entries_at_idx",
            sortable=True,
            filterable=True,
        ),
        Column(
            name="target",
            type=ColumnType.ENUM,
            level=DataClass.INTERNAL,
            index="audit_entries_target_idx",
            options=tuple(kind.value for kind in AlarmKind),
            filterable=True,
        ),
        Column(
            name="actor",
            type=ColumnType.REFERENCE,
            level=DataClass.LIMITED,
            sql_type="text",
            shown_by="actor_name",
            nullable=True,
        ),
        Column(name="count", type=ColumnType.NUMBER, level=DataClass.INTERNAL, sql_type="integer"),
        Column(
            name="settled",
            type=ColumnType.BOOLEAN,
            level=DataClass.INTERNAL,
            among="settled_alarms",
            filterable=True,
        ),
        Column(name="settled_by", type=ColumnType.TEXT, level=DataClass.LIMITED, nullable=True),
    ),
)
