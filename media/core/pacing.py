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


class Pacer(Generic[T]):
    """A leaky bucket of two and a half times the line's rate; what has no room waits its turn.

    Nothing is dropped: what waited a quarter second, or has too many behind it, goes out all the same.
    """

    __slots__ = ("_credit", "_filled_ms", "_held", "_octets_a_ms")

    def __init__(self) -> None:
        self._held: deque[tuple[T, int, float]] = deque()
        self._octets_a_ms = 0.0
        self._credit = 0.0
        self._filled_ms: float | None = None

    def set_line(self, bitrate_bps: float) -> None:
        self._octets_a_ms = bitrate_bps * FACTOR / 8000

    @property
    def is_holding(self) -> bool:
        return bool(self._held)

    def spend(self, octets: int) -> None:
        """Something left past the bucket: voice, a repair, a probe."""
        self._credit -= octets

    def passes(self, octets: int, now_ms: float) -> bool:
        """Whether a packet may go at once; if so its room is taken."""
        if self._held:
            return False
        self._fill(now_ms)
        if self._credit <= 0:
            return False
        self._credit -= octets
        return True

    def hold(self, item: T, octets: int, now_ms: float) -> None:
        self._held.append((item, octets, now_ms))

    def due(self, now_ms: float) -> Iterator[T]:
        """What may go now, in its order."""
        self._fill(now_ms)
        while self._held:
            item, octets, since_ms = self._held[0]
            if self._credit <= 0 and now_ms - since_ms < MAX_WAIT_MS and len(self._held) <= MAX_HELD:
                return
            self._credit -= octets
            self._held.popleft()
            yield item

    def everything(self) -> Iterator[T]:
        """All that waits, at once."""
        while self._held:
            yield self._held.popleft()[0]

    def forget(self) -> None:
        self._held.clear()

    def _fill(self, now_ms: float) -> None:
        burst = max(MIN_BURST_OCTETS, self._octets_a_ms * BURST_MS)
        if self._filled_ms is None:
            self._credit = burst
        else:
            self._credit = min(burst, self._credit + (now_ms - self._filled_ms) * self._octets_a_ms)
        self._credit = max(-burst, self._credit)
        self._filled_ms = now_ms
