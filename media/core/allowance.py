"""What one peer may send in: octets that are allowed anew with time (MD-06).

A packet beyond it is dropped. Who goes on for five seconds, never a whole second within it, floods. Far above
what encoders of ours or of a hospital send: a scope's three layers take less than half of one track's share.
"""

from enum import Enum
from typing import Final

TRACK_BPS: Final = 12_000_000
NO_TRACK_BPS: Final = 2_000_000
"""Reports alone come from who publishes nothing."""
BURST_MS: Final = 1_000.0
PACKET_OCTETS: Final = 100
"""A small packet is nearly as much work as a large one."""
CALM_MS: Final = 1_000.0
FLOOD_MS: Final = 5_000.0


class Judged(Enum):
    TAKEN = "taken"
    REFUSED = "refused"
    FLOODS = "floods"
    """As refused, and told once."""


class Allowance:
    """The allowance of one peer; begins full."""

    __slots__ = ("_at_ms", "_is_told", "_over_since_ms", "_refused_ms", "_spent")

    def __init__(self) -> None:
        self._spent = 0.0
        self._at_ms = 0.0
        self._refused_ms = -CALM_MS
        self._over_since_ms = 0.0
        self._is_told = False

    def judge(self, octets: int, tracks: int, now_ms: float) -> Judged:
        """Whether a packet of this size of a peer with so many tracks may go on."""
        octets_a_ms = max(tracks * TRACK_BPS, NO_TRACK_BPS) / 8_000
        spent = max(0.0, self._spent - (now_ms - self._at_ms) * octets_a_ms) + octets + PACKET_OCTETS
        self._at_ms = now_ms
        if spent <= octets_a_ms * BURST_MS:
            self._spent = spent
            return Judged.TAKEN
        self._spent = spent - octets - PACKET_OCTETS
        if now_ms - self._refused_ms >= CALM_MS:
            self._over_since_ms = now_ms
        self._refused_ms = now_ms
        if self._is_told or now_ms - self._over_since_ms < FLOOD_MS:
            return Judged.REFUSED
        self._is_told = True
        return Judged.FLOODS
