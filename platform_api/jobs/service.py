"""Asking for work, looking how far it is, ending it, and having it done again."""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Actor, Database, Transaction, UniqueBroken
from platform_api.http import Asker
from platform_api.jobs import store
from platform_api.jobs.model import MANAGE, Job, JobSpec, JobState, Live, Owner, Planned, Workload
from platform_api.jobs.rules import stamp_of
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict, NotFound, Refused, Unavailable
from platform_api.kernel.ids import new_id

TARGET: Final = "job"
HOUSE_ACTOR: Final = Actor(subject="system:jobs")
WAIT_S: Final = 15.0
"""How long a page's question waits (decision 0051)."""
LOOK_S: Final = 0.5
LIVE_ROWS: Final = 50


class Jobs:
    """The queue as the front sees it; the work itself is done by the worker process."""

    def __init__(
        self, *, database: Database, clock: Clock, trail: AuditTrail, wait_s: float = WAIT_S
    ) -> None:
        self._wait_s = wait_s
        self._closing = asyncio.Event()
        self._database = database
        self._clock = clock
        self._trail = trail

    async def ask(self, transaction: Transaction, spec: JobSpec, owner: Owner) -> bool:
        """Has the work done once this transaction is kept; False if the same work still waits."""
        return await store.add(transaction, new_id(), spec, owner, self._clock.now())

    async def newest(
        self, asker: Asker, *, state: JobState | None, after: tuple[datetime, str] | None, limit: int
    ) -> list[Job]:
        """The newest jobs of the asker's organisation and those below it, one more than asked."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await store.newest(transaction, state=state, after=after, limit=limit, scoped=True)

    async def planned(self) -> list[Planned]:
        """The schedules of the house."""
        async with self._database.transaction(HOUSE_ACTOR) as transaction:
            return await store.planned(transaction)

    async def live(self, asker: Asker, known: str | None) -> Live:
        """What changed last, as soon as it differs from what the asker knows, or as it is after a while."""
        wait_until = asyncio.get_running_loop().time() + self._wait_s
        while True:
            async with self._database.transaction(asker.actor()) as transaction:
                jobs = await store.changed_last(transaction, LIVE_ROWS)
            stamp = stamp_of(jobs)
            if stamp != known or self._closing.is_set() or asyncio.get_running_loop().time() >= wait_until:
                return Live(stamp=stamp, jobs=tuple(jobs))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), LOOK_S)

    async def workload(self) -> Workload:
        """What there is to do in the whole house, and who does it."""
        async with self._database.transaction(HOUSE_ACTOR) as transaction:
            return Workload(
                counts=await store.counts(transaction), workers=tuple(await store.workers(transaction))
            )

    async def check(self) -> None:
        """Returns if a worker lives; raises Unavailable."""
        if not any(worker.lives for worker in (await self.workload()).workers):
            raise Unavailable

    async def start(self) -> None:
        """Nothing to begin."""

    async def close(self) -> None:
        """Answers all who wait."""
        self._closing.set()

    async def cancel(self, asker: Asker, job_id: str, who: Who) -> Job:
        """Asks for the end of a job; the worker sees it within a second. Asking twice changes nothing.

        Raises NotFound, Refused for another's without the right, and Conflict for one that has ended.
        """
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._find(transaction, job_id)
            if not asker.holds(MANAGE) and found.asked_by != asker.subject:
                raise Refused
            asked = await store.ask_cancel(transaction, job_id, self._clock.now())
            job = await self._find(transaction, job_id)
            if job.state.over:
                raise Conflict("jobs.over")
            if asked:
                self._note(transaction, Tag.JOB_CANCELLED, job, who)
        return job

    async def run_again(self, asker: Asker, job_id: str, who: Who) -> Job:
        """Has a job that failed or was cancelled done again, with all its attempts.

        Raises NotFound, and Conflict for one that has not ended so, or while the same work waits.
        """
        try:
            async with self._database.transaction(asker.actor()) as transaction:
                before = await self._find(transaction, job_id)
                if not await store.run_again(transaction, job_id, self._clock.now()):
                    raise Conflict("jobs.not_failed")
                self._note(transaction, Tag.JOB_RUN_AGAIN, before, who)
                return await self._find(transaction, job_id)
        except UniqueBroken as error:
            raise Conflict("jobs.waiting") from error

    async def _find(self, transaction: Transaction, job_id: str) -> Job:
        job = await store.get_scoped(transaction, job_id)
        if job is None:
            raise NotFound
        return job

    def _note(self, transaction: Transaction, tag: Tag, job: Job, who: Who) -> None:
        details = {"kind": job.kind, "state": job.state.value, "error_code": job.error_code}
        self._trail.note(
            transaction, Entry(tag=tag, who=who, target_kind=TARGET, target=job.id, details=details)
        )
