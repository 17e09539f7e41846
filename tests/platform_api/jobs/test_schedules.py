"""Work that is asked for again and again, how operators see it, and jobs that are followed live."""

import asyncio
from typing import Any

from platform_api.db import Database
from platform_api.identity.model import UserRole
from platform_api.jobs import Jobs, Progress, Schedule, Work
from platform_api.jobs.model import HOUSE, JobState
from platform_api.jobs.store import set_progress, set_running
from platform_api.jobs.worker import run_worker
from tests.support.jobs import SETTINGS, SPEC, TESTER, Sweep, all_jobs, ask_for, ask_for_job
from tests.support.platform import Town
from tests.support.sessions import FOREIGN, Stage, ok

OFTEN = Schedule(spec=SPEC, cron="* * * * *")


async def run_for_a_while(dsn: str, schedules: tuple[Schedule, ...], until: asyncio.Event) -> None:
    async def work(_: Sweep, __: Progress) -> None:
        until.set()

    stop = asyncio.Event()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(
            run_worker(dsn, {Sweep: Work(do=work)}, stop=stop, settings=SETTINGS, schedules=schedules)
        )
        await until.wait()
        stop.set()


async def make_due(database: Database) -> None:
    async with database.transaction(TESTER) as transaction:
        await transaction.execute("UPDATE pgqueuer_schedules SET next_run = now() - interval '3 hours'")


async def test_a_schedule_that_was_missed_asks_once_and_shows_when_it_was_and_will_be(
    town: Town, dsn: str
) -> None:
    database, jobs = town.platform.database, town.platform.services.get(Jobs)
    begun = asyncio.Event()
    begun.set()
    await run_for_a_while(dsn, (OFTEN,), begun)
    assert [each.last_run for each in await jobs.planned()] == [None]
    await make_due(database)

    await run_for_a_while(dsn, (OFTEN,), asyncio.Event())

    (job,) = await all_jobs(database)
    assert (job.kind, job.state) == ("test.sweep", JobState.DONE)
    admin = await town.signed_in("root", UserRole.ADMINISTRATOR)
    (planned,) = (await ok(await admin.get("/jobs/schedules")))["items"]
    assert (planned["kind"], planned["cron"], planned["last_state"]) == ("test.sweep", "* * * * *", "done")
    assert planned["last_run"] < planned["next_run"]
    begun.set()
    await run_for_a_while(dsn, (), begun)
    assert await jobs.planned() == []


async def test_the_house_s_own_jobs_are_seen_at_the_top_alone(town: Town) -> None:
    await ask_for(town.platform.database, SPEC, HOUSE)
    await town.organisation("集团")
    await town.organisation("分院", parent="集团")
    top = await town.signed_in("top", UserRole.ADMINISTRATOR, organisation="集团")
    below = await town.signed_in("below", UserRole.ADMINISTRATOR, organisation="分院")
    (job,) = await all_jobs(town.platform.database)

    assert [item["id"] for item in (await ok(await top.get("/jobs")))["items"]] == [job.id]
    assert (await ok(await below.get("/jobs")))["items"] == []
    assert (await below.post(f"/jobs/{job.id}/cancel")).status == 404
    assert (await ok(await top.post("/tables/jobs/rows", {})))["rows"][0]["key"] == job.id
    assert (await ok(await below.post("/tables/jobs/rows", {})))["rows"] == []
    assert (await top.post(f"/jobs/{job.id}/cancel")).status == 200


async def test_a_page_hears_at_once_how_far_a_job_is(stage: Stage) -> None:
    await ask_for_job(stage, "part-1")
    admin = await stage.town.signed_in("root", UserRole.ADMINISTRATOR)
    foreigner = await stage.town.signed_in("far", UserRole.ADMINISTRATOR, organisation=FOREIGN)
    database = stage.town.platform.database
    (job,) = await all_jobs(database)
    now: dict[str, Any] = await ok(await admin.get("/jobs/live"))
    asked = asyncio.create_task(admin.get(f"/jobs/live?known={now['stamp']}"))

    async with database.transaction(TESTER) as transaction:
        await set_running(transaction, job.id, 0, stage.town.clock.now())
        await set_progress(transaction, job.id, 0.5)
    async with asyncio.timeout(5):
        heard = await ok(await asked)

    (item,) = heard["items"]
    assert (item["id"], item["state"], item["progress"]) == (job.id, "running", 0.5)
    assert heard["stamp"] != now["stamp"]
    assert (await ok(await foreigner.get("/jobs/live")))["items"] == []
    waiting = asyncio.create_task(admin.get(f"/jobs/live?known={heard['stamp']}"))
    await asyncio.sleep(0)
    await stage.town.platform.services.get(Jobs).close()
    async with asyncio.timeout(5):
        assert (await ok(await waiting))["stamp"] == heard["stamp"]
