"""What a join costs and how long it takes. `python -m tests.bench.media.join [--peers N]`.

The node runs in a process of its own, whose CPU time is read; this process plays one publisher (VP8) and,
one after the other, N viewers of aiortc: offer, ICE, DTLS, one subscription, first decoded frame. The
publisher is served all the while, so its share, measured without joins, is taken off.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Event as ProcessEvent
from pathlib import Path

import psutil

from media.app import run_node
from media.config import MediaSettings
from media.remote import RemoteMediaClient
from platform_api.kernel.rooms import Source
from tests.bench.table import Table, percentile, print_tables
from tests.support.aiortc_peer import AiortcPeer, loopback_alone, peers

PEERS = 20
IDLE_S = 3.0
HELD = 24


@dataclass(frozen=True, slots=True)
class Join:
    connected_ms: float
    first_frame_ms: float


def node_process(socket: str, stop: ProcessEvent) -> None:
    """A node on a free port, until told to stop."""

    async def main() -> None:
        settings = MediaSettings(
            port=0, advertised_addresses=("127.0.0.1",), ipv6=False, control_socket=Path(socket)
        )
        running = asyncio.ensure_future(run_node(settings))
        await asyncio.to_thread(stop.wait)
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(main())


def until_started(socket: Path, within_s: float = 60.0) -> None:
    """Waits until the node listens: a busy machine may take its time to start it."""
    deadline = time.monotonic() + within_s
    while not socket.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the node did not start within {within_s:g} s")
        time.sleep(0.05)


async def join(remote: RemoteMediaClient, number: int) -> Join:
    """One viewer from its offer to its first decoded frame; it leaves again."""
    viewer = AiortcPeer(remote, participant=f"viewer-{number}")
    async with peers(viewer):
        viewer.receive(video=1, audio=1)
        began = time.perf_counter()
        await viewer.connect()
        connected = time.perf_counter()
        await viewer.subscribe("expert.scope")
        await viewer.heard_on("0").reach(1)
        seen = time.perf_counter()
        await viewer.leave()
    return Join((connected - began) * 1000, (seen - began) * 1000)


async def held(remote: RemoteMediaClient, rss: Callable[[], int]) -> float:
    """KB of the node's memory that one viewer takes who stays: ICE, DTLS, keys, slots, a subscription."""
    async with contextlib.AsyncExitStack() as stack:
        sizes = [rss()]
        for number in range(HELD):
            viewer = AiortcPeer(remote, participant=f"guest-{number}")
            await stack.enter_async_context(peers(viewer))
            viewer.receive(video=2, audio=2)
            await viewer.connect()
            await viewer.subscribe("expert.scope")
            sizes.append(rss())
    settled = HELD // 4  # the first ones pay for what all share
    return (sizes[-1] - sizes[settled]) / 1024 / (HELD - settled)


async def measure(socket: Path, count: int, cpu_s: Callable[[], float], rss: Callable[[], int]) -> Table:
    remote = RemoteMediaClient(socket)
    await remote.start()
    expert = AiortcPeer(remote, participant="expert")
    with loopback_alone():
        async with peers(expert):
            expert.publish(Source.SCOPE, codec="VP8")
            await expert.connect()
            await join(remote, -1)
            before, since = cpu_s(), time.perf_counter()
            await asyncio.sleep(IDLE_S)
            idle = (cpu_s() - before) / (time.perf_counter() - since)
            before, since = cpu_s(), time.perf_counter()
            joins = [await join(remote, number) for number in range(count)]
            cost = cpu_s() - before - idle * (time.perf_counter() - since)
            kilobytes = await held(remote, rss)
    await remote.close()
    return table(joins, cost * 1000 / count, idle, kilobytes)


def table(joins: Sequence[Join], cpu_ms: float, idle: float, kilobytes: float) -> Table:
    connected = [item.connected_ms for item in joins]
    frames = [item.first_frame_ms for item in joins]
    return Table(
        title=f"Joining, aiortc viewers one after the other, N = {len(joins)}",
        headers=("figure", "p50", "p95"),
        rows=(
            (
                "offer to connected, ms",
                f"{percentile(connected, 0.5):.0f}",
                f"{percentile(connected, 0.95):.0f}",
            ),
            (
                "offer to first decoded frame, ms",
                f"{percentile(frames, 0.5):.0f}",
                f"{percentile(frames, 0.95):.0f}",
            ),
            ("node CPU a join and leave, ms", f"{cpu_ms:.1f}", ""),
            (f"node memory a viewer, KB ({HELD} held)", f"{kilobytes:.0f}", ""),
            ("node CPU with one publisher, % of a core", f"{idle * 100:.1f}", ""),
        ),
    )


def tables(count: int = PEERS) -> list[Table]:
    """The figures, as `make bench` gathers them."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    with tempfile.TemporaryDirectory() as directory:
        socket = Path(directory) / "media.sock"
        process = context.Process(target=node_process, args=(str(socket), stop))
        process.start()
        until_started(socket)
        child = psutil.Process(process.pid)

        def cpu_s() -> float:
            times = child.cpu_times()
            return float(times.user + times.system)

        try:
            return [asyncio.run(measure(socket, count, cpu_s, lambda: int(child.memory_info().rss)))]
        finally:
            stop.set()
            process.join(10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=int, default=PEERS)
    print_tables(tables(parser.parse_args().peers))
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
