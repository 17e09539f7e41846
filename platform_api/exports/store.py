"""All SQL of exports."""

from collections.abc import Sequence
from datetime import datetime

from platform_api.db import Record, Transaction
from platform_api.exports.model import Export, ExportId, ExportState, Format
from platform_api.kernel.ids import OrganisationId
from platform_api.kernel.sentences import Language
from platform_api.tables.view_store import question_of, settings_of


async def add(transaction: Transaction, export: Export) -> Export:
    """Adds it; gives it with its number."""
    row = await transaction.fetchrow(
        "INSERT INTO exports (id, organisation_id, owner, owner_name, table_name, format, language, purpose, "
        "question, columns, opened, expected, state, asked_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING *",
        export.id,
        export.organisation,
        export.owner,
        export.owner_name,
        export.table,
        export.format,
        export.language,
        export.purpose,
        settings_of(export.question),
        list(export.columns),
        list(export.opened),
        export.expected,
        export.state,
        export.asked_at,
    )
    if row is None:
        raise RuntimeError("an insert gave nothing back")
    return _export(row)


async def get(transaction: Transaction, export: ExportId) -> Export | None:
    """The export if row-level rules show it; locked until the transaction ends."""
    row = await transaction.fetchrow("SELECT * FROM exports WHERE id = $1 FOR UPDATE", export)
    return None if row is None else _export(row)


async def count_open(transaction: Transaction, owner: str) -> int:
    """How many of one person are not at their end."""
    return int(
        await transaction.fetchval(
            "SELECT count(*) FROM exports WHERE owner = $1 AND state IN ('waiting', 'queued', 'running')",
            owner,
        )
    )


async def move(
    transaction: Transaction,
    export: ExportId,
    before: Sequence[ExportState],
    after: ExportState,
    *,
    at: datetime | None = None,
) -> bool:
    """Whether it was in one of these states and is now in the other; `at`: when it came to its end."""
    moved = await transaction.execute(
        "UPDATE exports SET state = $3, ended_at = coalesce($4, ended_at) WHERE id = $1 AND state = ANY ($2)",
        export,
        [state.value for state in before],
        after,
        at,
    )
    return moved == 1


async def decide(
    transaction: Transaction,
    export: ExportId,
    state: ExportState,
    *,
    by: str,
    name: str,
    reason: str,
    at: datetime,
) -> bool:
    """Whether it waited and is decided now."""
    moved = await transaction.execute(
        "UPDATE exports SET state = $2, decided_by = $3, decided_name = $4, decision_reason = $5, "
        "decided_at = $6 WHERE id = $1 AND state = 'waiting' AND owner <> $3",
        export,
        state,
        by,
        name,
        reason,
        at,
    )
    return moved == 1


async def finish(
    transaction: Transaction,
    export: ExportId,
    *,
    rows: int,
    size: int,
    sha256: str,
    at: datetime,
    until: datetime,
) -> bool:
    """Whether it was running and is done now."""
    moved = await transaction.execute(
        "UPDATE exports SET state = 'done', rows = $2, size = $3, sha256 = $4, ended_at = $5, "
        "expires_at = $6 WHERE id = $1 AND state = 'running'",
        export,
        rows,
        size,
        sha256,
        at,
        until,
    )
    return moved == 1


async def state_of(transaction: Transaction, export: ExportId) -> ExportState | None:
    found = await transaction.fetchval("SELECT state FROM exports WHERE id = $1", export)
    return None if found is None else ExportState(found)


async def set_rows(transaction: Transaction, export: ExportId, rows: int) -> None:
    await transaction.execute(
        "UPDATE exports SET rows = $2 WHERE id = $1 AND state = 'running'", export, rows
    )


async def expire(transaction: Transaction, now: datetime, limit: int) -> list[ExportId]:
    """Those whose time is over, marked so."""
    rows = await transaction.fetch(
        "UPDATE exports SET state = 'expired' WHERE id IN ("
        "SELECT id FROM exports WHERE state = 'done' AND expires_at <= $1 ORDER BY expires_at LIMIT $2 "
        "FOR UPDATE SKIP LOCKED) RETURNING id",
        now,
        limit,
    )
    return [ExportId(row["id"]) for row in rows]


def _export(row: Record) -> Export:
    return Export(
        id=ExportId(row["id"]),
        number=row["number"],
        organisation=OrganisationId(row["organisation_id"]),
        owner=row["owner"],
        owner_name=row["owner_name"],
        table=row["table_name"],
        format=Format(row["format"]),
        language=Language(row["language"]),
        purpose=row["purpose"],
        question=question_of(row["question"]),
        columns=tuple(row["columns"]),
        opened=tuple(row["opened"]),
        expected=row["expected"],
        state=ExportState(row["state"]),
        rows=row["rows"],
        size=row["size"],
        sha256=row["sha256"],
        asked_at=row["asked_at"],
        decided_by=row["decided_by"],
        decided_name=row["decided_name"],
        decided_at=row["decided_at"],
        decision_reason=row["decision_reason"],
        ended_at=row["ended_at"],
        expires_at=row["expires_at"],
    )
