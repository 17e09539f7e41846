"""The worker on a real queue: done, failed, given up, killed, stopped."""

import asyncio
import errno
from datetime import timedelta

import pytest

from platform_api.db import Database
from platform_api.jobs import Progress, store
from platform_api.jobs.model import JobState
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.ids import new_id
from tests.support.jobs import SETTINGS, SPEC, TESTER, Sweep, ask_for, some_owner, the_job, until, working


async def test_a_job_is_done_and_tells_how_far_it_is(database: Database, dsn: str) -> None:
    halfway, go_on = asyncio.Event(), asyncio.Event()

    async def work(spec: Sweep, progress: Progress) -> None:
        assert spec == SPEC
        await progress(0.5)
        halfway.set()
        await go_on.wait()

    await ask_for(database, SPEC)
    async with working(dsn, work):
        await halfway.wait()
        running = await the_job(database)
        go_on.set()
        done = await until(database, JobState.DONE)

    assert (running.state, running.progress) == (JobState.RUNNING, 0.5)
    assert (done.attempts, done.progress, done.error_code) == (1, 1, None)


async def test_the_same_work_waits_once_and_may_be_asked_for_again_later(
    database: Database, dsn: str
) -> None:
    assert await ask_for(database, SPEC)
    assert not await ask_for(database, SPEC)
    assert (await the_job(database)).state is JobState.QUEUED

    async def work(_: Sweep, __: Progress) -> None:
        return None

    async with working(dsn, work):
        await until(database, JobState.DONE)

    assert await ask_for(database, SPEC)


async def test_work_asked_for_in_a_transaction_that_is_undone_is_not_done(database: Database) -> None:
    owner = await some_owner(database)

    async def ask_and_fail() -> None:
        async with database.transaction(TESTER) as transaction:
            await store.add(transaction, new_id(), SPEC, owner, SystemClock().now())
            raise Unavailable

    with pytest.raises(Unavailable):
        await ask_and_fail()

    async with database.transaction(TESTER) as transaction:
        assert await transaction.fetchval("SELECT count(*) FROM pgqueuer") == 0
        assert await transaction.fetchval("SELECT count(*) FROM jobs") == 0


async def test_a_job_that_fails_is_tried_again_and_then_given_up(database: Database, dsn: str) -> None:
    attempts = list[str]()

    async def work(_: Sweep, __: Progress) -> None:
        attempts.append("tried")
        raise Unavailable("media.away")

    await ask_for(database, SPEC)
    async with working(dsn, work):
        failed = await until(database, JobState.FAILED)

    assert attempts == ["tried", "tried"]
    assert (failed.attempts, failed.error_code) == (2, "media.away")


async def test_a_job_has_failed_only_once_it_was_given_up(database: Database, dsn: str) -> None:
    told = list[JobState]()

    async def work(_: Sweep, __: Progress) -> None:
        raise Unavailable("media.away")

    async def give_up(spec: Sweep) -> None:
        assert spec == SPEC
        told.append((await the_job(database)).state)
        if len(told) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")

    await ask_for(database, SPEC)
    async with working(dsn, work, give_up):
        failed = await until(database, JobState.FAILED)

    assert told == [JobState.RUNNING, JobState.RUNNING]
    assert (failed.attempts, failed.error_code) == (3, "media.away")


async def test_DL_a_job_of_a_killed_worker_runs_again(database: Database, dsn: str) -> None:
    """What a kill leaves: a row that the queue calls picked, by a worker whose heart no longer beats."""
    await ask_for(database, SPEC)
    async with database.transaction(TESTER) as transaction:
        job = await store.newest(transaction, state=None, after=None, limit=1, scoped=False)
        await store.set_running(transaction, job[0].id, 0, SystemClock().now())
        await transaction.execute(
            "UPDATE pgqueuer SET status = 'picked', queue_manager_id = gen_random_uuid(), slot = 0, "
            "heartbeat = now() - $1::interval, updated = now() - $1::interval",
            timedelta(minutes=1),
        )

    async def work(_: Sweep, __: Progress) -> None:
        return None

    async with working(dsn, work):
        done = await until(database, JobState.DONE)

    assert done.attempts == 2


async def test_a_job_that_kills_its_workers_is_given_up(database: Database, dsn: str) -> None:
    await ask_for(database, SPEC)
    kills = SETTINGS.max_attempts + SETTINGS.max_kills
    async with database.transaction(TESTER) as transaction:
        (job,) = await store.newest(transaction, state=None, after=None, limit=1, scoped=False)
        for _ in range(kills):
            await store.set_running(transaction, job.id, 0, SystemClock().now())
    given_up = list[Sweep]()

    async def work(_: Sweep, __: Progress) -> None:
        raise AssertionError("it was begun once more")

    async def give_up(spec: Sweep) -> None:
        given_up.append(spec)

    async with working(dsn, work, give_up):
        failed = await until(database, JobState.FAILED)

    assert given_up == [SPEC]
    assert (failed.attempts, failed.error_code) == (kills + 1, "jobs.worker_killed")


async def test_a_worker_told_to_stop_gives_its_job_back(database: Database, dsn: str) -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def endless(_: Sweep, __: Progress) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def quick(_: Sweep, __: Progress) -> None:
        return None

    await ask_for(database, SPEC)
    async with working(dsn, endless):
        await started.wait()
    assert cancelled.is_set()
    assert (await the_job(database)).state is JobState.QUEUED

    async with working(dsn, quick):
        done = await until(database, JobState.DONE)
    assert done.attempts == 1


async def test_a_job_that_the_queue_has_lost_is_put_back_at_start(database: Database, dsn: str) -> None:
    await ask_for(database, SPEC)
    async with database.transaction(TESTER) as transaction:
        await transaction.execute("DELETE FROM pgqueuer")

    async def work(_: Sweep, __: Progress) -> None:
        return None

    async with working(dsn, work):
        assert (await until(database, JobState.DONE)).attempts == 1
