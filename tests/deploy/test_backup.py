"""The schema changes step by step: a kill in the middle of any is made good; a copy comes first."""

import signal
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

import asyncpg
import pytest

from deploy.launch.backup import KEPT, back_up
from deploy.launch.database import Cluster
from deploy.launch.options import Options
from platform_api.db.embedded import EmbeddedPostgres, wheel_binaries
from platform_api.db.migrate import OWNER_ROLE, migrate, prepare_cluster, read_migrations
from tests.platform_api.db.test_migrate import dump
from tests.support.platform import TEMPLATE
from tests.support.product import ROOT


async def applied(dsn: str) -> list[int]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("SELECT number FROM schema_migrations ORDER BY number")
    await connection.close()
    return [row["number"] for row in rows]


async def test_OP_11_a_kill_during_each_step_leaves_it_undone_and_the_next_start_resumes(
    cluster: EmbeddedPostgres,
) -> None:
    await prepare_cluster(cluster.dsn(), database="killed")
    dsn = cluster.dsn(role=OWNER_ROLE, database="killed")
    numbers = [step.number for step in read_migrations()]

    for place, number in enumerate(numbers):
        child = subprocess.run(
            [sys.executable, "-m", "tests.support.migrating_child", dsn, str(number)],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        assert child.returncode == -signal.SIGKILL, child.stderr.decode()
        assert await applied(dsn) == numbers[:place]

    await migrate(dsn)
    assert await applied(dsn) == numbers
    assert dump(cluster, "killed") == dump(cluster, TEMPLATE)


async def test_OP_11_the_database_is_copied_before_its_schema_changes_and_not_without_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parser = ArgumentParser()
    Options.declare(parser)
    given = Cluster.of(Options.of(parser.parse_args(["--data-dir", str(tmp_path)])))
    assert given.embedded is not None
    given.start()
    try:
        await given.migrate()
        folder = tmp_path / "backups"
        assert not folder.exists()
        owner = await asyncpg.connect(given.owner_dsn)
        await owner.execute("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('still here')")
        last = read_migrations()[-1]
        monkeypatch.setattr("deploy.launch.database.missing_steps", _one_missing)
        await given.migrate()
        (copy,) = folder.iterdir()

        assert copy.stat().st_mode & 0o077 == 0
        listed = subprocess.run(
            [str(wheel_binaries() / "pg_restore"), "--data-only", "--table=kept", "--file=-", str(copy)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert "still here" in listed.stdout
        assert last.number in await applied(given.owner_dsn or "")
        for _ in range(KEPT):
            back_up(given.embedded, folder)
        assert len(list(folder.iterdir())) == KEPT
        assert copy not in list(folder.iterdir())
        await owner.close()
    finally:
        given.stop()


async def _one_missing(_: str) -> list[str]:
    return [read_migrations()[-1].name]
