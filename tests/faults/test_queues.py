"""MD-08: people come and go, somebody who taps a picture does not read: the node's memory stays.

A short run in a process of its own; `python -m tests.bench soak --minutes 120` is the checklist's.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import psutil

from media.control import TapLayers
from media.remote import RemoteMediaClient
from platform_api.kernel.rooms import Source
from tests.bench.media.join import join
from tests.support.aiortc_peer import AiortcPeer, loopback_alone, peers
from tests.support.fault_line import fault_line

ROOT: Final = Path(__file__).resolve().parents[2]
FILLING: Final = 30
JUDGED: Final = 60
MOST_GROWTH: Final = 0.05


@asynccontextmanager
async def node_apart(socket: Path) -> AsyncIterator[psutil.Process]:
    environment = {
        **os.environ,
        "SCOPECAST_MEDIA__PORT": "0",
        "SCOPECAST_MEDIA__ADVERTISED_ADDRESSES": "127.0.0.1",
        "SCOPECAST_MEDIA__CONTROL_SOCKET": str(socket),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "media", cwd=ROOT, env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def deaf_tap(socket: Path) -> AsyncIterator[None]:
    """Somebody who asks for every packet of the scope and reads none of them."""
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as http,
        http.ws_connect("http://media/control", autoping=False) as link,
    ):
        asked = {"op": "tap", "room": "room-1", "publication": "expert.scope", "layers": TapLayers.ALL}
        await link.send_json({"id": 1, "request": asked})
        assert (await link.receive_json(timeout=5))["instance"]
        yield


async def test_MD_08_memory_stays_while_people_come_and_go_and_one_does_not_read(tmp_path: Path) -> None:
    socket = tmp_path / "node.sock"
    async with node_apart(socket) as process:
        remote = RemoteMediaClient(socket)
        await remote.start()
        async with asyncio.timeout(30):
            await remote.linked()
        expert = AiortcPeer(remote, participant="expert")
        with loopback_alone():
            async with peers(expert), deaf_tap(socket):
                expert.publish(Source.SCOPE, codec="VP8")
                await expert.connect()
                for number in range(FILLING):
                    await join(remote, number)
                settled = process.memory_info().rss
                for number in range(FILLING, FILLING + JUDGED):
                    await join(remote, number)
                growth = process.memory_info().rss / settled - 1
        await remote.close()

    print(fault_line("MD-08", f"growth over {JUDGED} joins", [growth], holds=growth <= MOST_GROWTH, lost=0))
    assert growth <= MOST_GROWTH
