"""The trail as a list."""

from typing import Final

from platform_api.audit.model import Outcome, Tag
from platform_api.tables import Column, ColumnType, DataClass, Sort, Table

AUDIT: Final = Table(
    name="audit",
    source="audit_rows",
    base="audit_entries",
    permission="audit.view",
    exports="audit.view",
    key="number",
    key_type="bigint",
    noted=True,
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
            name="tag",
            type=ColumnType.ENUM,
            level=DataClass.INTERNAL,
            index="audit_entries_tag_idx",
            filterable=True,
            options=tuple(tag.value for tag in Tag),
        ),
        Column(
            name="outcome",
            type=ColumnType.ENUM,
            level=DataClass.INTERNAL,
            index="audit_entries_outcome_idx",
            filterable=True,
            options=tuple(outcome.value for outcome in Outcome),
        ),
        Column(
            name="actor",
            type=ColumnType.REFERENCE,
            level=DataClass.LIMITED,
            sql_type="text",
            shown_by="actor_name",
            index="audit_entries_actor_idx",
            filterable=True,
        ),
        Column(
            name="address",
            type=ColumnType.TEXT,
            level=DataClass.LIMITED,
            index="audit_entries_address_idx",
            filterable=True,
        ),
        Column(name="target_kind", type=ColumnType.TEXT, level=DataClass.INTERNAL),
        Column(
            name="target",
            type=ColumnType.TEXT,
            level=DataClass.LIMITED,
            index="audit_entries_target_idx",
            filterable=True,
        ),
        Column(name="details", type=ColumnType.TEXT, level=DataClass.LIMITED),
    ),
)
