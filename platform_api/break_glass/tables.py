"""Emergency accesses as a list, for those who review them."""

from typing import Final

from platform_api.break_glass.rules import REVIEW
from platform_api.tables import Column, ColumnType, DataClass, Sort, Table

VERDICTS: Final = ("waiting", "justified", "unjustified")
ACCESSES: Final = Table(
    name="emergency_accesses",
    source="break_glass_rows",
    base="break_glass",
    permission=REVIEW,
    organisation="organisation_id",
    sort=Sort(column="opened_at", descending=True),
    columns=(
        Column(
            name="user_id",
            type=ColumnType.REFERENCE,
            level=DataClass.LIMITED,
            shown_by="user_name",
            index="break_glass_user_idx",
            filterable=True,
        ),
        Column(name="user_organisation_name", type=ColumnType.TEXT, level=DataClass.INTERNAL),
        Column(
            name="organisation_id",
            type=ColumnType.REFERENCE,
            level=DataClass.INTERNAL,
            shown_by="organisation_name",
            filterable=True,
        ),
        Column(name="reason", type=ColumnType.TEXT, level=DataClass.LIMITED),
        Column(
            name="opened_at",
            type=ColumnType.TIME,
            level=DataClass.INTERNAL,
            sortable=True,
            filterable=True,
        ),
        Column(name="ends_at", type=ColumnType.TIME, level=DataClass.INTERNAL),
        Column(
            name="verdict",
            type=ColumnType.ENUM,
            level=DataClass.INTERNAL,
            options=VERDICTS,
            filterable=True,
        ),
        Column(name="reviewer_name", type=ColumnType.TEXT, level=DataClass.LIMITED, nullable=True),
        Column(name="remark", type=ColumnType.TEXT, level=DataClass.LIMITED),
    ),
)
