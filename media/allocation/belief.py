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
TORN: Final = 0.4
"""No line loses so many by chance: it drops what is too much instead of letting it wait."""


class Belief:
    """What a line is held to carry, bit/s; None: as much as is wanted, until the contrary is seen.

    An estimate below it counts once packets are seen to wait for long, ever longer, or to be lost; one above
    it at once. `filled_bps` is the same of lines alone that were seen to be full: of one that loses packets
    by chance an estimate says less.
    """

    def __init__(self) -> None:
        self.carried_bps: int | None = None
        self.filled_bps: int | None = None
        self._stands_since_s: float | None = None
        self._grows_since_s: float | None = None
        self._heard = (float("-inf"), float("inf"))

    def hear(self, estimate: LineEstimate, now_s: float) -> bool:
        """Takes the plane's word of now; gives whether the line is held to carry more than before."""
        before_bps = self.carried_bps
        is_full = self._is_full(estimate, now_s)
        self.filled_bps = _heard(self.filled_bps, estimate.bitrate_bps, is_shown=is_full)
        is_shown = is_full or estimate.fraction_lost >= LOSSY
        self.carried_bps = _heard(self.carried_bps, estimate.bitrate_bps, is_shown=is_shown)
        return before_bps is not None and self.carried_bps is not None and self.carried_bps > before_bps

    def _is_full(self, estimate: LineEstimate, now_s: float) -> bool:
        if estimate.queue_ms < STANDING_MS:
            self._stands_since_s = None
        elif self._stands_since_s is None:
            self._stands_since_s = now_s
        lasts = self._stands_since_s is not None and now_s - self._stands_since_s >= LASTS_S
        grows = self._grows(estimate.queue_ms, now_s) and estimate.queue_ms >= STANDING_MS
        return lasts or grows or estimate.queue_ms >= LONG_MS or estimate.fraction_lost >= TORN

    def _grows(self, queue_ms: float, now_s: float) -> bool:
        """Whether the queue has become longer with each of several words that followed each other closely."""
        (before_s, before_ms), self._heard = self._heard, (now_s, queue_ms)
        if queue_ms < before_ms + GROWS_MS:
            self._grows_since_s = None
        elif self._grows_since_s is None or now_s - before_s > HEARD_S:
            self._grows_since_s = now_s
        return self._grows_since_s is not None and now_s - self._grows_since_s >= GROWS_S


def _heard(before_bps: int | None, bitrate_bps: int, *, is_shown: bool) -> int | None:
    if is_shown:
        return bitrate_bps
    return None if before_bps is None else max(before_bps, bitrate_bps)
