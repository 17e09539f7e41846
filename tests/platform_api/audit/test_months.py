"""The trail stands in months: parts are made ahead, the chain goes on across them, nothing is lost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.audit.anchor import AnchorFile
from platform_api.audit.model import KeptEntry
from platform_api.audit.rules import FIRST_HASH, entry_hash
from platform_api.audit.service import SYSTEM
from platform_api.db import Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE, OWNER_ROLE, migrate, prepare_cluster, read_migrations
from platform_api.db.pool import prepare_connection
from platform_api.kernel.clock import ManualClock
from platform_api.kernel.digests import Digest
from platform_api.kernel.ids import new_id
from platform_api.kernel.sealing import Sealer

WHO = Who(subject="u1", name="王医生", organisation=None, address="192.0.2.7")
VIEWED = Entry(tag=Tag.RECORD_VIEWED, who=WHO, target_kind="session", target="s1", details={"行": 1})
SEALER = Sealer.from_text(Sealer.generate_text("k1"))
STEP = 51
STREAM = {*range(STEP, STEP + 9), 77, 78}
"""The step, what came with it, and what was built on the trail since."""


@pytest.fixture
async def owner(
    cluster: EmbeddedPostgres, database_name: str
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(cluster.dsn(role=OWNER_ROLE, database=database_name))
    await connection.execute("SET scopecast.actor = 'system:test'")
    yield connection
    await connection.close()


def trail_of(database: Database, clock: ManualClock, folder: Path) -> AuditTrail:
    return AuditTrail(database, clock, AnchorFile(folder / "anchor", SEALER))


async def parts(owner: "asyncpg.Connection[asyncpg.Record]") -> dict[str, int]:
    """How many entries each part of the table holds, of those that hold any."""
    rows = await owner.fetch(
        "SELECT tableoid::regclass::text AS part, count(*) FROM audit_entries GROUP BY 1"
    )
    return {row["part"]: row["count"] for row in rows}


async def test_AD_02_the_chain_goes_on_across_months(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path
) -> None:
    clock = ManualClock(datetime(2031, 1, 31, 23, 59, tzinfo=UTC))
    trail = trail_of(database, clock, tmp_path)
    await trail.start()
    assert await trail.make_months(1) == 2
    assert await trail.make_months(1) == 0

    for _ in range(3):
        await trail.record(VIEWED)
        clock.advance(40)
    await trail.settle()

    assert await parts(owner) == {"audit_entries_2031_01": 2, "audit_entries_2031_02": 1}
    verdict = await trail.verify()
    assert (verdict.checked, verdict.broken_number) == (3, None)
    await owner.execute("DROP TABLE audit_entries_2031_01")
    assert (await trail.verify()).broken_number == 1
    await trail.close()


async def test_entries_of_a_month_that_nobody_made_are_kept_and_move_into_it_later(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path
) -> None:
    clock = ManualClock(datetime(2040, 5, 1, tzinfo=UTC))
    trail = trail_of(database, clock, tmp_path)
    await trail.start()
    for _ in range(3):
        await trail.record(VIEWED)
    assert await parts(owner) == {"audit_entries_other": 3}

    assert await trail.make_months(0) == 1

    assert await parts(owner) == {"audit_entries_2040_05": 3}
    assert (await trail.verify()).broken_number is None
    await trail.close()


async def test_AD_02_an_entry_that_does_not_follow_the_newest_is_not_added(
    database: Database, tmp_path: Path
) -> None:
    trail = trail_of(database, ManualClock(datetime(2026, 11, 1, tzinfo=UTC)), tmp_path)
    await trail.record(VIEWED)

    with pytest.raises(asyncpg.RaiseError, match="does not follow"):
        async with database.transaction(SYSTEM) as transaction:
            await transaction.execute(
                "INSERT INTO audit_entries SELECT number, at + interval '1 ms', tag, outcome, actor, "
                "actor_name, organisation_id, address, target_kind, target, details, previous_hash, hash "
                "FROM audit_entries"
            )


async def test_no_part_of_the_trail_is_open_to_the_application_beside_the_table(database: Database) -> None:
    async with database.transaction() as transaction:
        loose = await transaction.fetch(
            "SELECT c.relname FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid "
            "WHERE i.inhparent = 'audit_entries'::regclass AND c.relkind = 'r' "
            "AND (NOT c.relforcerowsecurity OR has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE'))"
        )
        assert [row["relname"] for row in loose] == []
        assert await transaction.fetchval("SELECT count(*) FROM pg_inherits") > 4


async def test_OP_11_the_trail_of_the_release_before_becomes_months_and_stays_whole(
    cluster: EmbeddedPostgres, tmp_path: Path
) -> None:
    name = f"before_{new_id().replace('-', '')}"
    await prepare_cluster(cluster.dsn(), database=name)
    dsn = cluster.dsn(role=OWNER_ROLE, database=name)
    owner = await asyncpg.connect(dsn)
    await owner.execute("SET scopecast.actor = 'system:test'")
    await prepare_connection(owner)
    await lay_out_before(owner)
    await write_before(owner, 7)
    await owner.execute(
        "CREATE POLICY everything ON audit_entries USING (actor <> 'nobody') WITH CHECK (true)"
    )
    await owner.execute("ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")

    await migrate(dsn)

    assert await parts(owner) == {f"audit_entries_2026_{month:02}": 1 for month in range(4, 11)}
    database = Database(cluster.dsn(role=APP_ROLE, database=name))
    await database.open()
    trail = trail_of(database, ManualClock(datetime(2026, 11, 2, tzinfo=UTC)), tmp_path)
    await trail.start()
    await trail.record(VIEWED)
    await trail.settle()
    verdict = await trail.verify()
    assert (verdict.checked, verdict.broken_number) == (9, None)  # 7, the anchor made anew, and one
    await trail.close()
    await database.close()
    await owner.close()


async def lay_out_before(owner: "asyncpg.Connection[asyncpg.Record]") -> None:
    """The schema without the step and what came later of the trail."""
    await owner.execute(
        "CREATE TABLE schema_migrations (number integer PRIMARY KEY, name text NOT NULL, "
        "sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()); "
        "GRANT SELECT ON schema_migrations TO scopecast_app"
    )
    for step in (step for step in read_migrations() if step.number not in STREAM):
        async with owner.transaction():
            await owner.execute(step.sql)
            await owner.execute(
                "INSERT INTO schema_migrations (number, name, sha256) VALUES ($1, $2, $3)",
                step.number,
                step.name,
                step.sha256,
            )


async def write_before(owner: "asyncpg.Connection[asyncpg.Record]", count: int) -> None:
    """A chain of an entry a month, as the release before wrote it."""
    previous = FIRST_HASH
    for number in range(1, count + 1):
        kept = KeptEntry(number=number, at=datetime(2026, 3 + number, 1, tzinfo=UTC), entry=VIEWED)
        found = entry_hash(kept, previous, Digest.SHA256)
        await owner.execute(
            "INSERT INTO audit_entries VALUES ($1, $2, $3, 'ok', $4, $5, NULL, $6, $7, $8, $9, $10, $11)",
            *(number, kept.at, VIEWED.tag, WHO.subject, WHO.name, WHO.address),
            *(VIEWED.target_kind, VIEWED.target, dict(VIEWED.details), previous, found),
        )
        previous = found
