"""Jobs that somebody ends, and jobs that are run again by hand, as the worker sees it."""

import asyncio
import errno

import pytest

from platform_api.db import Database, UniqueBroken
from platform_api.jobs import Progress, store
from platform_api.jobs.model import JobState
from platform_api.jobs.rules import WorkerSettings
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.errors import Unavailable
from tests.support.jobs import SPEC, TESTER, Sweep, all_jobs, ask_for, the_job, until, working

SEEN_WITHIN_S = 1.0
SLOW_HEART = WorkerSettings(heartbeat_s=30, poll_s=5, max_attempts=2, retry_delay_s=0)
LONG_PAUSE = WorkerSettings(heartbeat_s=30, poll_s=0.2, max_attempts=2, retry_delay_s=3600, retry_max_s=3600)


async def ask_cancel(database: Database) -> bool:
    async with database.transaction(TESTER) as transaction:
        return await store.ask_cancel(transaction, (await the_job(database)).id, SystemClock().now())


async def run_again(database: Database, job: str) -> bool:
    async with database.transaction(TESTER) as transaction:
        return await store.run_again(transaction, job, SystemClock().now())


async def test_what_works_on_a_job_sees_its_end_within_a_second(database: Database, dsn: str) -> None:
    started, seen = asyncio.Event(), asyncio.Event()
    given_up = list[Sweep]()

    async def endless(_: Sweep, __: Progress) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            seen.set()

    async def give_up(spec: Sweep) -> None:
        given_up.append(spec)

    await ask_for(database, SPEC)
    async with working(dsn, endless, give_up, SLOW_HEART):
        await started.wait()
        assert await ask_cancel(database)
        async with asyncio.timeout(SEEN_WITHIN_S):
            await seen.wait()
        job = await until(database, JobState.CANCELLED)

    assert given_up == [SPEC]
    assert (job.attempts, job.cancelling, job.ended_at is None) == (1, False, False)


async def test_a_job_that_waits_is_never_begun_once_its_end_is_asked_for(
    database: Database, dsn: str
) -> None:
    await ask_for(database, SPEC)
    assert await ask_cancel(database)
    assert not await ask_cancel(database)

    async def work(_: Sweep, __: Progress) -> None:
        raise AssertionError("it was begun")

    async with working(dsn, work):
        job = await until(database, JobState.CANCELLED)

    assert (job.attempts, job.error_code) == (0, None)


async def test_a_job_that_waits_for_its_next_attempt_ends_at_once(database: Database, dsn: str) -> None:
    async def work(_: Sweep, __: Progress) -> None:
        raise Unavailable("media.away")

    await ask_for(database, SPEC)
    async with working(dsn, work, settings=LONG_PAUSE):
        async with asyncio.timeout(20):
            while (await the_job(database)).error_code is None:
                await asyncio.sleep(0.02)
        await ask_cancel(database)
        job = await until(database, JobState.CANCELLED)

    assert (job.attempts, job.error_code) == (1, "media.away")


async def test_a_job_is_over_only_once_it_could_be_given_up(database: Database, dsn: str) -> None:
    told = list[JobState]()

    async def work(_: Sweep, __: Progress) -> None:
        raise AssertionError("it was begun")

    async def give_up(_: Sweep) -> None:
        told.append((await the_job(database)).state)
        if len(told) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")

    await ask_for(database, SPEC)
    await ask_cancel(database)
    async with working(dsn, work, give_up):
        await until(database, JobState.CANCELLED)

    assert told == [JobState.QUEUED, JobState.QUEUED]


async def test_a_job_whose_worker_died_before_it_saw_the_end_is_not_begun_again(
    database: Database, dsn: str
) -> None:
    await ask_for(database, SPEC)
    async with database.transaction(TESTER) as transaction:
        await store.set_running(transaction, (await the_job(database)).id, 0, SystemClock().now())
    await ask_cancel(database)

    async def work(_: Sweep, __: Progress) -> None:
        raise AssertionError("it was begun")

    async with working(dsn, work):
        job = await until(database, JobState.CANCELLED)

    assert job.attempts == 1


async def test_a_job_that_failed_is_run_again_with_all_its_attempts(database: Database, dsn: str) -> None:
    broken = [True]

    async def work(_: Sweep, __: Progress) -> None:
        if broken[0]:
            raise Unavailable("media.away")

    await ask_for(database, SPEC)
    async with working(dsn, work):
        failed = await until(database, JobState.FAILED)
        broken[0] = False
        assert await run_again(database, failed.id)
        done = await until(database, JobState.DONE)

    assert (failed.attempts, failed.error_code) == (2, "media.away")
    assert (done.id, done.attempts, done.round, done.error_code) == (failed.id, 1, 1, None)
    assert not await run_again(database, done.id)


async def test_work_that_waits_already_is_not_run_again_beside_it(database: Database, dsn: str) -> None:
    async def work(_: Sweep, __: Progress) -> None:
        raise Unavailable("media.away")

    await ask_for(database, SPEC)
    async with working(dsn, work):
        failed = await until(database, JobState.FAILED)
    await ask_for(database, SPEC)

    with pytest.raises(UniqueBroken):
        await run_again(database, failed.id)

    assert [job.state for job in await all_jobs(database)] == [JobState.QUEUED, JobState.FAILED]


async def test_a_call_of_an_earlier_round_begins_nothing(database: Database, dsn: str) -> None:
    """What is left in the queue of a job that was cancelled during a pause and run again since."""
    begun = list[int]()

    async def work(_: Sweep, __: Progress) -> None:
        begun.append(1)

    await ask_for(database, SPEC)
    await ask_cancel(database)
    async with database.transaction(TESTER) as transaction:
        job = await the_job(database)
        await store.set_cancelled(transaction, job.id, SystemClock().now())
    assert await run_again(database, job.id)
    async with database.transaction(TESTER) as transaction:
        assert await transaction.fetchval("SELECT count(*) FROM pgqueuer WHERE status = 'queued'") == 2

    async with working(dsn, work):
        await until(database, JobState.DONE)
        async with asyncio.timeout(20):
            while await waiting(database):
                await asyncio.sleep(0.02)

    assert begun == [1]


async def waiting(database: Database) -> int:
    async with database.transaction(TESTER) as transaction:
        return int(await transaction.fetchval("SELECT count(*) FROM pgqueuer"))


async def test_the_pause_before_the_next_attempt_is_kept(database: Database, dsn: str) -> None:
    async def work(_: Sweep, __: Progress) -> None:
        raise Unavailable("media.away")

    await ask_for(database, SPEC)
    async with working(dsn, work, settings=LONG_PAUSE):
        async with asyncio.timeout(20):
            while (pause := await pause_s(database)) is None:
                await asyncio.sleep(0.02)

    assert 1800 - 60 <= pause <= 3600


async def pause_s(database: Database) -> float | None:
    async with database.transaction(TESTER) as transaction:
        seconds = await transaction.fetchval(
            "SELECT extract(epoch FROM execute_after - now()) FROM pgqueuer "
            "WHERE status = 'queued' AND execute_after > now() + interval '1 minute'"
        )
    return None if seconds is None else float(seconds)


async def test_a_job_whose_payload_cannot_be_read_any_more_fails(database: Database, dsn: str) -> None:
    await ask_for(database, SPEC)
    async with database.transaction(TESTER) as transaction:
        await transaction.execute("UPDATE jobs SET payload = $1", {"ward": "7"})

    async def work(_: Sweep, __: Progress) -> None:
        raise AssertionError("it was begun")

    async with working(dsn, work):
        job = await until(database, JobState.FAILED)

    assert (job.attempts, job.error_code) == (2, "fault.ValidationError")
