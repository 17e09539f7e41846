"""Two hundred join within ten seconds: what it costs, and what gap others hear. `python -m tests.bench storm`.

The node is a process of its own. A second one holds a speaker (Opus, 50 packets a second) and a listener. This one
plays those who join: unmodified aiortc, offer, ICE and DTLS with one slot for a picture and one for a voice; they stay.
Gaps are seen in the kernel (AF_PACKET on loopback, its time stamps), so that a slow reader adds nothing: between
packets from the speaker into the node, and from the node to the listener.
"""

import asyncio
import contextlib
import itertools
import multiprocessing
import os
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import psutil

from media.remote import RemoteMediaClient
from platform_api.kernel.rooms import Source
from tests.bench.media.join import node_process, until_started
from tests.bench.table import Table, percentile
from tests.support.aiortc_peer import AiortcPeer, loopback_alone, peers

JOINS: Final = 200
WITHIN_S: Final = 10.0
QUIET_S: Final = 4.0
IPV4: Final = 0x0800
SO_TIMESTAMPNS: Final = 35
PACKET_IGNORE_OUTGOING: Final = 23
SOL_PACKET: Final = 263
SO_RCVBUFFORCE: Final = 33
_TIMESPEC: Final = struct.Struct("@qq")


@dataclass
class Wiretap:
    """Kernel times (s) of RTP datagrams on loopback, by (from, to) port, until closed."""

    ports: frozenset[int]
    times: dict[tuple[int, int], list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(IPV4))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        self._socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.settimeout(0.2)
        self._over = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def close(self) -> None:
        self._over = True
        self._reader.join()
        self._socket.close()

    def gaps_ms(self, source: int, target: int, from_s: float, to_s: float) -> list[float]:
        chosen = [at for at in self.times.get((source, target), []) if from_s <= at <= to_s]
        return [(later - earlier) * 1000 for earlier, later in itertools.pairwise(chosen)]

    def _read(self) -> None:
        while not self._over:
            with contextlib.suppress(TimeoutError):
                data, notes, _, _ = self._socket.recvmsg(64, 64)
                self._take(data, notes)

    def _take(self, data: bytes, notes: list[tuple[int, int, bytes]]) -> None:
        start = (data[0] & 0x0F) * 4
        if data[9] != socket.IPPROTO_UDP or len(data) < start + 10:
            return
        source, target = struct.unpack_from(">HH", data, start)
        is_rtp = 128 <= data[start + 8] <= 191 and not 192 <= data[start + 9] <= 223
        if is_rtp and (source in self.ports or target in self.ports):
            seconds, nanoseconds = _TIMESPEC.unpack(notes[0][2][:16])
            self.times.setdefault((source, target), []).append(seconds + nanoseconds / 1e9)


def local_port(peer: AiortcPeer) -> int:
    """The UDP port that this peer sends from."""
    pair: Any = peer.connection.getTransceivers()[0].receiver.transport.transport._connection
    return int(pair._nominated[1].local_addr[1])


def talking_process(path: str, pipe: Connection) -> None:
    """A speaker and a listener until the pipe says anything; tells their ports."""

    async def main() -> None:
        remote = RemoteMediaClient(Path(path))
        await remote.start()
        speaker = AiortcPeer(remote, participant="speaker")
        listener = AiortcPeer(remote, participant="listener")
        with loopback_alone():
            async with peers(speaker, listener):
                speaker.publish(Source.VOICE)
                await speaker.connect()
                listener.receive(video=0, audio=1)
                await listener.connect()
                await listener.subscribe("speaker.voice")
                pipe.send((local_port(speaker), local_port(listener)))
                await asyncio.to_thread(pipe.recv)
        await remote.close()

    asyncio.run(main())


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """What came of it: seconds by the wall clock, ms of each join, the node's CPU."""

    began_s: float
    ended_s: float
    joins_ms: tuple[float, ...]
    failed: int
    cpu_s: float
    kilobytes: float


async def storm(path: Path, usage: Callable[[], tuple[float, int]]) -> Storm:
    """All of them, one every 50 ms; they leave when the last one is in."""
    remote = RemoteMediaClient(path)
    await remote.start()
    took: list[float] = []
    failed = 0

    async def one(number: int, stack: contextlib.AsyncExitStack) -> None:
        nonlocal failed
        await asyncio.sleep(number * WITHIN_S / JOINS)
        began = time.perf_counter()
        viewer = AiortcPeer(remote, participant=f"viewer-{number}")
        await stack.enter_async_context(peers(viewer))
        viewer.receive(video=1, audio=1)
        try:
            await viewer.connect()
            took.append((time.perf_counter() - began) * 1000)
        except TimeoutError:
            failed += 1

    async with contextlib.AsyncExitStack() as stack:
        with loopback_alone():
            began_s, (cpu, rss) = time.time(), usage()
            await asyncio.gather(*(one(number, stack) for number in range(JOINS)))
            ended_s, (cpu_after, rss_after) = time.time(), usage()
    await remote.close()
    return Storm(
        began_s=began_s,
        ended_s=ended_s,
        joins_ms=tuple(took),
        failed=failed,
        cpu_s=cpu_after - cpu,
        kilobytes=(rss_after - rss) / 1024,
    )


def measure(path: Path, node: psutil.Process, pipe: Connection) -> Table:
    def usage() -> tuple[float, int]:
        times = node.cpu_times()
        return float(times.user + times.system), int(node.memory_info().rss)

    speaker, listener = pipe.recv()
    tap = Wiretap(frozenset({speaker, listener}))
    try:
        before, quiet_from = usage()[0], time.time()
        time.sleep(QUIET_S)
        quiet_to, idle = time.time(), (usage()[0] - before) / QUIET_S
        came = asyncio.run(storm(path, usage))
    finally:
        tap.close()
    node_port = next(target for source, target in tap.times if source == speaker)

    def gaps(of: tuple[int, int]) -> str:
        calm = tap.gaps_ms(*of, quiet_from, quiet_to)
        busy = tap.gaps_ms(*of, came.began_s, came.ended_s)
        return f"{max(calm, default=0):.0f} before; {percentile(busy, 0.99):.0f} p99, {max(busy, default=0):.0f} worst"

    return table(came, idle, gaps((speaker, node_port)), gaps((node_port, listener)))


def table(came: Storm, idle: float, into: str, out: str) -> Table:
    took_s = came.ended_s - came.began_s
    cpu_ms = (came.cpu_s - idle * took_s) * 1000 / max(1, len(came.joins_ms))
    times = [f"{percentile(came.joins_ms, share):.0f}" for share in (0.5, 0.95)]
    rows = (
        ("connected", f"{len(came.joins_ms)} of {JOINS} in {took_s:.1f} s", f"{JOINS} in 10 s"),
        ("offer to connected, p50 / p95 ms", " / ".join(times), "-"),
        ("node CPU a join, ms", f"{cpu_ms:.1f}", "<= 8"),
        ("node memory a viewer, KB", f"{came.kilobytes / max(1, len(came.joins_ms)):.0f}", "<= 200"),
        ("gap of the voice into the node, ms", into, "-"),
        ("gap of the voice out of the node, ms", out, "<= 100"),
    )
    load = f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return Table(
        f"{JOINS} joins in {WITHIN_S:.0f} s, aiortc; load {load}", ("figure", "found", "asked"), rows
    )


def tables() -> list[Table]:
    """Needs root for the wiretap."""
    context = multiprocessing.get_context("spawn")
    stop, (pipe, far) = context.Event(), context.Pipe()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "media.sock"
        node = context.Process(target=node_process, args=(str(path), stop))
        node.start()
        until_started(path)
        talking = context.Process(target=talking_process, args=(str(path), far))
        talking.start()
        try:
            return [measure(path, psutil.Process(node.pid), pipe)]
        finally:
            pipe.send("over")
            stop.set()
            talking.join(10)
            node.join(10)
