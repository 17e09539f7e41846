"""A real PostgreSQL for tests: one cluster a test session, one database a test."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from platform_api.db import Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE, OWNER_ROLE, migrate, prepare_cluster
from platform_api.kernel.ids import new_id

TEMPLATE = "scopecast_template"


@pytest.fixture(scope="session")
def cluster() -> Iterator[EmbeddedPostgres]:
    """A started cluster whose database `scopecast_template` has the whole schema."""
    above = Path(tempfile.mkdtemp(prefix="scopecast-pg-"))
    server = EmbeddedPostgres(above / "postgres")
    server.start()
    try:
        asyncio.run(_make_template(server))
        yield server
    finally:
        server.stop()
        shutil.rmtree(above)


async def _make_template(server: EmbeddedPostgres) -> None:
    await prepare_cluster(server.dsn(), database=TEMPLATE)
    await migrate(server.dsn(role=OWNER_ROLE, database=TEMPLATE))


@pytest.fixture
async def database_name(cluster: EmbeddedPostgres) -> AsyncIterator[str]:
    """A fresh database with the whole schema and no row."""
    name = f"test_{new_id().replace('-', '')}"
    connection = await asyncpg.connect(cluster.dsn())
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER {OWNER_ROLE}")
        yield name
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture
async def database(cluster: EmbeddedPostgres, database_name: str) -> AsyncIterator[Database]:
    """The platform's way to a fresh database: as the role that owns nothing."""
    database = Database(cluster.dsn(role=APP_ROLE, database=database_name))
    await database.open()
    yield database
    await database.close()
