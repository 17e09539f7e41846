"""Short bursts above the present rate, which show whether the line carries more."""

from dataclasses import dataclass

from media.core.bandwidth.reports import PacketReport

FIRST_FACTOR = 3.0
FACTOR = 2.0
GOAL_FACTOR = 1.1
DURATION_MS = 25.0
MIN_PACKETS = 5
RETRY_MS = 2_000.0
NEEDY_RETRY_MS = 750.0
NEEDY = 0.5
"""A line of less than half of what is wanted is asked more often: pictures wait for it to widen."""
TIMEOUT_MS = 1_000.0
SETTLE_MS = 120.0
MIN_RECEIVED = 0.6
MAX_RATIO = 2.0
FULL_BELOW = 0.9
USE_OF_FULL = 0.95
PASSED = 0.8
GREW = 1.2
"""A probe that raised the rate by so much is followed at once, though it did not get through whole."""


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """Send everything of the next `duration_ms` at `bitrate_bps`, filled up with padding or repeats."""

    bitrate_bps: float
    duration_ms: float


class ProbeWatch:
    """One probe under way: its numbers, and what came of them."""

    __slots__ = ("_arrived", "_first", "_last", "plan", "sent_ms")

    def __init__(self, plan: ProbePlan, first: int, sent_ms: float) -> None:
        self.plan = plan
        self.sent_ms = sent_ms
        self._first = first
        self._last: int | None = None
        self._arrived: list[PacketReport] = []

    def ended(self, last: int) -> None:
        """The last packet of the probe has left."""
        self._last = last

    def add(self, report: PacketReport) -> None:
        if report.number >= self._first and (self._last is None or report.number <= self._last):
            self._arrived.append(report)

    def is_over(self, newest: int, now_ms: float) -> bool:
        told = self._last is not None and newest >= self._last
        return told or now_ms - self.sent_ms > TIMEOUT_MS

    def result_bps(self) -> float | None:
        """What the line carried; None where too little came to tell."""
        arrived = self._arrived
        if self._last is None or len(arrived) < max(
            MIN_PACKETS, (self._last - self._first + 1) * MIN_RECEIVED
        ):
            return None
        octets = sum(report.octets for report in arrived)
        sent_first = min(arrived, key=lambda report: report.sent_ms)
        sent_last = max(arrived, key=lambda report: (report.sent_ms, report.number))
        at = [(report.arrival_ms or 0.0, report.octets) for report in arrived]
        came_first, came_last = min(at), max(at)
        sent_ms = sent_last.sent_ms - sent_first.sent_ms
        came_ms = came_last[0] - came_first[0]
        if not (0 < sent_ms < TIMEOUT_MS and 0 < came_ms < TIMEOUT_MS):
            return None
        sent_bps = (octets - sent_last.octets) * 8000 / sent_ms
        came_bps = (octets - came_first[1]) * 8000 / came_ms
        if came_bps > MAX_RATIO * sent_bps:
            return None
        return USE_OF_FULL * came_bps if came_bps < FULL_BELOW * sent_bps else min(sent_bps, came_bps)
