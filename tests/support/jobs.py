"""Jobs without a platform round them: a kind of a domain that is made up, its owner, and a worker for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import ClassVar, Final

from platform_api.db import Actor, Database
from platform_api.identity.bootstrap import create_organisation
from platform_api.jobs import Jobs, JobSpec, Name, Owner, Progress, Work, store
from platform_api.jobs.kinds import GiveUp
from platform_api.jobs.model import Job, JobState
from platform_api.jobs.rules import WorkerSettings
from platform_api.jobs.worker import run_worker
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.ids import new_id
from platform_api.teaching.jobs import TranscodePart
from tests.support.platform import Person
from tests.support.sessions import Stage

TESTER: Final = Actor(subject="system:test")
SETTINGS: Final = WorkerSettings(heartbeat_s=0.5, poll_s=0.2, max_attempts=2, retry_delay_s=0)


class Sweep(JobSpec):
    """Work of a domain that the tests make up."""

    kind: ClassVar[str] = "test.sweep"

    room: Name


SPEC: Final = Sweep(room="room-1")
Doing = Callable[[Sweep, Progress], Awaitable[None]]


async def some_owner(database: Database) -> Owner:
    """Somebody of an organisation that is made for this."""
    organisation = await create_organisation(
        database, SystemClock(), name=f"医院{new_id()[-6:]}", parent=None
    )
    return Owner(organisation=organisation.id, subject=new_id(), name="王医生")


async def ask_for(database: Database, spec: JobSpec, owner: Owner | None = None) -> bool:
    """Has the work wait for a worker; False if it waits already."""
    owner = owner or await some_owner(database)
    async with database.transaction(TESTER) as transaction:
        return await store.add(transaction, new_id(), spec, owner, SystemClock().now())


@asynccontextmanager
async def working(
    dsn: str, do: Doing, give_up: GiveUp | None = None, settings: WorkerSettings = SETTINGS
) -> AsyncIterator[asyncio.Task[None]]:
    """A worker that does sweeps, in this process."""
    stop = asyncio.Event()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        works: dict[type[JobSpec], Work] = {Sweep: Work(do=do, give_up=give_up)}
        worker = group.create_task(run_worker(dsn, works, stop=stop, settings=settings))
        try:
            yield worker
        finally:
            stop.set()


async def all_jobs(database: Database) -> list[Job]:
    """The newest first."""
    async with database.transaction(TESTER) as transaction:
        return await store.newest(transaction, state=None, after=None, limit=100, scoped=False)


async def the_job(database: Database) -> Job:
    """The only one."""
    (job,) = await all_jobs(database)
    return job


async def until(database: Database, state: JobState) -> Job:
    """The only job once it is in this state."""
    async with asyncio.timeout(20):
        while (job := await the_job(database)).state is not state:
            await asyncio.sleep(0.02)
    return job


async def ask_for_job(stage: Stage, *parts: str, of: Person | None = None) -> None:
    """Leaves work for these parts of a recording in the queue, in the name of the expert or of another."""
    jobs, user = stage.town.platform.services.get(Jobs), (of or stage.expert).user
    owner = Owner(organisation=user.organisation, subject=user.id, name=user.name)
    for part in parts:
        async with stage.town.platform.database.transaction(TESTER) as transaction:
            await jobs.ask(transaction, TranscodePart(recording_id="rec-1", part_id=part), owner)
        stage.town.clock.advance(1)
