"""The steps and the readable schema say the same; steps run once."""

import subprocess
from importlib import resources
from pathlib import Path

import asyncpg
import pytest

from platform_api.db import Database
from platform_api.db.embedded import EmbeddedPostgres, wheel_binaries
from platform_api.db.migrate import (
    APP_ROLE,
    OWNER_ROLE,
    MigrationError,
    migrate,
    missing_steps,
    prepare_cluster,
    read_migrations,
)
from tests.support.platform import TEMPLATE


def dump(cluster: EmbeddedPostgres, database: str) -> str:
    """The schema of a database as PostgreSQL writes it, without what differs by run."""
    dumped = subprocess.run(
        [
            *(str(wheel_binaries() / "pg_dump"), "--schema-only", "--no-owner"),
            *("--exclude-table=schema_migrations", f"--dbname={cluster.dsn(database=database)}"),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return "\n".join(
        line for line in dumped.splitlines() if not line.startswith(("\\restrict", "\\unrestrict", "--"))
    )


async def test_schema_sql_is_the_sum_of_the_migrations(cluster: EmbeddedPostgres) -> None:
    await prepare_cluster(cluster.dsn(), database="from_schema_sql")
    owner = await asyncpg.connect(cluster.dsn(role=OWNER_ROLE, database="from_schema_sql"))
    try:
        await owner.execute((resources.files("platform_api.db") / "schema.sql").read_text(encoding="utf-8"))
    finally:
        await owner.close()

    assert dump(cluster, "from_schema_sql") == dump(cluster, TEMPLATE)


async def test_a_second_run_applies_nothing(cluster: EmbeddedPostgres, database_name: str) -> None:
    assert await migrate(cluster.dsn(role=OWNER_ROLE, database=database_name)) == []


async def test_the_application_sees_what_its_schema_lacks(
    cluster: EmbeddedPostgres, database_name: str
) -> None:
    app = cluster.dsn(role=APP_ROLE, database=database_name)
    assert await missing_steps(app) == []
    connection = await asyncpg.connect(cluster.dsn(role=OWNER_ROLE, database=database_name))

    await connection.execute("DELETE FROM schema_migrations WHERE number = 13")
    assert await missing_steps(app) == ["0013_pre_jobs.sql"]
    await connection.execute("REVOKE SELECT ON schema_migrations FROM scopecast_app")
    assert len(await missing_steps(app)) == len(read_migrations())
    await connection.execute("DROP TABLE schema_migrations")
    assert len(await missing_steps(app)) == len(read_migrations())
    await connection.close()


async def test_a_changed_step_is_refused(cluster: EmbeddedPostgres, database_name: str) -> None:
    owner = cluster.dsn(role=OWNER_ROLE, database=database_name)
    connection = await asyncpg.connect(owner)
    await connection.execute("UPDATE schema_migrations SET sha256 = 'other' WHERE number = 1")
    await connection.close()

    with pytest.raises(MigrationError, match="0001_pre_"):
        await migrate(owner)


async def test_the_application_role_owns_nothing(cluster: EmbeddedPostgres, database: Database) -> None:
    async with database.transaction() as transaction:
        assert await transaction.fetchval("SELECT current_user") == APP_ROLE
        owned = await transaction.fetch(
            "SELECT c.relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = $1",
            APP_ROLE,
        )
        assert owned == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await transaction.execute("DROP TABLE users")


async def test_steps_come_in_the_order_of_their_numbers_each_once() -> None:
    numbers = [step.number for step in read_migrations()]

    assert numbers == sorted(set(numbers))
    assert numbers[0] == 1


async def test_all_steps_run_on_postgresql_15(tmp_path: Path) -> None:
    binaries = Path("/usr/lib/postgresql/15/bin")
    if not binaries.exists():
        pytest.skip("PostgreSQL 15 of Debian is not installed")
    server = EmbeddedPostgres(tmp_path / "postgres", binaries=binaries)
    server.start()
    try:
        await prepare_cluster(server.dsn())
        applied = await migrate(server.dsn(role=OWNER_ROLE, database="scopecast"))
    finally:
        server.stop()

    assert len(applied) == len(read_migrations())
