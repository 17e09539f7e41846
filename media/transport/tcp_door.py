"""ICE over TCP (RFC 6544): listens on the number of the plane's UDP port, and keeps count of who came in."""

import asyncio
import errno
import resource
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from media.config import EVERY_HOST, EVERY_HOST6, LOOPBACK
from media.plane import Address
from media.transport.tcp_line import TcpLine
from platform_api.kernel.tasks import TaskOwner

SWEEP_S: Final = 0.5
BACKLOG: Final = 256
RESERVED_FILES: Final = 128
FILES_A_LINE: Final = 2
MOST_FILES: Final = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLimits:
    """How many may come in, and how long they may be silent, seconds.

    A whole hospital may stand behind one address, so only those who have proved nothing yet are few.
    """

    lines: int = 1000
    lines_an_address: int = 400
    unproved_an_address: int = 32
    greeting_s: float = 5.0
    proof_s: float = 10.0
    idle_s: float = 30.0


class TcpDoor:
    """Serves until `close`; a peer's connections are cut with `release` when the peer ends."""

    def __init__(self, limits: DoorLimits | None = None) -> None:
        self._limits = limits or DoorLimits()
        self._lines: set[TcpLine] = set()
        self._seen: dict[Address, TcpLine] = {}
        self._servers: list[asyncio.Server] = []
        self._tasks = TaskOwner("media.tcp")
        self._plane: Address = (LOOPBACK, 0)
        self._most = self._limits.lines
        self.counters: Counter[str] = Counter()

    @property
    def is_open(self) -> bool:
        return bool(self._servers)

    async def open(self, port: int, *, host: str = EVERY_HOST, host6: str | None = EVERY_HOST6) -> None:
        """Listens where the plane does; raises OSError where that is taken, and then stays closed."""
        self._plane = (LOOPBACK if host == EVERY_HOST else host, port)
        self._most = min(self._limits.lines, (_raise_file_limit() - RESERVED_FILES) // FILES_A_LINE)
        loop = asyncio.get_running_loop()
        for each in (host, host6) if host6 is not None else (host,):
            try:
                self._servers.append(await loop.create_server(self._line, each, port, backlog=BACKLOG))
            except OSError as error:
                if each == EVERY_HOST6 and error.errno == errno.EAFNOSUPPORT:
                    continue
                await self.close()
                raise
        self._tasks.spawn(self._sweep_always(), name="media-tcp-sweep")

    async def close(self) -> None:
        """Cuts every connection and frees the port; may be called twice."""
        for server in self._servers:
            server.close()
        for line in list(self._lines):
            line.end("tcp.ended")
        self._servers.clear()
        await self._tasks.close()

    def release(self, address: Address) -> None:
        """The peer that the plane saw at this address has ended; other addresses are ignored."""
        line = self._seen.get(address)
        if line is not None:
            line.finish()

    def figures(self) -> Mapping[str, int]:
        return {**self.counters, "tcp.lines": len(self._lines)}

    def _line(self) -> TcpLine:
        return TcpLine(self.counters, on_made=self._admit, on_end=self._forget)

    def _admit(self, line: TcpLine) -> None:
        """Takes a fresh connection in, or cuts it."""
        why = self._refusal(line)
        if why is not None:
            line.end(why)
            return
        self._lines.add(line)
        try:
            self._seen[line.open_relay(self._plane)] = line
        except OSError:
            line.end("tcp.refused_full")
        else:
            self.counters["tcp.accepted"] += 1

    def _forget(self, line: TcpLine) -> None:
        self._lines.discard(line)
        if line.address is not None and self._seen.get(line.address) is line:
            del self._seen[line.address]

    def _refusal(self, line: TcpLine) -> str | None:
        if len(self._lines) >= self._most:
            return "tcp.refused_full"
        same = [other for other in self._lines if other.host == line.host]
        unproved = sum(not other.is_proved for other in same)
        crowded = len(same) >= self._limits.lines_an_address or unproved >= self._limits.unproved_an_address
        return "tcp.refused_address" if crowded else None

    async def _sweep_always(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            self.sweep(asyncio.get_running_loop().time())

    def sweep(self, now: float) -> None:
        """Cuts who says nothing, proves nothing, or has fallen silent."""
        limits = self._limits
        for line in list(self._lines):
            age, silent = now - line.began_s, now - line.heard_s
            if not line.is_proved and (
                age > limits.proof_s or (line.heard_s == line.began_s and age > limits.greeting_s)
            ):
                line.end("tcp.unproved")
            elif silent > limits.idle_s:
                line.end("tcp.idle")


def _raise_file_limit() -> int:
    """Lets this process have as many files as it ever may; the number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most
