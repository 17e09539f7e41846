"""Asking for work, looking how far it is, ending it, and having it done again."""

from datetime import datetime
from typing import Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Database, Transaction, UniqueBroken
from platform_api.http import Asker
from platform_api.jobs import store
from platform_api.jobs.model import Job, JobSpec, JobState, Owner
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict, NotFound
from platform_api.kernel.ids import new_id

TARGET: Final = "job"


class Jobs:
    """The queue as the front sees it; the work itself is done by the worker process."""

    def __init__(self, *, database: Database, clock: Clock, trail: AuditTrail) -> None:
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

    async def cancel(self, asker: Asker, job_id: str, who: Who) -> Job:
        """Asks for the end of a job; the worker sees it within a second. Asking twice changes nothing.

        Raises NotFound, and Conflict for one that has ended.
        """
        async with self._database.transaction(asker.actor()) as transaction:
            await self._find(transaction, job_id)
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
