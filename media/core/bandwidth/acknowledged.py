"""The rate at which packets arrive."""

from collections import deque

WINDOW_MS = 500.0
ENOUGH_MS = 150.0
MAX_PACKETS = 4096
NEWEST_MS = 120.0


class AcknowledgedRate:
    """Bits a second over the last half second of the receiver's clock; None until a part of it is known."""

    __slots__ = ("_first_ms", "_newest_ms", "_octets", "_packets")

    def __init__(self) -> None:
        self._packets: deque[tuple[float, int]] = deque()
        self._octets = 0
        self._first_ms: float | None = None
        self._newest_ms = 0.0

    def add(self, arrival_ms: float, octets: int) -> None:
        if self._first_ms is None or arrival_ms - self._newest_ms > 10 * WINDOW_MS:
            self._packets.clear()
            self._octets = 0
            self._first_ms = self._newest_ms = arrival_ms
        self._newest_ms = max(self._newest_ms, arrival_ms)
        self._packets.append((arrival_ms, octets))
        self._octets += octets
        while self._packets and (
            self._packets[0][0] < self._newest_ms - WINDOW_MS or len(self._packets) > MAX_PACKETS
        ):
            self._octets -= self._packets.popleft()[1]

    @property
    def newest_bps(self) -> float | None:
        """The same over the last tenth of a second: what a line that has just become thinner carries."""
        least_ms = self._newest_ms - NEWEST_MS
        octets = 0
        for arrival_ms, size in reversed(self._packets):
            if arrival_ms <= least_ms:
                return octets * 8000 / NEWEST_MS
            octets += size
        return None

    @property
    def bitrate_bps(self) -> float | None:
        if self._first_ms is None:
            return None
        span_ms = min(WINDOW_MS, self._newest_ms - self._first_ms)
        return self._octets * 8000 / span_ms if span_ms >= ENOUGH_MS else None
