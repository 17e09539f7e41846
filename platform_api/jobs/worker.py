"""The worker: takes jobs from the queue and has them done; killed in the middle, a job runs again.

What a kind's `Work.do` does must be harmless when done twice. It is cancelled when the worker is told to
stop, and runs anew at the next start; and when somebody asks for the end of the job, which then is given up.
"""

import asyncio
import os
import random
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Final

import asyncpg
from pgqueuer import Job as QueuedJob
from pgqueuer import Queries, QueueManager, RetryRequested, SchedulerManager

from platform_api.db import Actor, Database
from platform_api.jobs import store
from platform_api.jobs.kinds import Progress, Work
from platform_api.jobs.model import HOUSE, Job, JobSpec, JobState, Schedule
from platform_api.jobs.rules import WorkerSettings, code_of, retry_delay
from platform_api.kernel.clock import Clock, SystemClock
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.ids import new_id
from platform_api.kernel.log import get_logger

ACTOR: Final = Actor(subject="system:worker")
PROGRESS_STEP: Final = 0.01
KILLED: Final = "jobs.worker_killed"
LOOK_S: Final = 0.4
"""How often the worker looks whose end was asked for: one query over an index that is empty as a rule."""
BEAT_S: Final = 5.0
CANCELLED_AT_ONCE: Final = 100


class _Ending(StrEnum):
    """Why a job is not worked on any more."""

    FINISHED = "finished"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


async def run_worker(
    dsn: str,
    works: Mapping[type[JobSpec], Work],
    *,
    stop: asyncio.Event,
    settings: WorkerSettings | None = None,
    clock: Clock | None = None,
    share: Callable[[], float] = random.random,
    schedules: Sequence[Schedule] = (),
) -> None:
    """Works until `stop` is set; raises what the database raises when it is away.

    A job whose attempts are used up is given up by its kind, and only then has failed. `share` draws how much
    of a pause is kept (`rules.retry_delay`).
    """
    settings = settings or WorkerSettings()
    database = Database(dsn)
    await database.open()
    try:
        clock = clock or SystemClock()
        worker = _Worker(database, works, stop=stop, settings=settings, clock=clock, share=share)
        await worker.put_lost_jobs_back()
        async with asyncpg.create_pool(dsn, min_size=2, max_size=4) as pool:
            clocked = SchedulerManager(Queries.from_asyncpg_pool(pool))
            await worker.keep_schedules(clocked, schedules)
            await worker.run(QueueManager(Queries.from_asyncpg_pool(pool)), clocked)
    finally:
        await database.close()


class _Worker:
    def __init__(
        self,
        database: Database,
        works: Mapping[type[JobSpec], Work],
        *,
        stop: asyncio.Event,
        settings: WorkerSettings,
        clock: Clock,
        share: Callable[[], float],
    ) -> None:
        self._database = database
        self._specs = {spec.kind: spec for spec in works}
        self._works = {spec.kind: work for spec, work in works.items()}
        self._stop = stop
        self._settings = settings
        self._clock = clock
        self._share = share
        self._running: dict[str, asyncio.Event] = {}
        self._log = get_logger("jobs")

    async def put_lost_jobs_back(self) -> None:
        """A job that our table has unfinished and the queue has lost waits there again."""
        async with self._database.transaction(ACTOR) as transaction:
            for job in await store.unfinished(transaction):
                if job.kind in self._specs:
                    await store.put_in_queue(transaction, job.id, job.round, job.kind)

    async def keep_schedules(self, clocked: SchedulerManager, schedules: Sequence[Schedule]) -> None:
        """Has the queue's own schedules ask for the work; one that was missed asks at once, and once."""
        for each in schedules:
            clocked.schedule(each.spec.kind, each.cron, accepts_context=False)(partial(self._ask, each.spec))
        async with self._database.transaction(ACTOR) as transaction:
            await store.forget_schedules(transaction, [(each.spec.kind, each.cron) for each in schedules])

    async def _ask(self, spec: JobSpec, _: object) -> None:
        async with self._database.transaction(ACTOR) as transaction:
            await store.add(transaction, new_id(), spec, HOUSE, self._clock.now())

    async def run(self, manager: QueueManager, clocked: SchedulerManager) -> None:
        """Takes jobs until told to stop."""
        for kind, spec in self._specs.items():
            manager.entrypoint(kind, concurrency_limit=spec.at_once)(self._execute)
        async with asyncio.TaskGroup() as group:
            beside = (
                group.create_task(self._shut_down(manager, clocked)),
                group.create_task(self._follow_cancels()),
                group.create_task(self._beat()),
            )
            if clocked.registry:
                group.create_task(clocked.run())
            await manager.run(
                dequeue_timeout=timedelta(seconds=self._settings.poll_s),
                batch_size=2,
                heartbeat_timeout=timedelta(seconds=self._settings.heartbeat_s),
                log_aggregation_interval=timedelta(0),
            )
            for task in beside:
                task.cancel()

    async def _shut_down(self, manager: QueueManager, clocked: SchedulerManager) -> None:
        await self._stop.wait()
        clocked.shutdown.set()
        manager.shutdown.set()

    async def _beat(self) -> None:
        """Says that we live, until we do not."""
        me, host = new_id(), socket.gethostname()
        try:
            while True:
                try:
                    async with self._database.transaction(ACTOR) as transaction:
                        await store.beat(transaction, me, host, os.getpid())
                except Unavailable:
                    self._log.warning("jobs.beat_waits", why="database")
                await asyncio.sleep(BEAT_S)
        finally:
            async with self._database.transaction(ACTOR) as transaction:
                await store.leave(transaction, me)

    async def _follow_cancels(self) -> None:
        """Ends what somebody wants ended: work under way is cancelled, what nobody works on is over."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                async with self._database.transaction(ACTOR) as transaction:
                    asked = await store.to_cancel(transaction, CANCELLED_AT_ONCE)
                for job in asked:
                    if job.id in self._running:
                        self._running[job.id].set()
                for job in asked:
                    if job.state is JobState.QUEUED and job.kind in self._works:
                        await self._end_cancelled(job)
            except Unavailable:
                self._log.warning("jobs.cancels_wait", why="database")

    async def _end_cancelled(self, job: Job) -> None:
        if not await self._given_up(job):
            return  # a full disk may be in the way for now: the next look tries again
        async with self._database.transaction(ACTOR) as transaction:
            ended = await store.set_cancelled(transaction, job.id, self._clock.now())
        if ended:
            self._log.info("jobs.cancelled", job=job.id, kind=job.kind)

    async def _execute(self, queued: QueuedJob) -> None:
        name, round_ = store.ticket_read((queued.payload or b"").decode())
        async with self._database.transaction(ACTOR) as transaction:
            attempt = await store.set_running(transaction, name, round_, self._clock.now())
            if attempt == 0:
                await store.let_go(transaction, name, round_)
            job = await store.get(transaction, name)
        if job is None or attempt == 0:
            return
        if attempt > self._settings.max_attempts + self._settings.max_kills:
            await self._fail(job, KILLED, attempt)
            return
        self._log.info("jobs.started", job=job.id, kind=job.kind, attempt=attempt)
        try:
            ending = await self._until_ended(job)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, the job waits or has failed
            await self._take_back(job, attempt, error)
            return
        await self._close(job, round_, ending)

    async def _close(self, job: Job, round_: int, ending: _Ending) -> None:
        match ending:
            case _Ending.STOPPED:
                await self._wait_again(job, None, delay_s=0, counts=False)
            case _Ending.CANCELLED:
                async with self._database.transaction(ACTOR) as transaction:
                    await store.let_go(transaction, job.id, round_)
            case _Ending.FINISHED:
                async with self._database.transaction(ACTOR) as transaction:
                    await store.set_done(transaction, job.id, self._clock.now())
                self._log.info("jobs.done", job=job.id, kind=job.kind)

    async def _until_ended(self, job: Job) -> _Ending:
        """Why the work on it is over."""
        spec = self._specs[job.kind].model_validate(job.payload)
        cancelled = self._running[job.id] = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                work = group.create_task(_awaited(self._works[job.kind].do(spec, self._progress(job))))
                waits = [group.create_task(_awaited(event.wait())) for event in (self._stop, cancelled)]
                await asyncio.wait((work, *waits), return_when=asyncio.FIRST_COMPLETED)
                finished = work.done()
                for task in (work, *waits):
                    task.cancel()
        finally:
            del self._running[job.id]
        if finished:
            return _Ending.FINISHED
        return _Ending.CANCELLED if cancelled.is_set() else _Ending.STOPPED

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
        code = code_of(error)
        self._log.warning("jobs.attempt_failed", job=job.id, kind=job.kind, attempt=attempt, code=code)
        if attempt < self._settings.max_attempts:
            await self._wait_again(job, code, delay_s=self._pause(attempt))
        await self._fail(job, code, attempt)

    async def _fail(self, job: Job, code: str, attempt: int) -> None:
        """Ends the job once it could be said that it is given up."""
        if not await self._given_up(job):
            await self._wait_again(job, code, delay_s=self._pause(attempt))
        async with self._database.transaction(ACTOR) as transaction:
            await store.set_failed(transaction, job.id, code, self._clock.now())

    def _pause(self, attempt: int) -> float:
        return retry_delay(self._settings, attempt, self._share())

    async def _given_up(self, job: Job) -> bool:
        """Whether it could be said that the job is given up; a full disk may be in the way for now."""
        try:
            spec = self._specs[job.kind].model_validate(job.payload)
        except ValueError:
            self._log.error("jobs.payload_unreadable", job=job.id, kind=job.kind)
            return True  # of another version: nobody can say what it was for
        try:
            if (give_up := self._works[job.kind].give_up) is not None:
                await give_up(spec)
        except Exception:  # noqa: BLE001 - whatever is in the way, nobody may wait for this job for ever
            self._log.exception("jobs.not_given_up", job=job.id, kind=job.kind)
            return False
        return True

    async def _wait_again(self, job: Job, code: str | None, *, delay_s: float, counts: bool = True) -> None:
        async with self._database.transaction(ACTOR) as transaction:
            await store.set_waiting(transaction, job.id, code, counts=counts)
        raise RetryRequested(delay=timedelta(seconds=delay_s), reason=code)


async def _awaited(work: Awaitable[object]) -> None:
    await work
