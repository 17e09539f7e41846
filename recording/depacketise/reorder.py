"""Packets of one flow put back into order, waiting a bounded time for those that are missing."""

from typing import Final

from recording.depacketise.packet import RtpPacket

MAX_WAIT_MS: Final = 300.0
MAX_HELD: Final = 1024
MAX_JUMP: Final = 3000

Ordered = tuple[int, RtpPacket]


class ReorderBuffer:
    """Takes packets as they arrive, gives them in order, each with the number lost just before it."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._held: dict[int, RtpPacket] = {}
        self._latest_arrival_ms = 0.0

    def push(self, packet: RtpPacket) -> list[Ordered]:
        """What is in order now; duplicates and packets that come too late are dropped."""
        self._latest_arrival_ms = max(self._latest_arrival_ms, packet.arrival_ms)
        if self._next is None:
            self._next = packet.sequence
        ahead = (packet.sequence - self._next) & 0xFFFF
        if ahead >= 0x8000:
            if 0x10000 - ahead <= MAX_JUMP:
                return []
            return self._start_again(packet)
        if ahead > MAX_JUMP:
            return self._start_again(packet)
        if ahead == 0 and not self._held:
            self._next += 1
            return [(0, packet)]
        self._held.setdefault(self._next + ahead, packet)
        ready = self._drain(0)
        return ready + self.expire(self._latest_arrival_ms)

    def _start_again(self, packet: RtpPacket) -> list[Ordered]:
        """The sender jumped: what is held comes first, then this packet after an unknown hole."""
        ready = self.flush()
        self._next = packet.sequence + 1
        ready.append((1, packet))
        return ready

    def _drain(self, lost: int) -> list[Ordered]:
        ready: list[Ordered] = []
        assert self._next is not None  # noqa: S101 - push sets it before anything is held
        while (packet := self._held.pop(self._next, None)) is not None:
            ready.append((lost, packet))
            lost = 0
            self._next += 1
        return ready

    def expire(self, now_ms: float) -> list[Ordered]:
        """Gives up holes that later packets have waited behind for too long."""
        ready: list[Ordered] = []
        while self._held:
            first = min(self._held)
            waited = now_ms - self._held[first].arrival_ms > MAX_WAIT_MS
            if not waited and len(self._held) <= MAX_HELD:
                break
            ready += self._skip_to(first)
        return ready

    def flush(self) -> list[Ordered]:
        """Everything that is held, holes given up."""
        ready: list[Ordered] = []
        while self._held:
            ready += self._skip_to(min(self._held))
        return ready

    def _skip_to(self, sequence: int) -> list[Ordered]:
        lost = sequence - (self._next or 0)
        self._next = sequence
        return self._drain(lost)
