"""Whole keyframes alone, one after the other: what a line shows that carries nothing more of a picture. Pure.

Time is given, in milliseconds that only grow.
"""

from typing import Final

EVERY_MS: Final = 1_250.0
"""For glimpses' sake no keyframe is asked for sooner after the last one, however many viewers get them."""
ASK_AGAIN_MS: Final = 1_000.0
FRESH_MS: Final = 1_500.0
"""A keyframe that came longer ago is not begun with any more."""
GIVEN_UP_MS: Final = 500.0
"""What a glimpse lacks is waited for so long."""
CROWDED_SHARE: Final = 0.25
"""Part of its rate that is left to it while packets wait long on the line: voices go first."""
SLACK_MS: Final = 20.0


class GlimpsePace:
    """When the next packet of one viewer's glimpses may leave: evenly, at so many bit/s."""

    __slots__ = ("_began_ms", "_due_ms", "bitrate_bps", "every_ms")

    def __init__(self, bitrate_bps: int) -> None:
        self.bitrate_bps = bitrate_bps
        self.every_ms: float | None = None
        self._began_ms: float | None = None
        self._due_ms = float("-inf")

    def began(self, now_ms: float) -> None:
        """A glimpse begins; `every_ms` is how far apart the last ones began."""
        if self._began_ms is not None:
            apart_ms = now_ms - self._began_ms
            self.every_ms = apart_ms if self.every_ms is None else (self.every_ms + apart_ms) / 2
        self._began_ms = now_ms

    def is_due(self, now_ms: float) -> bool:
        return now_ms >= self._due_ms

    def sent(self, octets: int, now_ms: float, *, crowded: bool) -> None:
        """A packet left; a turn that came late is made up for, a long rest is not."""
        rate = self.bitrate_bps * (CROWDED_SHARE if crowded else 1.0)
        self._due_ms = max(self._due_ms, now_ms - SLACK_MS) + octets * 8_000 / max(rate, 1.0)


class GlimpseRequests:
    """When the publisher of a layer is asked for a keyframe because viewers get nothing else."""

    __slots__ = ("_asked_ms",)

    def __init__(self) -> None:
        self._asked_ms = float("-inf")

    def due(self, keyframe_age_ms: float | None, now_ms: float) -> bool:
        """Whether to ask now, the last keyframe being so old (None: there was none); counts it as asked."""
        is_soon = keyframe_age_ms is not None and keyframe_age_ms < EVERY_MS
        if is_soon or now_ms - self._asked_ms < ASK_AGAIN_MS:
            return False
        self._asked_ms = now_ms
        return True
