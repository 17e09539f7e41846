"""One direction of a bad line: what it loses, holds back and lets through. Time is passed in; no I/O.

A packet first waits for the line (`rate_kbps`, a queue that holds at most `queue_ms` of it and drops its tail),
then is lost or travels `delay_ms` and up to `jitter_ms` more: how much is drawn anew every 100 ms, and order is kept, as by queues on the way;
of what comes through, the share `reorder` is overtaken by `reorder_ms`. A line without `udp` or `tcp`
carries none of it.
"""

import heapq
import random
from collections import deque
from dataclasses import asdict, dataclass
from typing import Final

BIT_MS: Final = 8.0  # bits a byte; kbit/s are bits a ms
TCP: Final = 6
UDP: Final = 17
JITTER_FOR_S: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How bad it is. Shares are 0..1; a rate of 0 is unlimited; `burst` is the mean number lost in a row."""

    loss: float = 0.0
    burst: float = 1.0
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    rate_kbps: float = 0.0
    queue_ms: float = 200.0
    reorder: float = 0.0
    reorder_ms: float = 20.0
    dead: bool = False
    udp: bool = True
    tcp: bool = True


@dataclass(slots=True, kw_only=True)
class Counts:
    """Packets and bytes of one direction; `full` are those that found no room in the queue."""

    packets_in: int = 0
    bytes_in: int = 0
    packets_out: int = 0
    bytes_out: int = 0
    lost: int = 0
    full: int = 0
    late_ms_most: float = 0.0
    late_ms_sum: float = 0.0

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


class Wire:
    """Takes packets in by `offer` and gives them out by `take`; times in seconds of any clock that goes on."""

    def __init__(self, line: Line, *, seed: int) -> None:
        self.line = line
        self.counts = Counts()
        self._random = random.Random(seed)
        self._in_burst = False
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._sent_s: float | None = None  # when the first that waits has passed the line
        self._under_way: list[tuple[float, int, bytes]] = []
        self._number = 0
        self._last_due_s = 0.0
        self._jitter_s, self._jitter_until_s = 0.0, 0.0

    def set(self, line: Line, now_s: float) -> None:
        """Another line from now on; what is under way keeps its times, what waits gets the new rate."""
        self._advance(now_s)
        self.line = line

    def offer(self, packet: bytes, now_s: float) -> None:
        """One packet enters."""
        self._advance(now_s)
        self.counts.packets_in += 1
        self.counts.bytes_in += len(packet)
        if not self._carries(packet):
            self.counts.lost += 1
        elif not self.line.rate_kbps and not self._waiting:
            self._travel(packet, now_s)
        elif self._queued_ms() > self.line.queue_ms:
            self.counts.full += 1
        else:
            self._waiting.append(packet)
            self._waiting_bytes += len(packet)
            if self._sent_s is None:
                self._sent_s = now_s + self._transmit_s(packet)

    def take(self, now_s: float) -> list[bytes]:
        """What comes out by now, in order."""
        self._advance(now_s)
        found = []
        while self._under_way and self._under_way[0][0] <= now_s:
            due_s, _, packet = heapq.heappop(self._under_way)
            late_ms = (now_s - due_s) * 1000
            self.counts.late_ms_most = max(self.counts.late_ms_most, late_ms)
            self.counts.late_ms_sum += late_ms
            self.counts.packets_out += 1
            self.counts.bytes_out += len(packet)
            found.append(packet)
        return found

    def next_s(self) -> float | None:
        """When there is something to do; None if nothing waits or is under way."""
        times = [] if self._sent_s is None else [self._sent_s]
        if self._under_way:
            times.append(self._under_way[0][0])
        return min(times, default=None)

    def _carries(self, packet: bytes) -> bool:
        """Whether this protocol passes at all (RFC 791 3.1: byte 9)."""
        protocol = packet[9] if len(packet) > 9 else 0
        is_barred = (protocol == UDP and not self.line.udp) or (protocol == TCP and not self.line.tcp)
        return not (self.line.dead or is_barred)

    def _advance(self, now_s: float) -> None:
        """Lets those that waited and have passed the line travel on."""
        while self._sent_s is not None and self._sent_s <= now_s:
            packet = self._waiting.popleft()
            self._waiting_bytes -= len(packet)
            self._travel(packet, self._sent_s)
            self._sent_s = self._sent_s + self._transmit_s(self._waiting[0]) if self._waiting else None

    def _queued_ms(self) -> float:
        return self._waiting_bytes * BIT_MS / self.line.rate_kbps if self.line.rate_kbps else 0.0

    def _transmit_s(self, packet: bytes) -> float:
        return len(packet) * BIT_MS / self.line.rate_kbps / 1000 if self.line.rate_kbps else 0.0

    def _travel(self, packet: bytes, now_s: float) -> None:
        line = self.line
        if self._is_lost():
            self.counts.lost += 1
            return
        due_s = now_s + line.delay_ms / 1000 + self._jitter(now_s)
        if line.reorder and self._random.random() < line.reorder:
            due_s += line.reorder_ms / 1000
        else:
            due_s = self._last_due_s = max(due_s, self._last_due_s)
        self._number += 1
        heapq.heappush(self._under_way, (due_s, self._number, packet))

    def _jitter(self, now_s: float) -> float:
        """Seconds more, the same for packets that come together."""
        if self.line.jitter_ms and now_s >= self._jitter_until_s:
            self._jitter_s = self._random.random() * self.line.jitter_ms / 1000
            self._jitter_until_s = now_s + JITTER_FOR_S
        return self._jitter_s if self.line.jitter_ms else 0.0

    def _is_lost(self) -> bool:
        """Independent losses, or two states of which the bad one loses everything (Gilbert)."""
        line = self.line
        if line.dead or not line.loss:
            self._in_burst = False
            return line.dead
        if line.burst <= 1 or line.loss >= 1:
            return self._random.random() < line.loss
        leave = 1 / line.burst
        enter = min(1.0, line.loss * leave / (1 - line.loss))
        self._in_burst = self._random.random() < (1 - leave if self._in_burst else enter)
        return self._in_burst
