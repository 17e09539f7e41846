"""PostgreSQL 15 of Debian by DSN: what the platform asks of a database works there as in the embedded one."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from platform_api.audit import AuditTrail
from platform_api.db import Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE, DATABASE, OWNER_ROLE, migrate, prepare_cluster
from platform_api.identity.model import Duty, UserRole
from platform_api.jobs import Progress, Schedule, Work
from platform_api.jobs.model import JobState
from platform_api.jobs.worker import run_worker
from tests.support.jobs import SETTINGS, SPEC, Sweep, ask_for, until
from tests.support.platform import BuildTown
from tests.support.sessions import PLAN, ok

BINARIES = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture
async def older(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedPostgres]:
    """A cluster of version 15, laid out by all steps."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("pg15") / "postgres", binaries=BINARIES)
    await asyncio.to_thread(server.start)
    await prepare_cluster(server.dsn())
    await migrate(server.dsn(role=OWNER_ROLE, database=DATABASE))
    yield server
    await asyncio.to_thread(server.stop)


@pytest.fixture
async def database(older: EmbeddedPostgres) -> AsyncIterator[Database]:
    """In place of the embedded one: the platform of this file is built over it."""
    database = Database(older.dsn(role=APP_ROLE, database=DATABASE))
    await database.open()
    yield database
    await database.close()


async def test_the_platform_works_on_postgresql_15_by_its_address(
    older: EmbeddedPostgres, database: Database, build_town: BuildTown
) -> None:
    connection = await asyncpg.connect(older.dsn(database=DATABASE))
    assert connection.get_server_version().major == 15
    await connection.close()
    town = await build_town()
    admin, expert = (
        await town.signed_in("admin", UserRole.ADMINISTRATOR),
        await town.signed_in("expert", UserRole.EXPERT),
    )
    auditor = await town.signed_in("auditor", duty=Duty.AUDIT)
    foreigner = await town.signed_in("far", UserRole.EXPERT, organisation="别的医院")

    session = await ok(await expert.post("/sessions", PLAN), 201)
    await ok(await admin.get("/users"))
    found = await ok(await auditor.post("/tables/audit/rows", {"limit": 3}))
    sights = await ok(await expert.get("/audit/mine"))

    assert (await foreigner.get(f"/sessions/{session['id']}")).status == 404
    assert len(found["rows"]) == 3
    assert [sight["tag"] for sight in sights["items"]] == ["record.viewed"]
    await town.platform.services.get(AuditTrail).settle()
    assert (await ok(await auditor.get("/audit/verdict")))["whole"] is True


async def test_jobs_and_schedules_work_on_postgresql_15(older: EmbeddedPostgres, database: Database) -> None:
    async def work(_: Sweep, progress: Progress) -> None:
        await progress(0.5)

    stop = asyncio.Event()
    await ask_for(database, SPEC)
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        dsn = older.dsn(role=APP_ROLE, database=DATABASE)
        schedules = (Schedule(spec=SPEC, cron="0 0 1 1 *"),)
        group.create_task(
            run_worker(dsn, {Sweep: Work(do=work)}, stop=stop, settings=SETTINGS, schedules=schedules)
        )
        await until(database, JobState.DONE)
        stop.set()
