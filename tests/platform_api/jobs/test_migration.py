"""Step 0050 on a database that has jobs already."""

from importlib import resources

import asyncpg

from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import OWNER_ROLE
from platform_api.jobs import Owner
from platform_api.teaching.jobs import TranscodePart
from tests.support.jobs import SPEC, TESTER, ask_for, some_owner
from tests.support.sessions import Stage

STEP = resources.files("platform_api.db") / "migrations" / "0050_pre_job_owners.sql"


def filling() -> str:
    """The part of the step that says whose the jobs are which were there before."""
    text = STEP.read_text(encoding="utf-8")
    return text[text.index("DO $$") : text.index("$$;") + 3]


async def test_a_job_of_before_becomes_that_of_its_recording(
    stage: Stage, cluster: EmbeddedPostgres, database_name: str
) -> None:
    database, expert = stage.town.platform.database, stage.expert.user
    recording = (await stage.ended())["recording"]["id"]
    nobody: Owner = await some_owner(database)
    await ask_for(database, TranscodePart(recording_id=recording, part_id="part-1"), nobody)
    await ask_for(database, SPEC, nobody)
    async with database.transaction(TESTER) as transaction:
        await transaction.execute("UPDATE jobs SET organisation_id = NULL, asked_by = 'system:jobs'")

    owner = await asyncpg.connect(cluster.dsn(role=OWNER_ROLE, database=database_name))
    try:
        await owner.execute(filling())
    finally:
        await owner.close()

    async with database.transaction(TESTER) as transaction:
        rows = await transaction.fetch("SELECT kind, organisation_id, asked_by, asked_by_name FROM jobs")
    assert {row["kind"]: tuple(row)[1:] for row in rows} == {
        "recording.transcode": (expert.organisation, expert.id, expert.name),
        "test.sweep": (None, "system:jobs", nobody.name),
    }
