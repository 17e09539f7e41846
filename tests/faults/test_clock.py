"""F12: the clock of a media node jumps by hours and days, and no call notices."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from media.control import PeerStateChanged
from media.remote import RemoteMediaClient
from tests.support.aiortc_peer import AiortcPeer, Events, longest_gap_s, loopback_alone, peers, scope_heard
from tests.support.fault_line import fault_line
from tests.support.product import free_media_port
from tests.support.watch import until

LIBRARY: Final = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
JUMPS: Final = ("+1h", "-1h", "-1d", "+1s", "+0", "+1d")
WATCHED_S: Final = 1.5
NOT_HERE: Final = "NOT PROVED HERE: it needs Debian's faketime (system-packages test)"


def tomorrow() -> str:
    return f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"


@asynccontextmanager
async def node_with_a_clock(folder: Path) -> AsyncIterator[tuple[RemoteMediaClient, Path]]:
    """A node in a process of its own, and the file that says by how much its wall clock is wrong."""
    clock, socket, settings = folder / "clock", folder / "node.sock", folder / "settings.toml"
    clock.write_text("+0")
    settings.write_text(
        f'[media]\nport = {free_media_port()}\nadvertised_addresses = ["127.0.0.1"]\nipv6 = false\n'
        f'control_socket = "{socket}"\n'
    )
    false_clock = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with (folder / "node.log").open("wb") as log:
        process = subprocess.Popen(
            (sys.executable, "-m", "media", str(settings)),
            env={**os.environ, **false_clock},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    client = RemoteMediaClient(socket)
    try:
        await client.start()
        async with asyncio.timeout(30):
            await client.linked()
        with loopback_alone():
            yield client, clock
    finally:
        await client.close()
        process.terminate()
        process.wait()


@pytest.mark.skipif(not LIBRARY.exists(), reason=NOT_HERE)
async def test_F12_no_call_ends_and_no_picture_stands_when_the_clock_jumps(tmp_path: Path) -> None:
    async with node_with_a_clock(tmp_path) as (client, clock):
        events = Events(client)
        await client.watch("room-1")
        expert, doctor = AiortcPeer(client, participant="expert"), AiortcPeer(client, participant="doctor")
        async with peers(expert, doctor):
            _, heard = await scope_heard(expert, doctor)

            gaps = []
            for jump in JUMPS:
                clock.write_text(jump)
                gaps.append(await longest_gap_s(heard, WATCHED_S))

            print(fault_line("F12", "picture stands", gaps, holds=max(gaps) < 1.0, unit="s", lost=0))
            assert max(gaps) < 1.0
            assert not [event for event in events.of(PeerStateChanged) if event.state in {"failed", "closed"}]
            late = AiortcPeer(client, participant="late")  # and who comes now is let in as ever
            async with peers(late):
                late.receive()
                began = time.monotonic()
                await late.connect()
                assert time.monotonic() - began < 5
                await until(lambda: tomorrow() in (tmp_path / "node.log").read_text(), "its clock did jump")
