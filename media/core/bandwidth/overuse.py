"""Whether queues on the way grow: the slope of the delay, and a threshold that adapts (gcc-02 5.3, 5.4)."""

from collections import deque
from enum import StrEnum

from media.core.bandwidth.groups import Delta

WINDOW = 20
SMOOTHING = 0.9
GAIN = 4.0
MAX_DELTAS = 60
K_UP = 0.01
K_DOWN = 0.00018
FIRST_THRESHOLD_MS = 12.5
MIN_THRESHOLD_MS = 6.0
MAX_THRESHOLD_MS = 600.0
OUTLIER_MS = 15.0
OVERUSE_MS = 10.0
MAX_STEP_MS = 100.0


class Usage(StrEnum):
    """What the line is given, measured by what it can carry."""

    NORMAL = "normal"
    OVER = "over"
    UNDER = "under"


class Trendline:
    """The slope of the smoothed one-way delay over the last groups, in ms a ms."""

    __slots__ = ("_delay_ms", "_points", "_smoothed_ms", "_zero_ms", "deltas", "slope")

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque(maxlen=WINDOW)
        self._zero_ms: float | None = None
        self._delay_ms = 0.0
        self._smoothed_ms = 0.0
        self.deltas = 0
        self.slope = 0.0

    def add(self, delta: Delta) -> float:
        """The slope with this group; 0 until the window is full."""
        if self._zero_ms is None:
            self._zero_ms = delta.at_ms
        self.deltas = min(self.deltas + 1, MAX_DELTAS)
        self._delay_ms += delta.arrival_ms - delta.sent_ms
        self._smoothed_ms = SMOOTHING * self._smoothed_ms + (1 - SMOOTHING) * self._delay_ms
        self._points.append((delta.at_ms - self._zero_ms, self._smoothed_ms))
        if len(self._points) == WINDOW:
            self.slope = self._fit()
        return self.slope

    def _fit(self) -> float:
        """Least squares; the slope before where all points have one time."""
        mean_x = sum(x for x, _ in self._points) / WINDOW
        mean_y = sum(y for _, y in self._points) / WINDOW
        above = below = 0.0
        for x, y in self._points:
            above += (x - mean_x) * (y - mean_y)
            below += (x - mean_x) ** 2
        return above / below if below else self.slope


class OveruseDetector:
    """Over use is a slope above the threshold for longer than 10 ms and not falling."""

    __slots__ = ("_last_ms", "_over_count", "_over_ms", "_slope_before", "threshold_ms", "trend", "usage")

    def __init__(self) -> None:
        self.trend = Trendline()
        self.threshold_ms = FIRST_THRESHOLD_MS
        self.usage = Usage.NORMAL
        self._over_ms: float | None = None
        self._over_count = 0
        self._slope_before = 0.0
        self._last_ms: float | None = None

    def add(self, delta: Delta) -> Usage:
        slope = self.trend.add(delta)
        if self.trend.deltas >= 2:
            self._judge(slope, delta)
        return self.usage

    def _judge(self, slope: float, delta: Delta) -> None:
        offset_ms = self.trend.deltas * slope * GAIN
        if offset_ms > self.threshold_ms:
            self._over_ms = delta.sent_ms / 2 if self._over_ms is None else self._over_ms + delta.sent_ms
            self._over_count += 1
            if self._over_ms > OVERUSE_MS and self._over_count > 1 and slope >= self._slope_before:
                self._over_ms, self._over_count = 0.0, 0
                self.usage = Usage.OVER
        else:
            self._over_ms, self._over_count = None, 0
            self.usage = Usage.UNDER if offset_ms < -self.threshold_ms else Usage.NORMAL
        self._slope_before = slope
        self._adapt(abs(offset_ms), delta.at_ms)

    def _adapt(self, offset_ms: float, at_ms: float) -> None:
        """The threshold follows what is usual, faster upwards; sudden peaks do not count as usual."""
        step_ms = 0.0 if self._last_ms is None else min(max(0.0, at_ms - self._last_ms), MAX_STEP_MS)
        self._last_ms = at_ms
        if offset_ms > self.threshold_ms + OUTLIER_MS:
            return
        k = K_DOWN if offset_ms < self.threshold_ms else K_UP
        moved = self.threshold_ms + k * (offset_ms - self.threshold_ms) * step_ms
        self.threshold_ms = min(MAX_THRESHOLD_MS, max(MIN_THRESHOLD_MS, moved))
