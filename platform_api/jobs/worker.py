"""The worker: takes jobs from the queue and runs their handlers; killed in the middle, a job runs again.

A handler must be harmless when run twice. It is cancelled when the worker is told to stop, and runs anew
at the next start.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

import asyncpg
from pgqueuer import Job as QueuedJob
from pgqueuer import Queries, QueueManager, RetryRequested

from platform_api.db import Actor, Database
from platform_api.jobs import store
from platform_api.jobs.model import Job, JobSpec
from platform_api.kernel.clock import Clock, SystemClock
from platform_api.kernel.errors import AppError
from platform_api.kernel.log import get_logger

ACTOR: Final = Actor(subject="system:worker")
PROGRESS_STEP: Final = 0.01
KILLED: Final = "jobs.worker_killed"

Progress = Callable[[float], Awaitable[None]]
"""Tells how far a job is, from 0 to 1."""
Handler = Callable[[Any, Progress], Awaitable[None]]
"""Does the work of a spec."""
GiveUp = Callable[[Any], Awaitable[None]]
"""Says where people look that the work of a spec will not be done; harmless when run twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """Section `jobs`. A worker that is not heard of for `heartbeat_s` has lost its jobs to the others.

    `max_kills`: a job in whose middle workers died is tried so many times more than one that raises.
    """

    heartbeat_s: float = 30.0
    poll_s: float = 5.0
    max_attempts: int = 3
    max_kills: int = 5
    retry_delay_s: float = 10.0


async def run_worker(
    dsn: str,
    handlers: Mapping[type[JobSpec], Handler],
    *,
    stop: asyncio.Event,
    give_ups: Mapping[type[JobSpec], GiveUp] | None = None,
    settings: WorkerSettings | None = None,
    clock: Clock | None = None,
) -> None:
    """Works until `stop` is set; raises what the database raises when it is away.

    A job whose attempts are used up is given up by its kind's `give_ups`, and only then has failed.
    """
    settings = settings or WorkerSettings()
    database = Database(dsn)
    await database.open()
    try:
        clock = clock or SystemClock()
        worker = _Worker(database, handlers, give_ups or {}, stop=stop, settings=settings, clock=clock)
        await worker.put_lost_jobs_back()
        async with asyncpg.create_pool(dsn, min_size=2, max_size=4) as pool:
            await worker.run(QueueManager(Queries.from_asyncpg_pool(pool)))
    finally:
        await database.close()


class _Worker:
    def __init__(
        self,
        database: Database,
        handlers: Mapping[type[JobSpec], Handler],
        give_ups: Mapping[type[JobSpec], GiveUp],
        *,
        stop: asyncio.Event,
        settings: WorkerSettings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._give_ups = give_ups
        self._stop = stop
        self._settings = settings
        self._clock = clock
        self._log = get_logger("jobs")

    async def put_lost_jobs_back(self) -> None:
        """A job that our table has unfinished and the queue has lost waits there again."""
        async with self._database.transaction(ACTOR) as transaction:
            for job in await store.unfinished(transaction):
                await store.put_in_queue(transaction, job.id, job.spec.kind)

    async def run(self, manager: QueueManager) -> None:
        """Takes jobs until told to stop."""
        for spec in self._handlers:
            manager.entrypoint(spec.kind, concurrency_limit=spec.at_once)(self._execute)
        async with asyncio.TaskGroup() as group:
            stopper = group.create_task(self._shut_down(manager))
            await manager.run(
                dequeue_timeout=timedelta(seconds=self._settings.poll_s),
                batch_size=2,
                heartbeat_timeout=timedelta(seconds=self._settings.heartbeat_s),
                log_aggregation_interval=timedelta(0),
            )
            stopper.cancel()

    async def _shut_down(self, manager: QueueManager) -> None:
        await self._stop.wait()
        manager.shutdown.set()

    async def _execute(self, queued: QueuedJob) -> None:
        name = (queued.payload or b"").decode()
        async with self._database.transaction(ACTOR) as transaction:
            attempt = await store.set_running(transaction, name, self._clock.now())
            job = await store.get(transaction, name)
        if job is None or attempt == 0:
            return
        if attempt > self._settings.max_attempts + self._settings.max_kills:
            await self._fail(job, KILLED, attempt)
            return
        self._log.info("jobs.started", job=job.id, kind=job.spec.kind, attempt=attempt)
        try:
            finished = await self._until_stopped(job)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, the job waits or has failed
            await self._take_back(job, attempt, error)
            return
        if not finished:
            await self._wait_again(job, None, delay_s=0, counts=False)
        async with self._database.transaction(ACTOR) as transaction:
            await store.set_done(transaction, job.id, self._clock.now())
        self._log.info("jobs.done", job=job.id, kind=job.spec.kind)

    async def _until_stopped(self, job: Job) -> bool:
        """Whether the handler came to its end before the worker was told to stop."""
        handler = self._handlers[type(job.spec)]
        async with asyncio.TaskGroup() as group:
            work = group.create_task(_awaited(handler(job.spec, self._progress(job))))
            stop = group.create_task(_awaited(self._stop.wait()))
            await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
            finished = work.done()
            work.cancel()
            stop.cancel()
        return finished

    def _progress(self, job: Job) -> Progress:
        told = [0.0]
        return partial(self._tell, job, told)

    async def _tell(self, job: Job, told: list[float], fraction: float) -> None:
        fraction = min(max(fraction, 0.0), 1.0)
        if fraction - told[0] >= PROGRESS_STEP:
            told[0] = fraction
            async with self._database.transaction(ACTOR) as transaction:
                await store.set_progress(transaction, job.id, fraction)

    async def _take_back(self, job: Job, attempt: int, error: Exception) -> None:
        code = _code_of(error)
        self._log.warning("jobs.attempt_failed", job=job.id, kind=job.spec.kind, attempt=attempt, code=code)
        if attempt < self._settings.max_attempts:
            await self._wait_again(job, code, delay_s=self._settings.retry_delay_s * attempt)
        await self._fail(job, code, attempt)

    async def _fail(self, job: Job, code: str, attempt: int) -> None:
        """Ends the job once it could be said that it is given up."""
        if not await self._given_up(job):
            await self._wait_again(job, code, delay_s=self._settings.retry_delay_s * attempt)
        async with self._database.transaction(ACTOR) as transaction:
            await store.set_failed(transaction, job.id, code, self._clock.now())

    async def _given_up(self, job: Job) -> bool:
        """Whether it could be said that the job is given up; a full disk may be in the way for now."""
        try:
            if (give_up := self._give_ups.get(type(job.spec))) is not None:
                await give_up(job.spec)
        except Exception:  # noqa: BLE001 - whatever is in the way, nobody may wait for this job for ever
            self._log.exception("jobs.not_given_up", job=job.id, kind=job.spec.kind)
            return False
        return True

    async def _wait_again(self, job: Job, code: str | None, *, delay_s: float, counts: bool = True) -> None:
        async with self._database.transaction(ACTOR) as transaction:
            await store.set_waiting(transaction, job.id, code, counts=counts)
        raise RetryRequested(delay=timedelta(seconds=delay_s), reason=code)


async def _awaited(work: Awaitable[object]) -> None:
    await work


def _code_of(error: BaseException) -> str:
    """A code for the table; never the message, which may quote what it should not."""
    if isinstance(error, BaseExceptionGroup):
        return _code_of(error.exceptions[0])
    return error.code if isinstance(error, AppError) else f"fault.{type(error).__name__}"[:80]
