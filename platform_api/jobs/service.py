"""Asking for work, and looking how far it is."""

from datetime import datetime

from platform_api.db import Database, Transaction
from platform_api.http import Asker
from platform_api.jobs import store
from platform_api.jobs.model import Job, JobSpec, JobState
from platform_api.kernel.clock import Clock
from platform_api.kernel.ids import new_id


class Jobs:
    """The queue as the front sees it; the work itself is done by the worker process."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def ask(self, transaction: Transaction, spec: JobSpec) -> bool:
        """Has the work done once this transaction is kept; False if the same work still waits."""
        return await store.add(transaction, new_id(), spec, self._clock.now())

    async def newest(
        self, asker: Asker, *, state: JobState | None, after: tuple[datetime, str] | None, limit: int
    ) -> list[Job]:
        """The newest jobs, one more than asked."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await store.newest(transaction, state=state, after=after, limit=limit)
