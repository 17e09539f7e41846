"""Whether a line is as thin as it is estimated: an estimate falls also where only a processor was late."""

from typing import Final

from media.plane import LineEstimate

STANDING_MS: Final = 60.0
LASTS_S: Final = 0.4
"""A queue of a line that carries too little stands; one that a busy machine makes comes and goes."""
GROWS_S: Final = 0.1
GROWS_MS: Final = 5.0
"""One that grows with each word for so long is that of a line which has just become too thin."""
HEARD_S: Final = 0.15
LONG_MS: Final = 300.0
LOSSY: Final = 0.05


class Belief:
    """What a line is held to carry, bit/s; None: as much as is wanted, until the contrary is seen.

    An estimate below it counts once packets are seen to wait for long, ever longer, or to be lost; one above
    it at once.
    """

    def __init__(self) -> None:
        self.carried_bps: int | None = None
        self._stands_since_s: float | None = None
        self._grows_since_s: float | None = None
        self._heard = (float("-inf"), float("inf"))

    def hear(self, estimate: LineEstimate, now_s: float) -> bool:
        """Takes the plane's word of now; gives whether the line is held to carry more than before."""
        before_bps = self.carried_bps
        if self._is_shown(estimate, now_s):
            self.carried_bps = estimate.bitrate_bps
        elif self.carried_bps is not None:
            self.carried_bps = max(self.carried_bps, estimate.bitrate_bps)
        return before_bps is not None and self.carried_bps is not None and self.carried_bps > before_bps

    def _is_shown(self, estimate: LineEstimate, now_s: float) -> bool:
        if estimate.queue_ms < STANDING_MS:
            self._stands_since_s = None
        elif self._stands_since_s is None:
            self._stands_since_s = now_s
        lasts = self._stands_since_s is not None and now_s - self._stands_since_s >= LASTS_S
        grows = self._grows(estimate.queue_ms, now_s) and estimate.queue_ms >= STANDING_MS
        return lasts or grows or estimate.queue_ms >= LONG_MS or estimate.fraction_lost >= LOSSY

    def _grows(self, queue_ms: float, now_s: float) -> bool:
        """Whether the queue has become longer with each of several words that followed each other closely."""
        (before_s, before_ms), self._heard = self._heard, (now_s, queue_ms)
        if queue_ms < before_ms + GROWS_MS:
            self._grows_since_s = None
        elif self._grows_since_s is None or now_s - before_s > HEARD_S:
            self._grows_since_s = now_s
        return self._grows_since_s is not None and now_s - self._grows_since_s >= GROWS_S
