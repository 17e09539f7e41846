"""A database elsewhere: who may change its schema, and who is never asked to."""

from argparse import ArgumentParser
from pathlib import Path

import asyncpg
import pytest

from deploy.launch.database import Cluster
from deploy.launch.options import Options
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE, OWNER_ROLE
from platform_api.kernel.config import SettingsError


@pytest.fixture
def options(tmp_path: Path) -> Options:
    parser = ArgumentParser()
    Options.declare(parser)
    return Options.of(parser.parse_args(["--data-dir", str(tmp_path)]))


async def test_without_its_owner_a_schema_that_lacks_steps_is_refused_and_a_whole_one_used(
    options: Options, cluster: EmbeddedPostgres, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCOPECAST_DATABASE__DSN", cluster.dsn(role=APP_ROLE, database=database_name))
    given = Cluster.of(options)
    await given.migrate()

    owner = await asyncpg.connect(cluster.dsn(role=OWNER_ROLE, database=database_name))
    await owner.execute("DELETE FROM schema_migrations WHERE number = 13")
    await owner.close()

    with pytest.raises(SettingsError, match="lacks 1 steps, first 0013_pre_jobs"):
        await given.migrate()


async def test_the_owner_migrates(
    options: Options, cluster: EmbeddedPostgres, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCOPECAST_DATABASE__DSN", cluster.dsn(role=APP_ROLE, database=database_name))
    monkeypatch.setenv("SCOPECAST_DATABASE__OWNER_DSN", cluster.dsn(role=OWNER_ROLE, database=database_name))

    await Cluster.of(options).migrate()
