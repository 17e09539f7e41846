"""The trail only grows, is written with what it is about, and shows every alteration."""

import asyncio
import time

import asyncpg
import pytest

from platform_api.audit import AuditTrail, Entry, Outcome, Tag, Who
from platform_api.db import Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.kernel.clock import SystemClock

NOBODY = Who(subject="", name="", organisation=None, address="127.0.0.1")
VIEWED = Entry(tag=Tag.RECORD_VIEWED, who=NOBODY, target_kind="session", target="s1", details={"行": 1})


@pytest.fixture
def trail(database: Database) -> AuditTrail:
    return AuditTrail(database, SystemClock())


async def test_AD_01_an_entry_is_kept_with_its_transaction_or_not_at_all(
    trail: AuditTrail, database: Database
) -> None:
    async def undone() -> None:
        async with database.transaction() as transaction:
            trail.note(transaction, VIEWED)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    assert (await trail.verify()).checked == 0

    await trail.record(VIEWED)
    assert (await trail.verify()).checked == 1


async def test_writers_at_once_make_one_chain(trail: AuditTrail) -> None:
    await asyncio.gather(*(trail.record(VIEWED) for _ in range(40)))

    verdict = await trail.verify()
    assert (verdict.checked, verdict.broken_number) == (40, None)


async def test_AD_02_the_application_may_neither_change_nor_delete(
    trail: AuditTrail, database: Database
) -> None:
    await trail.record(VIEWED)

    for statement in (
        "UPDATE audit_entries SET target = 'x'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction() as transaction:
                await transaction.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET target = 's2' WHERE number = 3",
        "UPDATE audit_entries SET details = '{\"行\": 2}' WHERE number = 3",
        "UPDATE audit_entries SET at = at + interval '1 ms' WHERE number = 3",
        "UPDATE audit_entries SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1) WHERE number = 3",
        "DELETE FROM audit_entries WHERE number = 3",
    ],
)
async def test_AD_02_an_alteration_is_named(
    trail: AuditTrail, cluster: EmbeddedPostgres, database_name: str, statement: str
) -> None:
    for _ in range(5):
        await trail.record(VIEWED)
    superuser = await asyncpg.connect(cluster.dsn(database=database_name))
    await superuser.execute(statement)
    await superuser.close()

    assert (await trail.verify()).broken_number == 3


async def test_an_entry_costs_about_a_millisecond(trail: AuditTrail, database: Database) -> None:
    refused = Entry(
        tag=Tag.ACCESS_REFUSED, who=NOBODY, target_kind="route", target="x", outcome=Outcome.REFUSED
    )
    added = []
    async with database.transaction() as transaction:
        for _ in range(50):
            trail.note(transaction, refused)
        began = time.perf_counter()
        while transaction.before_commit_hooks:
            await transaction.before_commit_hooks.pop(0)()
        added.append((time.perf_counter() - began) / 50)

    print(f"audit: {added[0] * 1000:.2f} ms an entry")
    assert added[0] < 0.02  # 20 times what it takes on a quiet machine
