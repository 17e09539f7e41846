"""What loss says of a rate (gcc-02 6): below 2 % nothing, up to 10 % no more, above it less."""

LOW = 0.02
HIGH = 0.10
WINDOW_MS = 250.0
LONG_WINDOW_MS = 1_000.0
ENOUGH_PACKETS = 20
CHANCE = 2.0
"""Standard deviations of a count that are put down to chance."""
SMOOTHING = 0.3


class LossControl:
    """Counts over short windows. Packets sent before the last cut do not count against what came after it."""

    __slots__ = ("_cut_ms", "_lost", "_since_ms", "_total", "fraction", "may_rise")

    def __init__(self) -> None:
        self._lost = 0
        self._total = 0
        self._since_ms: float | None = None
        self._cut_ms = float("-inf")
        self.fraction = 0.0
        self.may_rise = True

    def add(self, sent_ms: float, *, lost: bool) -> None:
        if sent_ms >= self._cut_ms:
            self._total += 1
            self._lost += lost

    def due(self, now_ms: float) -> float | None:
        """The share to cut, 0..0.5, once a window is over that shows more than 10 % beyond chance."""
        if self._since_ms is None:
            self._since_ms = now_ms
        elapsed_ms = now_ms - self._since_ms
        if elapsed_ms < WINDOW_MS or (self._total < ENOUGH_PACKETS and elapsed_ms < LONG_WINDOW_MS):
            return None
        total, share = self._total, self._lost / max(1, self._total)
        self._lost = self._total = 0
        self._since_ms = now_ms
        if total == 0:
            return None
        self.fraction += SMOOTHING * (share - self.fraction)
        certain = share - CHANCE * (share * (1 - share) / total) ** 0.5
        self.may_rise = certain <= LOW
        if certain <= HIGH:
            return None
        self._cut_ms = now_ms
        return share / 2
