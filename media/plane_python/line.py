"""The way down to one peer: what was sent on it, what it carries, and what waits for its turn."""

from typing import TYPE_CHECKING, Final, NamedTuple

from media.core.bandwidth.estimator import BandwidthEstimator
from media.core.bandwidth.probing import ProbePlan
from media.core.bandwidth.reports import SendLog
from media.core.pacing import Pacer
from media.plane import LineEstimate

if TYPE_CHECKING:
    from media.plane_python.slot import Slot

TELL_SHARE: Final = 0.05
TELL_MS: Final = 1_000.0
QUEUE_MS: Final = 30.0
CROWDED_MS: Final = 80.0
"""Packets that wait so long on the way are lost for want of room, not by chance: more would be lost too."""
REPAIRS: Final = 0.5
CROWDED_REPAIRS: Final = 0.2
"""The part of a thin line that is for repairs, and of one whose queue is full."""
TWICE_FROM: Final = 0.02
"""A line that loses so many loses repetitions as well, and each that is lost costs a picture its moment."""
TELL_QUEUE_MS: Final = 50.0
"""While packets wait on the line it is told so often: what must give way is to give way at once."""


class Held(NamedTuple):
    """A packet in plaintext that waits for its turn; `stamp` is the place of its number, 0 for none."""

    slot: "Slot"
    data: bytes
    stamp: int
    sequence: int
    payload_octets: int


class Probe:
    """A probe on its way: padding fills what media leaves of its rate."""

    __slots__ = ("began_ms", "octets", "padding_bps", "plan")

    def __init__(self, plan: ProbePlan, began_ms: float, padding_bps: float) -> None:
        self.plan = plan
        self.began_ms = began_ms
        self.padding_bps = padding_bps
        self.octets = 0

    def owed(self, now_ms: float, turn_ms: float) -> float:
        """Octets of padding to send in this turn."""
        elapsed_ms = min(self.plan.duration_ms, now_ms - self.began_ms + turn_ms)
        return self.padding_bps * elapsed_ms / 8000 - self.octets

    def is_over(self, now_ms: float) -> bool:
        return now_ms - self.began_ms >= self.plan.duration_ms


class Line:
    """One for each peer that reports on its packets."""

    __slots__ = ("_told_bps", "_told_ms", "estimator", "log", "pacer", "probe")

    def __init__(self, goal_bps: int) -> None:
        self.log = SendLog()
        self.estimator = BandwidthEstimator()
        self.estimator.goal_bps = goal_bps
        self.pacer: Pacer[Held] = Pacer()
        self.probe: Probe | None = None
        self._told_bps = 0
        self._told_ms = float("-inf")

    @property
    def is_crowded(self) -> bool:
        return self.estimator.queue_ms >= CROWDED_MS

    @property
    def repairs_bps(self) -> float | None:
        """What repairs may take of a thin line: where packets wait for long, little. None: it is not thin."""
        if not self.estimator.is_limited:
            return None
        return (CROWDED_REPAIRS if self.is_crowded else REPAIRS) * self.estimator.bitrate_bps

    @property
    def repeats_twice(self) -> bool:
        """Whether what is sent again leaves in two copies."""
        return self.estimator.fraction_lost >= TWICE_FROM and not self.is_crowded

    def estimate_due(
        self, now_ms: float, rtt_ms: float | None, fraction_lost: float | None = None
    ) -> LineEstimate | None:
        """What control is to hear now: a change of a twentieth, a queue; else once a second."""
        bitrate_bps = self.estimator.bitrate_bps
        moved = abs(bitrate_bps - self._told_bps) >= TELL_SHARE * self._told_bps
        every_ms = TELL_QUEUE_MS if self.estimator.queue_ms >= QUEUE_MS else TELL_MS
        if not moved and now_ms - self._told_ms < every_ms:
            return None
        self._told_bps, self._told_ms = bitrate_bps, now_ms
        lost = self.estimator.fraction_lost if fraction_lost is None else fraction_lost
        return LineEstimate(bitrate_bps, lost, rtt_ms, self.estimator.queue_ms)
