"""The trail only grows, is written with what it is about, and shows every alteration."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from platform_api.audit import AuditTrail, Entry, Outcome, Tag, Who
from platform_api.audit.anchor import AnchorFile, Head
from platform_api.audit.model import Verdict
from platform_api.db import Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.sealing import Sealer
from tests.support.jobs import TESTER

NOBODY = Who(subject="", name="", organisation=None, address="127.0.0.1")
VIEWED = Entry(tag=Tag.RECORD_VIEWED, who=NOBODY, target_kind="session", target="s1", details={"行": 1})


SEALER = Sealer.from_text(Sealer.generate_text("k1"))


@pytest.fixture
def anchor(tmp_path: Path) -> Path:
    return tmp_path / "audit" / "anchor"


@pytest.fixture
async def trail(database: Database, anchor: Path) -> AsyncIterator[AuditTrail]:
    trail = AuditTrail(database, SystemClock(), AnchorFile(anchor, SEALER))
    await trail.start()
    yield trail
    await trail.close()


@pytest.fixture
async def superuser(
    cluster: EmbeddedPostgres, database_name: str
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Somebody who holds the database."""
    connection = await asyncpg.connect(cluster.dsn(database=database_name))
    yield connection
    await connection.close()


async def put_head_back(superuser: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Has the database itself say that the last entry left is the newest."""
    await superuser.execute(
        "UPDATE audit_head SET (number, hash) = ("
        "SELECT number, hash FROM (SELECT number, hash FROM audit_entries "
        "UNION ALL SELECT 0, decode(repeat('00', 32), 'hex')) AS known ORDER BY number DESC LIMIT 1)"
    )


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
        "UPDATE audit_head SET number = 0",
        "DELETE FROM audit_head",
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
    trail: AuditTrail, superuser: "asyncpg.Connection[asyncpg.Record]", statement: str
) -> None:
    for _ in range(5):
        await trail.record(VIEWED)
    await superuser.execute(statement)

    assert (await trail.verify()).broken_number == 3


async def test_AD_02_a_chain_that_was_cut_off_at_its_end_is_named(
    trail: AuditTrail, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    for _ in range(5):
        await trail.record(VIEWED)
    await trail.settle()
    assert (await trail.verify()).broken_number is None

    await superuser.execute("DELETE FROM audit_entries WHERE number > 3")
    assert await trail.verify() == Verdict(checked=3, broken_number=4)
    await put_head_back(superuser)
    assert await trail.verify() == Verdict(checked=3, broken_number=4)

    for _ in range(4):  # a chain that is whole in itself, and longer than the one before
        await trail.record(VIEWED)
    await trail.settle()
    assert (await trail.verify()).broken_number == 5


async def test_AD_02_a_chain_that_was_written_anew_is_named(
    trail: AuditTrail, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await trail.record(VIEWED)
    await trail.settle()
    await superuser.execute("DELETE FROM audit_entries")
    await put_head_back(superuser)
    other = Entry(tag=Tag.LOGIN, who=NOBODY, target_kind="session", target="s2")
    await trail.record(other)
    await trail.settle()

    assert await trail.verify() == Verdict(checked=0, broken_number=1)


async def test_the_anchor_goes_on_where_another_process_left_off(
    trail: AuditTrail, database: Database, anchor: Path
) -> None:
    await trail.record(VIEWED)
    await trail.close()
    for _ in range(3):  # committed, and the process killed before its anchor moved
        await trail.record(VIEWED)

    again = AuditTrail(database, SystemClock(), AnchorFile(anchor, SEALER))
    await again.start()
    await again.close()

    assert (await AnchorFile(anchor, SEALER).read()).number == 4
    assert (await again.verify()).broken_number is None


@pytest.mark.parametrize("loss", ["removed", "altered", "foreign"])
async def test_AD_02_an_anchor_that_is_lost_is_seen_at_once_and_stands_in_the_trail(
    trail: AuditTrail, database: Database, anchor: Path, loss: str
) -> None:
    await trail.record(VIEWED)
    await trail.close()
    sealed = bytearray(anchor.read_bytes())
    match loss:
        case "removed":
            anchor.unlink()
        case "altered":
            sealed[-1] ^= 1
            anchor.write_bytes(sealed)
        case _:
            stranger = Sealer.from_text(Sealer.generate_text("k1"))
            await AnchorFile(anchor, stranger).write(Head(1, bytes(32)))
    assert await trail.verify() == Verdict(checked=1, broken_number=2)

    again = AuditTrail(database, SystemClock(), AnchorFile(anchor, SEALER))
    await again.start()
    await again.close()

    async with database.transaction(TESTER) as transaction:
        tags = await transaction.fetch("SELECT tag FROM audit_entries ORDER BY number")
    assert [row["tag"] for row in tags] == ["record.viewed", "audit.anchor_lost"]
    assert await again.verify() == Verdict(checked=2, broken_number=None)


async def test_the_anchor_says_nothing_to_who_reads_it(trail: AuditTrail, anchor: Path) -> None:
    await trail.record(VIEWED)
    await trail.settle()

    assert b"number" not in anchor.read_bytes()
    assert anchor.parent.stat().st_mode & 0o077 == 0


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


async def tags(database: Database) -> list[str]:
    async with database.transaction(TESTER) as transaction:
        return [
            row["tag"] for row in await transaction.fetch("SELECT tag FROM audit_entries ORDER BY number")
        ]


@pytest.mark.parametrize("running", [True, False], ids=["while it runs", "at the next start"])
async def test_CR_05_the_anchor_comes_under_a_new_master_key_by_itself_and_that_stands_in_the_trail(
    database: Database, anchor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, running: bool
) -> None:
    monkeypatch.setattr("platform_api.audit.service.LOOK_S", 0.02)
    keys = tmp_path / "keys"
    first, second = Sealer.generate_text("first"), Sealer.generate_text("second")
    keys.write_text(f"{first}\n", encoding="ascii")
    trail = AuditTrail(database, SystemClock(), AnchorFile(anchor, Sealer.from_file(keys)))
    await trail.start()
    await trail.record(VIEWED)
    if not running:
        await trail.close()
    half = keys.with_suffix(".new")
    half.write_text(f"{first}\n{second}\n", encoding="ascii")
    half.replace(keys)
    file = AnchorFile(anchor, Sealer.from_file(keys))

    if not running:
        trail = AuditTrail(database, SystemClock(), file)
        await trail.start()
    async with asyncio.timeout(10):
        while not await file.is_current():
            await asyncio.sleep(0.02)
    await trail.close()

    assert file.key_id() == "second"
    assert await tags(database) == ["record.viewed", "key.taken_up"]
    assert await file.read() == Head(2, (await file.read()).hash)
    assert await trail.verify() == Verdict(checked=2, broken_number=None)


async def test_a_disk_that_takes_no_anchor_fills_no_trail(
    trail: AuditTrail, database: Database, anchor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key is told as taken up once, however often the anchor cannot be written."""
    await trail.record(VIEWED)
    await trail.settle()

    async def full(self: AnchorFile, head: Head) -> None:
        raise OSError

    async def old(self: AnchorFile) -> bool:
        return False

    monkeypatch.setattr(AnchorFile, "write", full)
    monkeypatch.setattr(AnchorFile, "is_current", old)
    for _ in range(5):
        await trail.settle()

    assert await tags(database) == ["record.viewed", "key.taken_up"]
    monkeypatch.undo()
