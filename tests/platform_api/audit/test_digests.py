"""The chain goes on by SM3 where SM4 seals, and links of both digests hold in one chain (CR-04)."""

from pathlib import Path

import asyncpg
import pytest

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.audit.anchor import AnchorFile
from platform_api.audit.model import Verdict
from platform_api.db import Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.kernel.ciphers import Algorithm
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.digests import Digest, digest_of
from platform_api.kernel.sealing import Sealer
from tests.support.jobs import TESTER

WHO = Who(subject="u1", name="王医生", organisation=None, address="192.0.2.7")
VIEWED = Entry(tag=Tag.RECORD_VIEWED, who=WHO, target_kind="session", target="s1", details={"行": 1})
KEY = Sealer.generate_text("k1")
BOTH = [*[Digest.SHA256] * 2, *[Digest.SM3] * 3, *[Digest.SHA256] * 2]
"""With an entry more at each change of the setting: that the anchor was taken up under another cipher."""


def trail_under(database: Database, folder: Path, algorithm: Algorithm) -> AuditTrail:
    """As a start with this `secrets.cipher` makes it."""
    anchor = AnchorFile(folder / "anchor", Sealer.from_text(KEY, algorithm))
    return AuditTrail(database, SystemClock(), anchor)


async def written(database: Database, folder: Path) -> AuditTrail:
    """A chain over two changes of the setting; the last trail, with its anchor at the end."""
    trail = trail_under(database, folder, Algorithm.AES)
    for algorithm, count in ((Algorithm.AES, 2), (Algorithm.SM4, 2), (Algorithm.AES, 1)):
        trail = trail_under(database, folder, algorithm)
        await trail.start()
        for _ in range(count):
            await trail.record(VIEWED)
        await trail.close()
    return trail


async def made_with(database: Database) -> list[Digest]:
    async with database.transaction(TESTER) as transaction:
        rows = await transaction.fetch("SELECT hash FROM audit_entries ORDER BY number")
    return [digest_of(row["hash"]) for row in rows]


async def test_CR_04_a_chain_goes_on_over_a_change_of_the_digest(database: Database, tmp_path: Path) -> None:
    trail = await written(database, tmp_path)

    assert await made_with(database) == BOTH
    assert await trail.verify() == Verdict(checked=7, broken_number=None)
    assert await trail_under(database, tmp_path, Algorithm.SM4).verify() == Verdict(
        checked=7, broken_number=None
    )


@pytest.mark.parametrize(
    "change",
    [
        "details = '{\"行\": 2}'",
        "hash = set_byte(hash, 32, get_byte(hash, 32) # 1)",
        "hash = substr(hash, 2)",
        "hash = set_byte(hash, 0, 2)",
    ],
    ids=["said otherwise", "another digest", "without its mark", "with another mark"],
)
async def test_CR_04_an_alteration_under_SM3_is_named(
    database: Database, cluster: EmbeddedPostgres, database_name: str, tmp_path: Path, change: str
) -> None:
    trail = await written(database, tmp_path)
    superuser = await asyncpg.connect(cluster.dsn(database=database_name))
    await superuser.execute(f"UPDATE audit_entries SET {change} WHERE number = 3")  # noqa: S608 - ours
    await superuser.close()

    assert await trail.verify() == Verdict(checked=2, broken_number=3)
