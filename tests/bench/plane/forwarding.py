"""What forwarding costs: CPU a packet, latency, memory a viewer. `python -m tests.bench.plane.forwarding`.

One publisher sends 260 packets a second of 1200 bytes (2.5 Mbit/s) in bursts of three, AES-GCM; N viewers
get them. The plane runs alone in a process of its own, whose CPU time is read; this process plays
everybody else and reads every packet. Latency is the kernel's receive time less the time of sending,
at three viewers.
"""

import argparse
import importlib.util
import multiprocessing
import os
import resource
import selectors
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import pylibsrtp

from media.core.rtp import build_packet, parse_header
from media.plane import SrtpKeys
from media.plane_python.layer import VIDEO_CACHE_PACKETS
from tests.bench.plane.reporting import Reports
from tests.bench.plane.server import PROFILE, Member, Usage, serve
from tests.bench.table import Table, percentile, print_tables

NATIVE = Path(__file__).parents[3] / "media/plane_native"
VIEWERS = (1, 10, 50, 100)
ROW_S = 5.0
WARM_UP_S = 1.0
PACKETS_A_SECOND = 260
BURST = 3
PAYLOAD_BYTES = 1200 - 12
PROBES = 3
GOAL_BPS = 3_000_000
REPORT_TURNS = 6
"""Each viewer reports each so many bursts: every 70 ms."""
KEY_BYTES = 28
SO_TIMESTAMPNS = 35
_PLACE = struct.Struct("=Q")
_TIMESPEC = struct.Struct("@qq")
_VP8 = bytes((0x90, 0xE0, 0x80))


class Viewer:
    """A socket that counts what comes; a probe also measures how long it took.

    One that reports tells the plane how packets came, and asks for each fiftieth again.
    """

    def __init__(self, name: str, *, probe: bool, reports: bool = False) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        if probe:
            self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.probe = probe
        self.name = name
        self._key = os.urandom(KEY_BYTES)
        self._session = pylibsrtp.Session(
            pylibsrtp.Policy(
                key=self._key,
                ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND,
                srtp_profile=pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
            )
        )
        self.reports = Reports() if reports else None
        self.packets = 0
        self.arrivals: list[tuple[int, float]] = []

    def member(self) -> Member:
        receive = os.urandom(KEY_BYTES) if self.reports is None else self.reports.key
        keys = SrtpKeys(profile=PROFILE, transmit=self._key, receive=receive)
        goal_bps = GOAL_BPS if self.reports is not None else 0
        return Member(self.name, self.socket.getsockname(), keys, goal_bps)

    def read(self, scratch: bytearray) -> None:
        while True:
            try:
                if self.probe:
                    self._measure()
                else:
                    self.socket.recv_into(scratch)
                    self._count(scratch)
            except BlockingIOError:
                return

    def _count(self, data: bytes | bytearray) -> None:
        if 192 <= data[1] <= 223:
            return
        self.packets += 1
        if self.reports is not None:
            self.reports.came(data)

    def report(self, server: tuple[str, int]) -> None:
        if self.reports is not None and (compound := self.reports.due()):
            self.socket.sendto(compound, server)

    def _measure(self) -> None:
        data, notes, _, _ = self.socket.recvmsg(2048, 64)
        self._count(data)
        if 192 <= data[1] <= 223 or data[1] & 0x7F != 96:
            return
        seconds, nanoseconds = _TIMESPEC.unpack(notes[0][2][:16])
        plain = self._session.unprotect(data)
        (place,) = _PLACE.unpack_from(plain, parse_header(plain).payload_start + 8)
        self.arrivals.append((place, seconds + nanoseconds / 1e9))

    def latencies_ms(self, sent_at_s: Sequence[float]) -> list[float]:
        return [(at_s - sent_at_s[place]) * 1000 for place, at_s in self.arrivals]


class Publisher:
    """Sends VP8-shaped packets with their number inside; one keyframe at the beginning."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.server = ("127.0.0.1", port)
        self._socket.connect(self.server)
        self._key = os.urandom(KEY_BYTES)
        self._session = pylibsrtp.Session(
            pylibsrtp.Policy(
                key=self._key,
                ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND,
                srtp_profile=pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
            )
        )
        self.sequence = 0
        self.sent_at_s: list[float] = []
        self._frame = 0

    def member(self) -> Member:
        keys = SrtpKeys(profile=PROFILE, transmit=os.urandom(KEY_BYTES), receive=self._key)
        return Member("publisher", self._socket.getsockname(), keys)

    def burst(self) -> None:
        """One frame of a few packets, sent without a pause as an encoder does."""
        packets = [self._session.protect(self._packet(index)) for index in range(BURST)]
        for packet in packets:
            self.sent_at_s.append(time.time())
            self._socket.send(packet)
        self._frame += 1

    def _packet(self, index: int) -> bytes:
        key = 0x10 if self._frame == 0 else 0x11
        head = _VP8 + bytes((0x80 | self._frame >> 8 & 0x7F, self._frame & 0xFF, 0, 0, key))
        payload = (head + _PLACE.pack(self.sequence)).ljust(PAYLOAD_BYTES, b"\x55")
        self.sequence += 1
        return build_packet(
            payload_type=96,
            sequence=(self.sequence - 1) & 0xFFFF,
            timestamp=self._frame * 1038,
            ssrc=0x1000,
            payload=payload if index == 0 else b"\x80" + payload[1:],
            marker=index == BURST - 1,
        )

    def close(self) -> None:
        self._socket.close()


def measure(
    viewers: int, *, seconds: float, on_uvloop: bool, native: bool, reports: bool = False, busy: bool = False
) -> tuple[str, ...]:
    """One row: N, CPU µs a forwarded packet, share of a core, latency p50 and p99 ms, KB a viewer, lost."""
    context = multiprocessing.get_context("spawn")
    pipe, far = context.Pipe()
    process = context.Process(target=serve, args=(far, on_uvloop, native, busy), daemon=True)
    process.start()
    try:
        return _row(pipe, pipe.recv(), viewers, seconds, reports=reports)
    finally:
        pipe.send(None)
        process.join(10)


def _row(pipe: Connection, port: int, count: int, seconds: float, *, reports: bool) -> tuple[str, ...]:
    publisher = Publisher(port)
    _ask(pipe, publisher.member())
    _fill(publisher)
    empty = _usage(pipe)
    viewers = [Viewer(f"viewer-{index}", probe=index < PROBES, reports=reports) for index in range(count)]
    for viewer in viewers:
        _ask(pipe, viewer.member())
    _run(publisher, viewers, WARM_UP_S)
    before, sent_before = _usage(pipe), publisher.sequence
    counted = sum(viewer.packets for viewer in viewers)
    for viewer in viewers:
        viewer.arrivals.clear()
    _run(publisher, viewers, seconds)
    after = _usage(pipe)
    received = sum(viewer.packets for viewer in viewers) - counted
    expected = (publisher.sequence - sent_before) * count
    latencies = [value for viewer in viewers for value in viewer.latencies_ms(publisher.sent_at_s)]
    publisher.close()
    for viewer in viewers:
        viewer.socket.close()
    cpu_s = after.cpu_s - before.cpu_s
    return (
        str(count),
        f"{cpu_s * 1e6 / max(1, after.packets_out - before.packets_out):.1f}",
        f"{cpu_s / seconds * 100:.1f} %",
        f"{percentile(latencies, 0.5):.2f}",
        f"{percentile(latencies, 0.99):.2f}",
        f"{(after.rss_bytes - empty.rss_bytes) / count / 1024:.0f}",
        f"{max(0, expected - received)} of {expected}",
    )


def floor(viewers: int, seconds: float) -> float | None:
    """µs a packet that sealing and the kernel's calls cost alone, on this machine and now; None without cargo."""
    cargo = shutil.which("cargo")
    if cargo is None:
        return None
    build = [cargo, "build", "--quiet", "--release", "--locked", "--example", "floor"]
    subprocess.run(build, cwd=NATIVE, check=True)
    far = [Viewer(f"viewer-{index}", probe=False) for index in range(viewers)]
    words = [
        seconds,
        PACKETS_A_SECOND,
        BURST,
        PAYLOAD_BYTES + 12,
        *(each.socket.getsockname()[1] for each in far),
    ]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(NATIVE / "target/release/examples/floor"), *map(str, words)]
    with subprocess.Popen(command) as process, selectors.DefaultSelector() as selector:
        for viewer in far:
            selector.register(viewer.socket, selectors.EVENT_READ, viewer)
        scratch = bytearray(2048)
        while process.poll() is None:
            _read(selector, scratch, 0.1)
        while _read(selector, scratch, 0.1):
            pass
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    for viewer in far:
        viewer.socket.close()
    return cpu_s * 1e6 / max(1, sum(viewer.packets for viewer in far))


def _fill(publisher: Publisher) -> None:
    """Lets the plane's history fill, so that it does not count as a viewer's memory."""
    for _ in range(2 * VIDEO_CACHE_PACKETS // BURST):
        publisher.burst()
        time.sleep(0.001)


def _ask(pipe: Connection, message: object) -> object:
    pipe.send(message)
    return pipe.recv()


def _usage(pipe: Connection) -> Usage:
    usage = _ask(pipe, "usage")
    assert isinstance(usage, Usage)
    return usage


def _run(publisher: Publisher, viewers: Sequence[Viewer], seconds: float) -> None:
    """Sends bursts on time and reads in between; ends with everything read."""
    selector = selectors.DefaultSelector()
    for viewer in viewers:
        selector.register(viewer.socket, selectors.EVENT_READ, viewer)
    scratch = bytearray(2048)
    start = time.monotonic()
    for index in range(round(seconds * PACKETS_A_SECOND / BURST)):
        due = start + index * BURST / PACKETS_A_SECOND
        while (left := due - time.monotonic()) > 0:
            _read(selector, scratch, left)
        publisher.burst()
        for viewer in viewers[index % REPORT_TURNS :: REPORT_TURNS]:
            viewer.report(publisher.server)
    while _read(selector, scratch, 0.1):
        pass
    selector.close()


def _read(selector: selectors.BaseSelector, scratch: bytearray, timeout_s: float) -> bool:
    if not selector.get_map():
        time.sleep(timeout_s)
        return False
    ready = selector.select(timeout_s)
    for key, _ in ready:
        key.data.read(scratch)
    return bool(ready)


def tables(*, seconds: float = ROW_S, counts: Sequence[int] = VIEWERS, on_uvloop: bool = True) -> list[Table]:
    """The forwarding tables of the Python plane and, where it was built, of the native one."""
    loop = "uvloop" if on_uvloop else "asyncio"
    headers = ("viewers", "CPU µs a packet", "core", "p50 ms", "p99 ms", "KB a viewer", "lost")
    found = []
    for name, native in (("Python", False), ("native", True)):
        if native and importlib.util.find_spec("media.plane_native._core") is None:
            continue
        rows = tuple(measure(count, seconds=seconds, on_uvloop=on_uvloop, native=native) for count in counts)
        found.append(Table(f"Forwarding by the {name} plane ({loop})", headers, rows))
        if native:
            row = measure(counts[-1], seconds=seconds, on_uvloop=on_uvloop, native=True, reports=True)
            title = f"The same, numbered, with feedback and 2 % repaired ({loop})"
            found.append(Table(title, headers, (row,)))
            row = measure(counts[-1], seconds=seconds, on_uvloop=on_uvloop, native=True, busy=True)
            title = f"The same plain, while Python is busy in stretches of 20 ms ({loop})"
            found.append(Table(title, headers, (row,)))
    return [*found, _against_floor(found, counts[-1], seconds)]


def _against_floor(found: Sequence[Table], viewers: int, seconds: float) -> Table:
    """Each table's cost at the most viewers as a multiple of what this machine takes for sealing and sending alone."""
    lowest = floor(viewers, seconds)
    if lowest is None:
        return Table("Against the floor: not measured, no cargo here", ("what", "µs", "of the floor"), ())
    rows = [("sealing and sending alone", f"{lowest:.1f}", "1.00")]
    rows += [(table.title, table.rows[-1][1], f"{float(table.rows[-1][1]) / lowest:.2f}") for table in found]
    return Table(
        f"CPU µs a packet at {viewers} viewers, against the floor",
        ("what", "µs", "of the floor"),
        tuple(rows),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=ROW_S)
    parser.add_argument("--viewers", type=int, nargs="*", default=VIEWERS)
    parser.add_argument("--asyncio", action="store_true")
    options = parser.parse_args()
    print_tables(tables(seconds=options.seconds, counts=options.viewers, on_uvloop=not options.asyncio))
