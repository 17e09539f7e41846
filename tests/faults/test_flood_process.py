"""F22: ten thousand datagrams of a stranger a second, at the ports of a node in a process of its own."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from media.control import PeerStateChanged
from media.remote import RemoteMediaClient
from tests.support.aiortc_peer import AiortcPeer, Events, loopback_alone, peers, scope_heard
from tests.support.fault_line import fault_line
from tests.support.product import free_media_port

ROOT: Final = Path(__file__).resolve().parents[2]
CALM_S: Final = 1.5
FLOOD_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """A node in a process of its own."""

    client: RemoteMediaClient
    port: int
    log: Path
    process: psutil.Process

    @property
    def lines(self) -> int:
        return self.log.read_bytes().count(b"\n")

    @property
    def worked_s(self) -> float:
        times = self.process.cpu_times()
        return times.user + times.system


@asynccontextmanager
async def node_apart(folder: Path) -> AsyncIterator[Apart]:
    port, socket, settings = free_media_port(), folder / "node.sock", folder / "settings.toml"
    settings.write_text(
        f'[media]\nport = {port}\nadvertised_addresses = ["127.0.0.1"]\nipv6 = false\n'
        f'control_socket = "{socket}"\n'
    )
    log = folder / "node.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            (sys.executable, "-m", "media", str(settings)), cwd=ROOT, stdout=out, stderr=subprocess.STDOUT
        )
    client = RemoteMediaClient(socket)
    try:
        await client.start()
        async with asyncio.timeout(30):
            await client.linked()
        with loopback_alone():
            yield Apart(client=client, port=port, log=log, process=psutil.Process(process.pid))
    finally:
        await client.close()
        process.terminate()
        process.wait()


async def flooded(port: int) -> int:
    """How many datagrams a stranger sent."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.support.junk_child", str(port), str(FLOOD_S)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, _ = await child.communicate()
    return int(out)


async def test_F22_a_flood_of_strangers_ends_no_session_and_fills_no_log(tmp_path: Path) -> None:
    async with node_apart(tmp_path) as node:
        events = Events(node.client)
        await node.client.watch("room-1")
        expert, doctor = (AiortcPeer(node.client, participant=name) for name in ("expert", "doctor"))
        async with peers(expert, doctor):
            _, heard = await scope_heard(expert, doctor)
            calm_s = node.worked_s
            await asyncio.sleep(CALM_S)  # what is measured is a share of this time
            calm = (node.worked_s - calm_s) / CALM_S

            lines, busy_s, began = node.lines, node.worked_s, time.monotonic()
            sent = await flooded(node.port)
            took_s = time.monotonic() - began
            busy, said = (node.worked_s - busy_s) / took_s, node.lines - lines

            await heard.further(10)
            counters = (await node.client.stats("room-1")).counters
            dropped = sum(count for name, count in counters.items() if name.startswith("drop."))
            ended = [each for each in events.of(PeerStateChanged) if each.state in {"closed", "failed"}]
            print(fault_line("F22", "datagrams a second", [sent / took_s], holds=True))
            print(fault_line("F22", "processor taken, of one core", [busy - calm], holds=busy - calm < 0.1))
            print(fault_line("F22", "lines of log", [said], holds=said <= took_s, lost=len(ended)))
            assert not ended
            assert not expert.ended.is_set()
            assert said <= took_s
            assert dropped > sent / 10
