"""The database's own rules: what a forgotten check in the service would still not show (AZ-01)."""

import pytest

from platform_api.db import Actor, Database
from tests.support.sessions import Stage, ok, picture

TABLES = (
    "sessions",
    "session_shares",
    "session_admissions",
    "session_likes",
    "session_materials",
    "session_stills",
    "recordings",
    "recording_positions",
    "files",
    "comments",
    "comment_likes",
)


async def fill(stage: Stage) -> None:
    """One row of each table, of the first organisation."""
    session = await stage.opened(visibility="invited")
    path = f"/sessions/{session['id']}"
    headers, client = stage.expert.headers, stage.town.client
    comment = await ok(await stage.expert.post(f"{path}/comments", {"body": "x"}), 201)
    await ok(await stage.expert.post(f"/comments/{comment['id']}/like"))
    await ok(await stage.expert.post(f"{path}/like"))
    file = await ok(await client.post("/api/v1/files", data=picture(), headers=headers), 201)
    await ok(await stage.expert.post(f"{path}/materials", {"file": file["id"]}), 204)
    await ok(await client.post(f"/api/v1{path}/stills/still-0001", data=picture(), headers=headers), 201)
    link = await ok(await stage.expert.post(f"{path}/share", {}), 201)
    await ok(await stage.colleague.post(f"/share/{link['url'].rpartition('/')[2]}/open", {}))
    recording = session["recording"]["id"]
    await ok(await stage.expert.send("PUT", f"/recordings/{recording}/position", {"position_ms": 1}), 204)


async def counts(database: Database, actor: Actor | None) -> dict[str, int]:
    async with database.transaction(actor) as transaction:
        return {
            table: await transaction.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - a constant
            for table in TABLES
        }


async def test_AZ_01_rows_are_seen_by_their_organisation_alone(stage: Stage) -> None:
    await fill(stage)
    database, expert, foreigner = stage.town.platform.database, stage.expert.user, stage.foreigner.user

    own = await counts(database, Actor(subject=expert.id, organisation=expert.organisation))
    foreign = await counts(database, Actor(subject=foreigner.id, organisation=foreigner.organisation))
    nobody = await counts(database, None)

    assert [table for table, number in own.items() if number == 0] == []
    assert [table for table, number in foreign.items() if number > 0] == []
    assert [table for table, number in nobody.items() if number > 0] == []


@pytest.mark.parametrize("table", TABLES)
async def test_AZ_01_the_rules_hold_for_the_owner_too(database: Database, table: str) -> None:
    async with database.transaction() as transaction:
        row = await transaction.fetchrow(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = $1", table
        )

    assert row is not None
    assert tuple(row) == (True, True)


async def test_AZ_01_no_row_is_written_for_another_organisation(stage: Stage) -> None:
    session = await stage.plan(visibility="everyone_signed_in")
    foreigner = stage.foreigner.user
    actor = Actor(subject=foreigner.id, organisation=foreigner.organisation)

    async with stage.town.platform.database.transaction(actor) as transaction:
        changed = await transaction.execute("UPDATE sessions SET title = 'x' WHERE id = $1", session["id"])

    assert changed == 0
