"""Spreads bursts over time, so that a thin line's queue is not filled at once by a large picture."""

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

FACTOR = 2.5
BURST_MS = 10.0
MIN_BURST_OCTETS = 3_000.0
MAX_HELD = 512
MAX_WAIT_MS = 250.0
RANKS = 8
"""As many as `media/allocation/contracts.py` has, and one more; what ranks below goes with the last."""


class Pacer(Generic[T]):
    """A leaky bucket of two and a half times the line's rate; what has no room waits its turn.

    The higher rank leaves first, each in its order. Nothing is dropped: what waited a quarter second, or has
    too many behind it, goes out all the same.
    """

    __slots__ = ("_count", "_credit", "_filled_ms", "_held", "_octets_a_ms")

    def __init__(self) -> None:
        self._held: tuple[deque[tuple[T, int, float]], ...] = tuple(deque() for _ in range(RANKS))
        self._count = 0
        self._octets_a_ms = 0.0
        self._credit = 0.0
        self._filled_ms: float | None = None

    def set_line(self, bitrate_bps: float) -> None:
        self._octets_a_ms = bitrate_bps * FACTOR / 8000

    @property
    def is_holding(self) -> bool:
        return self._count > 0

    def spend(self, octets: int) -> None:
        """Something left past the bucket: voice, a repair, a probe."""
        self._credit -= octets

    def passes(self, octets: int, rank: int, now_ms: float) -> bool:
        """Whether a packet may go at once, past all of lower rank; if so its room is taken."""
        if self._count and any(self._held[: rank + 1]):
            return False
        self._fill(now_ms)
        if self._credit <= 0:
            return False
        self._credit -= octets
        return True

    def hold(self, item: T, octets: int, rank: int, now_ms: float) -> None:
        self._held[min(rank, RANKS - 1)].append((item, octets, now_ms))
        self._count += 1

    def due(self, now_ms: float) -> Iterator[T]:
        """What may go now: of the highest rank first, unless something has waited too long."""
        self._fill(now_ms)
        while self._count:
            heads = [queue for queue in self._held if queue]
            late = next((queue for queue in heads if now_ms - queue[0][2] >= MAX_WAIT_MS), None)
            if late is None and self._credit <= 0 and self._count <= MAX_HELD:
                return
            item, octets, _ = (late or heads[0]).popleft()
            self._credit -= octets
            self._count -= 1
            yield item

    def everything(self) -> Iterator[T]:
        """All that waits, at once."""
        for queue in self._held:
            while queue:
                self._count -= 1
                yield queue.popleft()[0]

    def forget(self) -> None:
        for queue in self._held:
            queue.clear()
        self._count = 0

    def _fill(self, now_ms: float) -> None:
        burst = max(MIN_BURST_OCTETS, self._octets_a_ms * BURST_MS)
        if self._filled_ms is None:
            self._credit = burst
        else:
            self._credit = min(burst, self._credit + (now_ms - self._filled_ms) * self._octets_a_ms)
        self._credit = max(-burst, self._credit)
        self._filled_ms = now_ms
