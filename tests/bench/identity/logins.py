"""A hundred people sign in at once (AU-06). `python -m tests.bench.identity.logins [--people N]`.

The platform as it runs, with the real cost of a password, in front of a real socket: everybody hands in name and
password at the same moment while the health page is asked over and over.
"""

import argparse
import asyncio
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import asyncpg
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from platform_api.app import build_platform
from platform_api.db import Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE, DATABASE, OWNER_ROLE, migrate, prepare_cluster
from platform_api.identity.bootstrap import create_organisation, create_user
from platform_api.identity.model import UserRole
from platform_api.identity.passwords import Passwords
from platform_api.kernel.bus import LocalBus
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.config import Settings
from platform_api.kernel.keys import load_keys
from tests.bench.table import Table, percentile, print_tables

PEOPLE = 100
TRUSTED = {"http": {"trusted_proxies": ["127.0.0.0/8"]}}


class Meter:
    """How many passwords are hashed at once."""

    def __init__(self, passwords: Passwords) -> None:
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()
        self._fits = passwords._fits
        passwords._fits = self.fits  # type: ignore[method-assign]

    def fits(self, encoded: str, password: str) -> bool:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            return self._fits(encoded, password)
        finally:
            with self._lock:
                self._now -= 1


async def measure(people: int, data: Path, dsn: str) -> Table:
    clock, settings = SystemClock(), Settings(TRUSTED, {})
    database, keys = Database(dsn), load_keys(data, settings)
    platform = build_platform(
        settings, data_dir=data, database=database, bus=LocalBus(), clock=clock, keys=keys
    )
    await platform.start()
    server = TestServer(platform.http_app)
    await server.start_server()
    passwords = platform.services.get(Passwords)
    hospital = await create_organisation(database, clock, name="市立医院")
    made = [
        await create_user(
            database,
            clock,
            passwords,
            keys.sealer,
            organisation=hospital,
            username=f"doctor{number}",
            name=f"医生{number}",
            roles=frozenset({UserRole.DOCTOR}),
        )
        for number in range(people)
    ]
    meter, health, took, statuses = Meter(passwords), list[float](), list[float](), Counter[int]()

    async def sign_in(session: ClientSession, number: int) -> None:
        began = time.perf_counter()
        body = {"username": f"doctor{number}", "password": str(made[number].password)}
        headers = {"X-Forwarded-For": f"192.0.2.{number % 250 + 1}"}
        async with session.post(server.make_url("/api/v1/auth/login"), json=body, headers=headers) as answer:
            statuses[answer.status] += 1
        took.append(time.perf_counter() - began)

    async with ClientSession() as session:
        crowd = [asyncio.ensure_future(sign_in(session, number)) for number in range(people)]
        while not all(item.done() for item in crowd):
            began = time.perf_counter()
            async with session.get(server.make_url("/healthz")) as answer:
                assert answer.status == 200
            health.append(time.perf_counter() - began)
            await asyncio.wait(crowd, timeout=0.02)
        await asyncio.gather(*crowd)
    await server.close()
    await platform.close()
    return Table(
        title=f"{people} logins at once",
        headers=("signed in", "told to come back", "hashed at once", "login p50", "p95", "health p95", "max"),
        rows=(
            (
                str(statuses[200]),
                str(statuses[503]),
                str(meter.most),
                f"{percentile(took, 0.5):.2f} s",
                f"{percentile(took, 0.95):.2f} s",
                f"{percentile(health, 0.95) * 1000:.0f} ms",
                f"{max(health) * 1000:.0f} ms",
            ),
        ),
    )


async def prepare(cluster: EmbeddedPostgres) -> str:
    await prepare_cluster(cluster.dsn(), database=DATABASE)
    await migrate(cluster.dsn(role=OWNER_ROLE, database=DATABASE))
    probe = await asyncpg.connect(cluster.dsn(role=APP_ROLE, database=DATABASE))
    await probe.close()
    return cluster.dsn(role=APP_ROLE, database=DATABASE)


def tables(arguments: Sequence[str] = ()) -> list[Table]:
    """The figures, as `tests.bench` prints them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    people = parser.parse_args(list(arguments)).people
    with tempfile.TemporaryDirectory(prefix="scopecast-bench-") as folder:
        cluster = EmbeddedPostgres(Path(folder) / "postgres")
        cluster.start()
        try:

            async def run() -> Table:
                return await measure(people, Path(folder) / "data", await prepare(cluster))

            return [asyncio.run(run())]
        finally:
            cluster.stop()


if __name__ == "__main__":
    print_tables(tables())
