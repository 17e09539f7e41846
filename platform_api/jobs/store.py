"""All SQL of jobs: our table of what is asked and how far it is, and the queue's way in.

The queue's tables are laid out by our own migration as pgqueuer 1.6.0 wants them; its worker reads them, a
trigger wakes it. Writing the row here keeps a job and what asked for it in one transaction.
"""

from datetime import datetime
from typing import Final

from platform_api.db import Record, Transaction
from platform_api.jobs.model import Job, JobSpec, JobState, Owner, Planned, Worker

SILENT_S: Final = 20.0
"""A worker that was not heard of for so long does not live."""
SEEN: Final = (
    "(organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) "
    "OR (organisation_id IS NULL AND (SELECT scopecast_is_topmost())))"
)
"""Which jobs operators see; a person's own are beside it, under the table's rules."""


async def add(transaction: Transaction, job: str, spec: JobSpec, owner: Owner, at: datetime) -> bool:
    """Whether the job is new; the same work that still waits or runs is not asked for twice."""
    added = await transaction.execute(
        "INSERT INTO jobs (id, kind, payload, dedupe_key, organisation_id, asked_by, asked_by_name, state, "
        "queued_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', $8) "
        "ON CONFLICT (dedupe_key) WHERE state IN ('queued', 'running') DO NOTHING",
        job,
        spec.kind,
        spec.model_dump(),
        spec.key,
        owner.organisation,
        owner.subject,
        owner.name,
        at,
    )
    if added:
        await put_in_queue(transaction, job, 0, spec.kind)
    return added == 1


async def put_in_queue(transaction: Transaction, job: str, round_: int, kind: str) -> None:
    """A row for the queue's worker; nothing happens if this round of the job waits there already."""
    ticket = ticket_of(job, round_)
    await transaction.execute(
        "INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, status) "
        "VALUES (0, $1, $2, $3, 'queued') "
        "ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL "
        "DO NOTHING",
        kind,
        ticket.encode(),
        ticket,
    )


def ticket_of(job: str, round_: int) -> str:
    """How the queue names a round of a job; the first by the job alone."""
    return f"{job}:{round_}" if round_ else job


def ticket_read(ticket: str) -> tuple[str, int]:
    """The job and the round that a ticket names."""
    job, _, round_ = ticket.partition(":")
    return job, int(round_ or 0)


async def unfinished(transaction: Transaction) -> list[Job]:
    """Jobs before their end, oldest first."""
    rows = await transaction.fetch(
        "SELECT * FROM jobs WHERE state IN ('queued', 'running') ORDER BY queued_at, id"
    )
    return [_job(row) for row in rows]


async def to_cancel(transaction: Transaction, limit: int) -> list[Job]:
    """Jobs before their end that somebody wants ended, those who asked first first."""
    rows = await transaction.fetch(
        "SELECT * FROM jobs WHERE cancel_asked_at IS NOT NULL AND state IN ('queued', 'running') "
        "ORDER BY cancel_asked_at LIMIT $1",
        limit,
    )
    return [_job(row) for row in rows]


async def get(transaction: Transaction, job: str) -> Job | None:
    row = await transaction.fetchrow("SELECT * FROM jobs WHERE id = $1", job)
    return None if row is None else _job(row)


async def get_scoped(transaction: Transaction, job: str) -> Job | None:
    """The job if it is of the actor's organisation or one below it, or the house's for a topmost one."""
    row = await transaction.fetchrow(f"SELECT * FROM jobs WHERE id = $1 AND {SEEN}", job)  # noqa: S608 - a constant
    return None if row is None else _job(row)


async def newest(
    transaction: Transaction,
    *,
    state: JobState | None,
    after: tuple[datetime, str] | None,
    limit: int,
    scoped: bool,
) -> list[Job]:
    """The newest jobs, one row more than asked; `scoped`: of the actor's organisation and those below it."""
    rows = await transaction.fetch(
        "SELECT * FROM jobs WHERE ($1::text IS NULL OR state = $1) "  # noqa: S608 - a constant
        "AND ($2::timestamptz IS NULL OR (queued_at, id) < ($2, $3::uuid)) "
        f"AND (NOT $5 OR {SEEN}) "
        "ORDER BY queued_at DESC, id DESC LIMIT $4",
        state,
        after[0] if after else None,
        after[1] if after else None,
        limit + 1,
        scoped,
    )
    return [_job(row) for row in rows]


async def changed_last(transaction: Transaction, limit: int) -> list[Job]:
    """The jobs that an operator sees and that changed last, the newest change first."""
    rows = await transaction.fetch(
        f"SELECT * FROM jobs WHERE {SEEN} ORDER BY changed_at DESC, id DESC LIMIT $1",  # noqa: S608 - a constant
        limit,
    )
    return [_job(row) for row in rows]


async def planned(transaction: Transaction) -> list[Planned]:
    """All schedules and how the last job of each went, the next first."""
    rows = await transaction.fetch(
        "SELECT s.entrypoint, s.expression, s.last_run, s.next_run, j.state, j.error_code "
        "FROM pgqueuer_schedules s LEFT JOIN LATERAL ("
        "SELECT state, error_code FROM jobs WHERE kind = s.entrypoint AND organisation_id IS NULL "
        "ORDER BY queued_at DESC LIMIT 1) j ON true ORDER BY s.next_run, s.entrypoint"
    )
    return [
        Planned(
            kind=row["entrypoint"],
            cron=row["expression"],
            last_run=row["last_run"],
            next_run=row["next_run"],
            last_state=None if row["state"] is None else JobState(row["state"]),
            last_error=row["error_code"],
        )
        for row in rows
    ]


async def beat(transaction: Transaction, worker: str, host: str, pid: int) -> None:
    """A worker lives; what has not been heard of for a day is forgotten."""
    await transaction.execute(
        "INSERT INTO job_workers (id, host, pid) VALUES ($1, $2, $3) "
        "ON CONFLICT (id) DO UPDATE SET seen_at = now()",
        worker,
        host,
        pid,
    )
    await transaction.execute("DELETE FROM job_workers WHERE seen_at < now() - interval '1 day'")


async def leave(transaction: Transaction, worker: str) -> None:
    """A worker has ended."""
    await transaction.execute("DELETE FROM job_workers WHERE id = $1", worker)


async def workers(transaction: Transaction) -> list[Worker]:
    """All workers of the last day, the newest beat first; whether each lives by the clock of the database."""
    rows = await transaction.fetch(
        "SELECT host, pid, started_at, seen_at, seen_at > now() - make_interval(secs => $1) AS lives "
        "FROM job_workers ORDER BY seen_at DESC LIMIT 50",
        SILENT_S,
    )
    return [
        Worker(
            host=row["host"],
            pid=row["pid"],
            started_at=row["started_at"],
            seen_at=row["seen_at"],
            lives=row["lives"],
        )
        for row in rows
    ]


async def counts(transaction: Transaction) -> dict[JobState, int]:
    """How many jobs wait and run, and how many ended within a week, by state."""
    rows = await transaction.fetch(
        "SELECT state, count(*) FROM jobs WHERE state IN ('queued', 'running') "
        "OR changed_at > now() - interval '7 days' GROUP BY state"
    )
    return dict.fromkeys(JobState, 0) | {JobState(row["state"]): row["count"] for row in rows}


async def forget_schedules(transaction: Transaction, kept: list[tuple[str, str]]) -> None:
    """Removes the schedules that no kind of work has any more."""
    await transaction.execute(
        "DELETE FROM pgqueuer_schedules WHERE (entrypoint, expression) NOT IN "
        "(SELECT * FROM unnest($1::text[], $2::text[]))",
        [kind for kind, _ in kept],
        [cron for _, cron in kept],
    )


async def ask_cancel(transaction: Transaction, job: str, at: datetime) -> bool:
    """Whether its end is asked for now, and was not before."""
    asked = await transaction.execute(
        "UPDATE jobs SET cancel_asked_at = $2 "
        "WHERE id = $1 AND state IN ('queued', 'running') AND cancel_asked_at IS NULL",
        job,
        at,
    )
    return asked == 1


async def run_again(transaction: Transaction, job: str, at: datetime) -> bool:
    """Whether a job that failed or was cancelled waits anew; raises UniqueBroken if the same work waits."""
    row = await transaction.fetchrow(
        "UPDATE jobs SET state = 'queued', attempts = 0, rounds = rounds + 1, progress = 0, "
        "error_code = NULL, queued_at = $2, started_at = NULL, ended_at = NULL, cancel_asked_at = NULL "
        "WHERE id = $1 AND state IN ('failed', 'cancelled') RETURNING rounds, kind",
        job,
        at,
    )
    if row is not None:
        await put_in_queue(transaction, job, row["rounds"], row["kind"])
    return row is not None


async def set_running(transaction: Transaction, job: str, round_: int, at: datetime) -> int:
    """The number of this attempt, from 1; 0 if this round has ended already or shall end."""
    attempt = await transaction.fetchval(
        "UPDATE jobs SET state = 'running', attempts = attempts + 1, progress = 0, error_code = NULL, "
        "started_at = $3 WHERE id = $1 AND rounds = $2 AND state IN ('queued', 'running') "
        "AND cancel_asked_at IS NULL RETURNING attempts",
        job,
        round_,
        at,
    )
    return int(attempt or 0)


async def let_go(transaction: Transaction, job: str, round_: int) -> None:
    """Nobody works any more on a job whose end was asked for."""
    await transaction.execute(
        "UPDATE jobs SET state = 'queued' "
        "WHERE id = $1 AND rounds = $2 AND state = 'running' AND cancel_asked_at IS NOT NULL",
        job,
        round_,
    )


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
        "UPDATE jobs SET state = 'done', progress = 1, ended_at = $2 WHERE id = $1 AND state = 'running'",
        job,
        at,
    )


async def set_failed(transaction: Transaction, job: str, error_code: str, at: datetime) -> None:
    await transaction.execute(
        "UPDATE jobs SET state = 'failed', error_code = $2, ended_at = $3 "
        "WHERE id = $1 AND state = 'running'",
        job,
        error_code,
        at,
    )


async def set_cancelled(transaction: Transaction, job: str, at: datetime) -> bool:
    """Whether a job whose end was asked for, and on which nobody works, has ended now."""
    ended = await transaction.execute(
        "UPDATE jobs SET state = 'cancelled', ended_at = $2 "
        "WHERE id = $1 AND state = 'queued' AND cancel_asked_at IS NOT NULL",
        job,
        at,
    )
    return ended == 1


def _job(row: Record) -> Job:
    return Job(
        id=row["id"],
        kind=row["kind"],
        payload=row["payload"],
        asked_by=row["asked_by"],
        asked_by_name=row["asked_by_name"],
        state=JobState(row["state"]),
        attempts=row["attempts"],
        round=row["rounds"],
        progress=row["progress"],
        error_code=row["error_code"],
        cancelling=row["cancel_asked_at"] is not None and row["ended_at"] is None,
        queued_at=row["queued_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
    )
