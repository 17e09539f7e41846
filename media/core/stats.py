"""Counters of one flow, and what a receiver reports of it (RFC 3550 6.4, A.3, A.8)."""

from dataclasses import dataclass

from media.core.sequence import difference32


class RateMeter:
    """Bits a second over the last stretch between two ticks of at least a second."""

    __slots__ = ("_octets", "_since_ms", "bitrate_bps")

    def __init__(self) -> None:
        self._octets = 0
        self._since_ms: float | None = None
        self.bitrate_bps = 0.0

    def tick(self, total_octets: int, now_ms: float) -> float:
        """Measures from a running total; gives the rate."""
        since = self._since_ms
        if since is None or now_ms < since:
            self._octets, self._since_ms = total_octets, now_ms
        elif now_ms - since >= 900:
            self.bitrate_bps = (total_octets - self._octets) * 8000 / (now_ms - since)
            self._octets, self._since_ms = total_octets, now_ms
        return self.bitrate_bps


@dataclass(frozen=True, slots=True)
class ReceptionReport:
    """The figures of a report block; `jitter` in RTP ticks, `fraction_lost` in 1/256."""

    fraction_lost: int
    cumulative_lost: int
    highest_sequence: int
    jitter: int


class Reception:
    """Counts one incoming flow by extended sequence number."""

    __slots__ = (
        "_base",
        "_expected_before",
        "_highest",
        "_jitter",
        "_last_arrival_ms",
        "_last_timestamp",
        "_received_before",
        "_ticks_per_ms",
        "octets",
        "packets",
    )

    def __init__(self, clock_rate: int) -> None:
        self._ticks_per_ms = clock_rate / 1000
        self._base: int | None = None
        self._highest = 0
        self._jitter = 0.0
        self._last_timestamp = 0
        self._last_arrival_ms = 0.0
        self._expected_before = 0
        self._received_before = 0
        self.packets = 0
        self.octets = 0

    def arrived(self, sequence: int, timestamp: int, octets: int, arrival_ms: float) -> None:
        self.packets += 1
        self.octets += octets
        if self._base is None:
            self._base = self._highest = sequence
            self._last_timestamp, self._last_arrival_ms = timestamp, arrival_ms
            return
        if sequence > self._highest:
            self._highest = sequence
        if timestamp != self._last_timestamp:
            ticks = (arrival_ms - self._last_arrival_ms) * self._ticks_per_ms
            deviation = abs(ticks - difference32(timestamp, self._last_timestamp))
            if deviation < self._ticks_per_ms * 10_000:
                self._jitter += (deviation - self._jitter) / 16
            self._last_timestamp, self._last_arrival_ms = timestamp, arrival_ms

    @property
    def lost(self) -> int:
        """Expected less received, never below 0."""
        return max(0, self._expected - self.packets)

    @property
    def _expected(self) -> int:
        return 0 if self._base is None else self._highest - self._base + 1

    def report(self) -> ReceptionReport:
        """The figures since the last report; the highest sequence with its cycles."""
        expected = self._expected - self._expected_before
        received = self.packets - self._received_before
        self._expected_before, self._received_before = self._expected, self.packets
        lost = max(0, expected - received)
        fraction = min(255, lost * 256 // expected) if expected > 0 else 0
        return ReceptionReport(
            fraction,
            self._expected - self.packets,
            (self._highest - 0x10000) & 0xFFFFFFFF if self._base is not None else 0,
            int(self._jitter),
        )
