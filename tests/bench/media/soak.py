"""MD-08: people come and go for a long time, and the node's memory stays. `python -m tests.bench soak [--minutes M]`.

One publisher (VP8), and viewers of aiortc who join, see a frame and leave, one after the other; without `--minutes` a short
run with as many as there is time for. The first third fills what all share; growth is counted from there.
"""

import asyncio
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psutil

from media.remote import RemoteMediaClient
from platform_api.kernel.rooms import Source
from tests.bench.media.join import join, node_process, until_started
from tests.bench.table import Table
from tests.support.aiortc_peer import AiortcPeer, loopback_alone, peers

SHORT_MINUTES: Final = 1.0
PAUSE_S: Final = 0.05


async def measure(path: Path, minutes: float, rss: Callable[[], int]) -> list[tuple[float, int]]:
    """(seconds, bytes) after each join and leave."""
    remote = RemoteMediaClient(path)
    await remote.start()
    expert = AiortcPeer(remote, participant="expert")
    found: list[tuple[float, int]] = []
    with loopback_alone():
        async with peers(expert):
            expert.publish(Source.SCOPE, codec="VP8")
            await expert.connect()
            began = time.monotonic()
            while time.monotonic() - began < minutes * 60:
                await join(remote, len(found))
                found.append((time.monotonic() - began, rss()))
                await asyncio.sleep(PAUSE_S)
    await remote.close()
    return found


def table(found: list[tuple[float, int]], minutes: float) -> Table:
    settled = len(found) // 3
    first, last = found[settled][1], found[-1][1]
    rows = (
        ("joins and leaves", str(len(found)), "-"),
        ("memory after a third, MB", f"{first / 1e6:.1f}", "-"),
        ("memory at the end, MB", f"{last / 1e6:.1f}", "-"),
        ("growth", f"{(last / first - 1) * 100:.1f} %", "<= 5 %"),
        ("KB a join and leave", f"{(last - first) / 1024 / max(1, len(found) - settled):.2f}", "-"),
    )
    load = f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return Table(f"Coming and going for {minutes:g} min, load {load}", ("figure", "found", "asked"), rows)


def minutes_asked() -> float:
    words = sys.argv
    return float(words[words.index("--minutes") + 1]) if "--minutes" in words else SHORT_MINUTES


def tables() -> list[Table]:
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "media.sock"
        node = context.Process(target=node_process, args=(str(path), stop))
        node.start()
        until_started(path)
        process = psutil.Process(node.pid)
        try:
            found = asyncio.run(measure(path, minutes_asked(), lambda: int(process.memory_info().rss)))
        finally:
            stop.set()
            node.join(10)
    return [table(found, minutes_asked())]
