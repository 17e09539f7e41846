"""Jobs as a list: what waits, what runs, and the dead letters."""

from typing import Final

from platform_api.jobs.model import JobState
from platform_api.tables import Column, ColumnType, DataClass, Sort, Table

JOB_LIST: Final = Table(
    name="jobs",
    source="job_rows",
    base="jobs",
    permission="jobs.view",
    exports="jobs.view",
    sort=Sort(column="queued_at", descending=True),
    columns=(
        Column(
            name="kind",
            type=ColumnType.TEXT,
            level=DataClass.INTERNAL,
            index="jobs_kind_idx",
            filterable=True,
        ),
        Column(name="subject", type=ColumnType.TEXT, level=DataClass.INTERNAL),
        Column(
            name="state",
            type=ColumnType.ENUM,
            level=DataClass.INTERNAL,
            index="jobs_state_idx",
            filterable=True,
            options=tuple(state.value for state in JobState),
        ),
        Column(name="cancelling", type=ColumnType.BOOLEAN, level=DataClass.INTERNAL, shown=False),
        Column(name="progress", type=ColumnType.NUMBER, level=DataClass.INTERNAL, sql_type="integer"),
        Column(name="attempts", type=ColumnType.NUMBER, level=DataClass.INTERNAL, sql_type="integer"),
        Column(
            name="queued_at",
            type=ColumnType.TIME,
            level=DataClass.INTERNAL,
            index="jobs_queued_idx",
            sortable=True,
            filterable=True,
        ),
        Column(name="ended_at", type=ColumnType.TIME, level=DataClass.INTERNAL, nullable=True),
        Column(
            name="asked_by",
            type=ColumnType.REFERENCE,
            level=DataClass.LIMITED,
            sql_type="text",
            shown_by="asked_by_name",
            index="jobs_asked_by_idx",
            filterable=True,
        ),
        Column(name="error_code", type=ColumnType.TEXT, level=DataClass.INTERNAL, nullable=True),
    ),
)
