"""A list for the tests of lists: people in care, with every type of column, under row-level rules."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import asyncpg

from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import OWNER_ROLE
from platform_api.http import Parts
from platform_api.kernel.ids import OrganisationId, new_id
from platform_api.kernel.sealing import Sealer
from platform_api.search import SearchColumns, index_name, name_key
from platform_api.tables import Column, ColumnType, DataClass, Masking, Sort, Table
from platform_api.tables.indexes import wanted_indexes

SCHEMA: Final = """
CREATE TABLE people (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    organisation_name text NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    phone text,
    citizen_sealed bytea,
    citizen_hash bytea,
    address_sealed bytea,
    age integer,
    weight_kg double precision,
    born_on date,
    seen_at timestamptz,
    state text NOT NULL,
    urgent boolean NOT NULL,
    note text NOT NULL DEFAULT '',
    search_tokens text[] NOT NULL,
    search_text text NOT NULL
);
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
ALTER TABLE people FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON people USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system())
);
GRANT SELECT, INSERT, UPDATE, DELETE ON people TO scopecast_app;
SELECT scopecast_make_searchable('people');
"""
STATES: Final = ("waiting", "seen", "closed")
SEALED_AS: Final = "people.citizen:{key}"
ADDRESS_SEALED_AS: Final = "people.address:{key}"


def citizen_hash(number: str) -> bytes:
    """Stands for a keyed hash."""
    return hashlib.sha256(number.encode()).digest()


def _column(name: str, kind: ColumnType, level: DataClass = DataClass.LIMITED, **more: Any) -> Column:
    return Column(name=name, type=kind, level=level, **more)


SEARCH: Final = SearchColumns(finder="people_found")
BOTH: Final[Mapping[str, Any]] = {"sortable": True, "filterable": True}
PEOPLE: Final = Table(
    name="people",
    source="people",
    permission="files.view",
    organisation="organisation_id",
    large=True,
    search=SEARCH,
    exports="files.view",
    sort=Sort(column="seen_at", descending=True),
    columns=(
        _column("name", ColumnType.TEXT, sort_by="name_key", search=SEARCH, **BOTH),
        _column(
            "phone",
            ColumnType.TEXT,
            DataClass.CARE,
            masking=Masking.PHONE,
            unmask="sessions.moderate",
            nullable=True,
        ),
        _column(
            "citizen_sealed",
            ColumnType.SEALED,
            DataClass.STRICT,
            masking=Masking.IDENTITY,
            unmask="sessions.moderate",
            context=SEALED_AS,
            blind=("citizen_hash", citizen_hash),
            filterable=True,
            nullable=True,
        ),
        _column(
            "address_sealed",
            ColumnType.SEALED,
            DataClass.CARE,
            masking=Masking.ADDRESS,
            unmask="sessions.moderate",
            context=ADDRESS_SEALED_AS,
            nullable=True,
            shown=False,
        ),
        _column("age", ColumnType.NUMBER, sql_type="integer", nullable=True, **BOTH),
        _column("weight_kg", ColumnType.NUMBER, sql_type="double precision", nullable=True, **BOTH),
        _column("born_on", ColumnType.DATE, nullable=True, **BOTH),
        _column("seen_at", ColumnType.TIME, nullable=True, **BOTH),
        _column("state", ColumnType.ENUM, DataClass.INTERNAL, options=STATES, **BOTH),
        _column("urgent", ColumnType.BOOLEAN, DataClass.INTERNAL, filterable=True),
        _column(
            "organisation_id",
            ColumnType.REFERENCE,
            DataClass.INTERNAL,
            shown_by="organisation_name",
            filterable=True,
        ),
        _column("note", ColumnType.TEXT, needs="audit.view", shown=False),
    ),
)
INDEXES: Final = "\n".join(index.statement("people") for index in wanted_indexes(PEOPLE))
ALL: Final = tuple(column.name for column in PEOPLE.columns if column.needs is None)


@dataclass(frozen=True, slots=True)
class PeopleDomain:
    """A domain as `app.py` sees one, with one list and nothing else."""

    ROUTES: tuple[()] = ()
    TABLES: tuple[Table, ...] = (PEOPLE,)

    def build(self, parts: Parts) -> Sequence[object]:
        return ()


@dataclass(slots=True)
class Patient:
    """A row to be."""

    organisation: OrganisationId
    name: str
    id: str = field(default_factory=new_id)
    phone: str | None = None
    citizen: str | None = None
    address: str | None = None
    age: int | None = None
    weight_kg: float | None = None
    born_on: date | None = None
    seen_at: datetime | None = None
    state: str = "waiting"
    urgent: bool = False

    def exactly(self) -> dict[str, Any]:
        """The filter that this person alone fulfils."""
        return {"column": "citizen_sealed", "operator": "is", "values": [self.citizen]}


def patients(organisation: OrganisationId, count: int) -> list[Patient]:
    """Rows that differ in all columns; each fifth lacks what may be lacking."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Patient(
            organisation,
            f"{'张王李赵陈'[number % 5]}{'小大明伟红'[number // 5 % 5]}{'一二三四五六七'[number % 7]}",
            phone=f"138{number:08d}",
            citizen=f"5101061966{number:08d}",
            age=None if number % 5 == 4 else 20 + number % 30,
            weight_kg=None if number % 5 == 4 else 50 + number % 8 / 4,
            born_on=None if number % 5 == 4 else date(1970 + number % 30, 1 + number % 12, 1),
            seen_at=None if number % 5 == 4 else begin + timedelta(hours=number % 40),
            state=STATES[number % 3],
            urgent=number % 4 == 0,
        )
        for number in range(count)
    ]


async def make_people(cluster: EmbeddedPostgres, database_name: str, *, sql: str = SCHEMA + INDEXES) -> None:
    """The relation, made by the owner as a migration would."""
    connection = await asyncpg.connect(cluster.dsn(role=OWNER_ROLE, database=database_name))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def add_people(
    cluster: EmbeddedPostgres, database_name: str, sealer: Sealer, rows: Sequence[Patient]
) -> None:
    """Rows of any organisation, and the statistics of them all."""
    connection = await asyncpg.connect(cluster.dsn(database=database_name))
    try:
        await connection.copy_records_to_table("people", records=[_record(row, sealer) for row in rows])
        await connection.execute("VACUUM ANALYZE people")
    finally:
        await connection.close()


def _record(row: Patient, sealer: Sealer) -> tuple[object, ...]:
    indexed = index_name(row.name)

    def sealed(value: str | None, context: str) -> bytes | None:
        return None if value is None else sealer.seal(value.encode(), context=context.format(key=row.id))

    return (
        row.id,
        row.organisation,
        "某医院",
        row.name,
        name_key(row.name),
        row.phone,
        sealed(row.citizen, SEALED_AS),
        None if row.citizen is None else citizen_hash(row.citizen),
        sealed(row.address, ADDRESS_SEALED_AS),
        row.age,
        row.weight_kg,
        row.born_on,
        row.seen_at,
        row.state,
        row.urgent,
        "",
        list(indexed.tokens),
        indexed.text,
    )
