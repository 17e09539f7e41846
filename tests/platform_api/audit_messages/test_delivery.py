"""AD-04: every entry reaches the receiver, in order, as a valid message, whenever the receiver is there."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.launch.certificate import tls_context
from platform_api.audit import AuditTrail, Entry, KeptEntry, Outcome, Tag, Who
from platform_api.audit.anchor import AnchorFile
from platform_api.audit_messages import AuditMessages
from platform_api.audit_messages.model import SyslogSettings
from platform_api.audit_messages.rules import frame, message
from platform_api.audit_messages.sender import NotDelivered
from platform_api.db import Actor, Database
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.sealing import Sealer
from tests.support.syslog_receiver import SyslogReceiver

SCHEMA = Path(__file__).resolve().parents[2] / "fixtures" / "audit_message.rng"
EVENTS = 10_000
AT_ONCE = 1_000
WHO = Who(subject="u1", name='王<医生>"&', organisation=None, address="192.0.2.7")
TAGS = tuple(Tag)


def entry(number: int) -> Entry:
    """One of each kind after the other, some of them refused."""
    return Entry(
        tag=TAGS[number % len(TAGS)],
        who=replace(WHO, address="" if number % 7 == 0 else WHO.address),
        target_kind=("session", "user", "audit", "")[number % 4],
        target="" if number % 5 == 0 else f"对象 {number}\x01",
        outcome=tuple(Outcome)[number % 3],
        details={"rows": number, "说明": None, "whole": True},
    )


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[SyslogReceiver]:
    tls_context(tmp_path / "tls")
    found = SyslogReceiver.with_certificate(tmp_path / "tls/certificate.pem", tmp_path / "tls/key.pem")
    await found.open()
    yield found
    await found.leave()


@pytest.fixture
def trail(database: Database, tmp_path: Path) -> AuditTrail:
    sealer = Sealer.from_text(Sealer.generate_text("k1"))
    return AuditTrail(database, SystemClock(), AnchorFile(tmp_path / "anchor", sealer))


@pytest.fixture
def settings(receiver: SyslogReceiver, tmp_path: Path) -> SyslogSettings:
    return SyslogSettings(
        host="localhost", port=receiver.port, ca_path=str(tmp_path / "tls/certificate.pem"), retry_s=0.05
    )


def messages_of(database: Database, trail: AuditTrail, settings: SyslogSettings) -> AuditMessages:
    return AuditMessages(database=database, trail=trail, clock=SystemClock(), settings=settings)


async def write(database: Database, trail: AuditTrail, count: int) -> None:
    async with database.transaction(Actor(subject="system:test")) as transaction:
        for number in range(count):
            trail.note(transaction, entry(number))


async def test_AD_04_ten_thousand_entries_arrive_in_order_though_the_receiver_is_away_and_breaks_off(
    database: Database, trail: AuditTrail, receiver: SyslogReceiver, settings: SyslogSettings, tmp_path: Path
) -> None:
    delivery = messages_of(database, trail, settings)
    receiver.break_after = 1_700
    await delivery.start()
    for number in range(EVENTS // AT_ONCE):
        if number == 4:
            await receiver.leave()
        if number == 7:
            await receiver.open()
        await write(database, trail, AT_ONCE)
    async with asyncio.timeout(120):
        while (state := await delivery.state()) is None or state.waiting:
            await asyncio.sleep(0.05)
    await delivery.close()

    first = list(dict.fromkeys(receiver.numbers))
    assert first == list(range(1, EVENTS + 1))
    assert receiver.broken == 1
    assert state.failed_at is not None
    print(f"audit messages: {len(receiver.numbers) - EVENTS} of {EVENTS} came twice")
    assert invalid(receiver.texts, tmp_path) == ""


def invalid(texts: dict[int, bytes], folder: Path) -> str:
    """What an independent validator finds wrong with the messages: one of each kind, and each hundredth."""
    chosen = [number for number in texts if number <= 2 * len(TAGS) or number % 100 == 0]
    paths = []
    for number in chosen:
        path = folder / f"{number}.xml"
        path.write_bytes(texts[number])
        paths.append(str(path))
    command = ["/usr/bin/xmllint", "--nonet", "--noout", "--relaxng", str(SCHEMA)]
    done = subprocess.run([*command, *paths], capture_output=True, text=True, check=False)
    assert done.stderr.count("validates") == len(chosen) or done.returncode != 0
    return "" if done.returncode == 0 else done.stderr[-2000:]


def test_AD_04_the_schema_refuses_what_is_no_message(tmp_path: Path) -> None:
    kept = KeptEntry(number=1, at=datetime(2026, 11, 29, tzinfo=UTC), entry=entry(1))
    good = message(kept, SyslogSettings(site="市立医院"))

    assert invalid({1: good.encode()}, tmp_path) == ""
    for old, new in (
        ('EventOutcomeIndicator="4"', 'EventOutcomeIndicator="5"'),
        ("<EventID ", "<EventName "),
        ('UserIsRequestor="true"', 'UserIsRequestor="maybe"'),
        ("ParticipantObjectName>", "ParticipantName>"),
    ):
        assert old in good
        assert invalid({1: good.replace(old, new).encode()}, tmp_path) != ""


def test_a_frame_says_its_length_in_bytes() -> None:
    kept = KeptEntry(number=2**31 + 4, at=datetime(2026, 11, 29, tzinfo=UTC), entry=entry(1))
    length, _, text = frame(kept, SyslogSettings(), "主机 1").partition(b" ")

    assert int(length) == len(text)
    assert text.startswith(
        b'<85>1 2026-11-29T00:00:00.000Z ___1 scopecast - DICOM+RFC3881 [meta sequenceId="5"] '
    )


async def test_AD_04_a_receiver_that_we_cannot_prove_gets_nothing(
    database: Database, trail: AuditTrail, receiver: SyslogReceiver, settings: SyslogSettings
) -> None:
    await write(database, trail, 3)

    for wrong in (replace(settings, ca_path=""), replace(settings, host="127.0.0.2")):
        with pytest.raises(NotDelivered):
            await messages_of(database, trail, wrong).deliver_batch()

    assert receiver.numbers == []
