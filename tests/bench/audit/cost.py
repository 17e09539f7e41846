"""What an entry of the trail adds to a request (AD-02). `python -m tests.bench.audit.cost [--requests N]`.

The same transaction that changes a row, over and over: with an entry and without, turn by turn, on an embedded
PostgreSQL with its disk synced as in production; and the same while the trail has seventy-two months.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.audit import store as audit_store
from platform_api.audit.anchor import AnchorFile
from platform_api.db import Actor, Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.identity.bootstrap import create_organisation
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.sealing import Sealer
from tests.bench.identity.logins import prepare
from tests.bench.table import Table, percentile, print_tables

REQUESTS = 1_000
MONTHS = 72
TESTER = Actor(subject="system:bench")
WHO = Who(subject="u1", name="王医生", organisation=None, address="192.0.2.7")
VIEWED = Entry(tag=Tag.RECORD_VIEWED, who=WHO, target_kind="session", target="s1", details={"rows": 50})
CHANGE = "UPDATE organisations SET region_code = $2 WHERE id = $1"


async def one(database: Database, trail: AuditTrail | None, organisation: str, number: int) -> float:
    """A request's transaction, in ms."""
    began = time.perf_counter()
    async with database.transaction(TESTER) as transaction:
        await transaction.execute(CHANGE, organisation, str(number % 10))
        if trail is not None:
            trail.note(transaction, VIEWED)
    return (time.perf_counter() - began) * 1000


async def measure(name: str, database: Database, trail: AuditTrail, requests: int) -> tuple[str, ...]:
    organisation = await create_organisation(database, SystemClock(), name=f"市立医院{name}")
    plain, noted = list[float](), list[float]()
    for number in range(requests + 50):
        without = await one(database, None, organisation.id, number)
        with_entry = await one(database, trail, organisation.id, number)
        if number >= 50:
            plain.append(without)
            noted.append(with_entry)
    added = [percentile(noted, share) - percentile(plain, share) for share in (0.5, 0.95)]
    return (
        name,
        f"{percentile(plain, 0.5):.2f}",
        f"{percentile(plain, 0.95):.2f}",
        f"{percentile(noted, 0.5):.2f}",
        f"{percentile(noted, 0.95):.2f}",
        f"{added[0]:+.2f}",
        f"{added[1]:+.2f}",
    )


async def run(folder: Path, dsn: str, requests: int) -> Table:
    database = Database(dsn)
    await database.open()
    sealer = Sealer.from_text(Sealer.generate_text("k1"))
    trail = AuditTrail(database, SystemClock(), AnchorFile(folder / "anchor", sealer))
    await trail.start()
    rows = [await measure("of four months", database, trail, requests)]
    async with database.transaction(TESTER) as transaction:
        await audit_store.make_months(transaction, datetime(2020, 12, 1, tzinfo=UTC), MONTHS)
    rows.append(await measure("of six years", database, trail, requests))
    await trail.close()
    await database.close()
    headers = (
        "trail",
        "without p50 ms",
        "p95",
        "with an entry p50 ms",
        "p95",
        "added p50 ms",
        "added p95 ms",
    )
    return Table(f"What an entry adds to a transaction, {requests} times", headers, tuple(rows))


def tables(arguments: Sequence[str] = ()) -> list[Table]:
    """The figures, as `tests.bench` prints them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    requests = parser.parse_args(list(arguments)).requests
    with tempfile.TemporaryDirectory(prefix="scopecast-bench-") as folder:
        cluster = EmbeddedPostgres(Path(folder) / "postgres")
        cluster.start()
        try:

            async def work() -> Table:
                return await run(Path(folder), await prepare(cluster), requests)

            return [asyncio.run(work())]
        finally:
            cluster.stop()


if __name__ == "__main__":
    print_tables(tables())
