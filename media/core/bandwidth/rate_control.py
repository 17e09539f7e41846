"""The rate that follows from use: up by a share or a step, down to a part of what arrives (gcc-02 5.5)."""

from media.core.bandwidth.overuse import Usage

BETA = 0.85
GROWTH_A_SECOND = 1.08
MIN_BPS = 100_000.0
MAX_BPS = 100_000_000.0
HEADROOM = 1.5
HEADROOM_BPS = 10_000.0
PACKET_BITS = 1200 * 8
RESPONSE_MS = 100.0
MAX_STEP_MS = 1_000.0


class LinkCapacity:
    """What arrived whenever the line was full: smoothed, with its spread in kbit/s as in gcc-02 5.5."""

    __slots__ = ("_spread", "kbps")

    def __init__(self) -> None:
        self.kbps: float | None = None
        self._spread = 0.4

    def full_at(self, bitrate_bps: float) -> None:
        """The line was full while this arrived."""
        sample = bitrate_bps / 1000
        if self.kbps is None or abs(sample - self.kbps) > self._reach(self.kbps):
            self.kbps, self._spread = sample, 0.4
            return
        self.kbps = 0.95 * self.kbps + 0.05 * sample
        error = self.kbps - sample
        self._spread = 0.95 * self._spread + 0.05 * error * error / max(self.kbps, 1.0)
        self._spread = min(2.5, max(0.4, self._spread))

    def is_near(self, bitrate_bps: float) -> bool:
        return self.kbps is not None and abs(bitrate_bps / 1000 - self.kbps) <= self._reach(self.kbps)

    def is_beyond(self, bitrate_bps: float) -> bool:
        return self.kbps is not None and bitrate_bps / 1000 > self.kbps + self._reach(self.kbps)

    def forget(self) -> None:
        self.kbps = None

    def _reach(self, kbps: float) -> float:
        return float(3 * (self._spread * kbps) ** 0.5)


class RateControl:
    """Additive increase near the capacity last met, multiplicative far from it; multiplicative decrease."""

    __slots__ = ("_capacity", "_last_ms", "_reduced_ms", "_rising", "rate_bps")

    def __init__(self, start_bps: float) -> None:
        self.rate_bps = start_bps
        self._capacity = LinkCapacity()
        self._rising = True
        self._last_ms: float | None = None
        self._reduced_ms = float("-inf")

    def update(
        self,
        usage: Usage,
        acknowledged_bps: float | None,
        *,
        now_ms: float,
        rtt_ms: float,
        may_rise: bool,
        ceiling_bps: float,
    ) -> None:
        """Once for each feedback. `ceiling_bps` is the highest rate to rise to by itself."""
        last_ms, self._last_ms = self._last_ms, now_ms
        if usage is Usage.OVER:
            self._rising = False
            self._reduce(acknowledged_bps, now_ms, rtt_ms)
        elif usage is Usage.UNDER:
            self._rising = False  # queues drain: what they hold must not be taken for room
        elif not self._rising:
            self._rising = True
        elif may_rise and last_ms is not None:
            self._rise(acknowledged_bps, min(MAX_STEP_MS, now_ms - last_ms) / 1000, rtt_ms, ceiling_bps)

    def _rise(
        self, acknowledged_bps: float | None, elapsed_s: float, rtt_ms: float, ceiling_bps: float
    ) -> None:
        if acknowledged_bps is None:
            return
        if self._capacity.is_beyond(acknowledged_bps):
            self._capacity.forget()
        if self._capacity.is_near(self.rate_bps):
            step = max(4_000.0, PACKET_BITS / 2 * 1000 / (RESPONSE_MS + rtt_ms)) * elapsed_s
        else:
            step = max(1_000.0 * elapsed_s, self.rate_bps * (GROWTH_A_SECOND**elapsed_s - 1))
        limit = min(acknowledged_bps * HEADROOM + HEADROOM_BPS, ceiling_bps, MAX_BPS)
        if self.rate_bps < limit:
            self.rate_bps = min(self.rate_bps + step, limit)

    def _reduce(self, acknowledged_bps: float | None, now_ms: float, rtt_ms: float) -> None:
        measured = self.rate_bps if acknowledged_bps is None else acknowledged_bps
        soon = now_ms - self._reduced_ms < min(200.0, max(10.0, rtt_ms))
        if soon and measured > self.rate_bps / 2:
            return
        self._reduced_ms = now_ms
        self._capacity.full_at(measured)
        self.rate_bps = max(MIN_BPS, min(self.rate_bps, BETA * measured))

    def cut(self, bitrate_bps: float) -> None:
        """Loss says that no more than this gets through."""
        self.rate_bps = max(MIN_BPS, min(self.rate_bps, bitrate_bps))
        self._rising = False

    def lift(self, bitrate_bps: float) -> None:
        """A probe got through at this rate."""
        if bitrate_bps > self.rate_bps:
            self.rate_bps = min(bitrate_bps, MAX_BPS)
            if self._capacity.is_beyond(bitrate_bps):
                self._capacity.forget()
