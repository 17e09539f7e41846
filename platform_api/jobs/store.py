"""All SQL of jobs: our table of what is asked and how far it is, and the queue's way in.

The queue's tables are laid out by our own migration as pgqueuer 1.6.0 wants them; its worker reads them, a
trigger wakes it. Writing the row here keeps a job and what asked for it in one transaction.
"""

from datetime import datetime

from platform_api.db import Record, Transaction
from platform_api.jobs.model import KINDS, Job, JobSpec, JobState


async def add(transaction: Transaction, job: str, spec: JobSpec, at: datetime) -> bool:
    """Whether the job is new; the same work that still waits or runs is not asked for twice."""
    added = await transaction.execute(
        "INSERT INTO jobs (id, kind, payload, dedupe_key, state, queued_at) "
        "VALUES ($1, $2, $3, $4, 'queued', $5) "
        "ON CONFLICT (dedupe_key) WHERE state IN ('queued', 'running') DO NOTHING",
        job,
        spec.kind,
        spec.model_dump(),
        spec.key,
        at,
    )
    if added:
        await put_in_queue(transaction, job, spec.kind)
    return added == 1


async def put_in_queue(transaction: Transaction, job: str, kind: str) -> None:
    """A row for the queue's worker; nothing happens if the job waits there already."""
    await transaction.execute(
        "INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, status) "
        "VALUES (0, $1, $2, $3, 'queued') "
        "ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL "
        "DO NOTHING",
        kind,
        job.encode(),
        job,
    )


async def unfinished(transaction: Transaction) -> list[Job]:
    """Jobs before their end, oldest first."""
    rows = await transaction.fetch(
        "SELECT * FROM jobs WHERE state IN ('queued', 'running') ORDER BY queued_at, id"
    )
    return [_job(row) for row in rows if row["kind"] in KINDS]


async def get(transaction: Transaction, job: str) -> Job | None:
    row = await transaction.fetchrow("SELECT * FROM jobs WHERE id = $1", job)
    return None if row is None or row["kind"] not in KINDS else _job(row)


async def newest(
    transaction: Transaction, *, state: JobState | None, after: tuple[datetime, str] | None, limit: int
) -> list[Job]:
    """The newest jobs, one row more than asked."""
    rows = await transaction.fetch(
        "SELECT * FROM jobs WHERE ($1::text IS NULL OR state = $1) "
        "AND ($2::timestamptz IS NULL OR (queued_at, id) < ($2, $3::uuid)) "
        "ORDER BY queued_at DESC, id DESC LIMIT $4",
        state,
        after[0] if after else None,
        after[1] if after else None,
        limit + 1,
    )
    return [_job(row) for row in rows if row["kind"] in KINDS]


async def set_running(transaction: Transaction, job: str, at: datetime) -> int:
    """The number of this attempt, from 1; 0 if the job has ended already."""
    attempt = await transaction.fetchval(
        "UPDATE jobs SET state = 'running', attempts = attempts + 1, progress = 0, error_code = NULL, "
        "started_at = $2 WHERE id = $1 AND state IN ('queued', 'running') RETURNING attempts",
        job,
        at,
    )
    return int(attempt or 0)


async def set_waiting(transaction: Transaction, job: str, error_code: str | None, *, counts: bool) -> None:
    """Back in the queue after an attempt that did not end well; `counts`: not cut off by ourselves."""
    await transaction.execute(
        "UPDATE jobs SET state = 'queued', error_code = $2, attempts = attempts - $3 "
        "WHERE id = $1 AND state = 'running'",
        job,
        error_code,
        0 if counts else 1,
    )


async def set_progress(transaction: Transaction, job: str, progress: float) -> None:
    await transaction.execute(
        "UPDATE jobs SET progress = $2 WHERE id = $1 AND state = 'running'", job, progress
    )


async def set_done(transaction: Transaction, job: str, at: datetime) -> None:
    await transaction.execute(
        "UPDATE jobs SET state = 'done', progress = 1, ended_at = $2 WHERE id = $1", job, at
    )


async def set_failed(transaction: Transaction, job: str, error_code: str, at: datetime) -> None:
    await transaction.execute(
        "UPDATE jobs SET state = 'failed', error_code = $2, ended_at = $3 WHERE id = $1", job, error_code, at
    )


def _job(row: Record) -> Job:
    return Job(
        id=row["id"],
        spec=KINDS[row["kind"]].model_validate(row["payload"]),
        state=JobState(row["state"]),
        attempts=row["attempts"],
        progress=row["progress"],
        error_code=row["error_code"],
        queued_at=row["queued_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
    )
