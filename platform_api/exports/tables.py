"""Exports as lists: one's own, and those that wait for somebody else to agree."""

from typing import Final

from platform_api.exports.model import APPROVE, ExportState
from platform_api.http import SIGNED_IN
from platform_api.tables import Column, ColumnType, DataClass, Sort, Table

WHAT: Final = (
    Column(name="reference", type=ColumnType.TEXT, level=DataClass.INTERNAL),
    Column(name="table_name", type=ColumnType.TEXT, level=DataClass.INTERNAL, words="table."),
    Column(
        name="asked_at",
        type=ColumnType.TIME,
        level=DataClass.INTERNAL,
        sortable=True,
        filterable=True,
    ),
    Column(name="format", type=ColumnType.TEXT, level=DataClass.INTERNAL),
    Column(name="purpose", type=ColumnType.TEXT, level=DataClass.INTERNAL),
    Column(name="columns", type=ColumnType.TEXT, level=DataClass.INTERNAL, words="table."),
    Column(name="opened", type=ColumnType.TEXT, level=DataClass.INTERNAL, nullable=True, words="table."),
    Column(name="filters", type=ColumnType.NUMBER, level=DataClass.INTERNAL, sql_type="integer"),
    Column(name="expected", type=ColumnType.NUMBER, level=DataClass.INTERNAL),
)
"""What somebody wants to take away."""
OWN: Final = Table(
    name="exports",
    source="export_rows",
    base="exports",
    permission=SIGNED_IN.name,
    sort=Sort(column="asked_at", descending=True),
    columns=(
        *WHAT,
        Column(
            name="state",
            type=ColumnType.ENUM,
            level=DataClass.INTERNAL,
            options=tuple(state.value for state in ExportState),
            filterable=True,
        ),
        Column(name="rows", type=ColumnType.NUMBER, level=DataClass.INTERNAL),
        Column(name="sha256", type=ColumnType.TEXT, level=DataClass.INTERNAL, nullable=True),
        Column(name="decided_name", type=ColumnType.TEXT, level=DataClass.LIMITED, nullable=True),
        Column(name="decision_reason", type=ColumnType.TEXT, level=DataClass.INTERNAL),
        Column(name="expires_at", type=ColumnType.TIME, level=DataClass.INTERNAL, nullable=True),
    ),
)
WAITING: Final = Table(
    name="exports_waiting",
    source="export_waiting_rows",
    base="exports",
    permission=APPROVE,
    organisation="organisation_id",
    sort=Sort(column="asked_at"),
    columns=(*WHAT, Column(name="owner_name", type=ColumnType.TEXT, level=DataClass.LIMITED)),
)
