"""The estimate of one line: delays, losses and probes together, one call a feedback."""

from collections.abc import Sequence
from typing import Final

from media.core.bandwidth.acknowledged import AcknowledgedRate
from media.core.bandwidth.groups import MAX_JUMP_MS, PacketGroups
from media.core.bandwidth.loss import LossControl
from media.core.bandwidth.overuse import OveruseDetector, Usage
from media.core.bandwidth.probing import (
    DURATION_MS,
    FACTOR,
    FIRST_FACTOR,
    GOAL_FACTOR,
    GREW,
    NEEDY,
    NEEDY_RETRY_MS,
    PASSED,
    RETRY_MS,
    SETTLE_MS,
    ProbePlan,
    ProbeWatch,
)
from media.core.bandwidth.queue_delay import STANDING_QUEUE_MS, QueueDelay
from media.core.bandwidth.rate_control import BETA, MAX_BPS, RateControl
from media.core.bandwidth.reports import PacketReport

START_BPS: Final = 1_000_000.0
DRAIN: Final = 0.9
FULL_QUEUE_MS: Final = 80.0
"""What arrives out of so long a queue is what the line carries, whatever was thought of it."""
REMB_AFTER_MS: Final = 3_000.0
"""So long after the last transport feedback the receiver's own estimate counts."""


class BandwidthEstimator:
    """What a line carries. `goal_bps`: what would be sent if it could be; 0: unknown, and no probes."""

    def __init__(self, *, start_bps: float = START_BPS) -> None:
        self._control = RateControl(start_bps)
        self._groups = PacketGroups()
        self._detector = OveruseDetector()
        self._acknowledged = AcknowledgedRate()
        self._queue = QueueDelay()
        self._loss = LossControl()
        self._probe: ProbeWatch | None = None
        self._probe_due_ms = 0.0
        self._probes = 0
        self._shadow = (0.0, 0.0)
        self._delay_ms = 0.0
        self._was_tried = False
        self._heard_ms: float | None = None
        self.goal_bps = 0.0

    @property
    def bitrate_bps(self) -> int:
        return round(self._control.rate_bps)

    @property
    def fraction_lost(self) -> float:
        return self._loss.fraction

    @property
    def queue_ms(self) -> float:
        return self._queue.queue_ms

    @property
    def usage(self) -> Usage:
        return self._detector.usage

    @property
    def acknowledged_bps(self) -> float | None:
        return self._acknowledged.bitrate_bps

    @property
    def has_feedback(self) -> bool:
        return self._heard_ms is not None

    @property
    def is_limited(self) -> bool:
        """Whether the line is known to carry less than is wanted of it: where we begin is no knowledge."""
        return self._was_tried and self._control.rate_bps < self.goal_bps

    def on_reports(self, reports: Sequence[PacketReport], *, now_ms: float, rtt_ms: float) -> None:
        """What one feedback told; nothing new changes nothing."""
        if not reports:
            return
        self._heard_ms = now_ms
        before_bps = self._control.rate_bps
        was_over = False
        for report in reports:
            if not self._is_probing(report.sent_ms):
                self._loss.add(report.sent_ms, lost=report.arrival_ms is None)
            if report.arrival_ms is not None:
                was_over |= self._on_arrival(report, report.arrival_ms)
        self._finish_probe(reports[-1].number, now_ms)
        acknowledged = self._acknowledged.bitrate_bps
        self._control.update(
            Usage.OVER if was_over else self._detector.usage,
            acknowledged,
            now_ms=now_ms,
            rtt_ms=rtt_ms,
            may_rise=self._loss.may_rise and self.queue_ms < STANDING_QUEUE_MS,
            ceiling_bps=self.goal_bps or MAX_BPS,
        )
        self._apply_loss(acknowledged, now_ms)
        if acknowledged is not None and self._queue.drain_due(now_ms):
            self._control.cut(DRAIN * acknowledged)
        newest = self._acknowledged.newest_bps
        if newest is not None and self.queue_ms >= FULL_QUEUE_MS and newest < DRAIN * self._control.rate_bps:
            self._control.cut(DRAIN * newest)
        self._was_tried |= self._control.rate_bps < before_bps

    def _on_arrival(self, report: PacketReport, arrival_ms: float) -> bool:
        """Whether with this packet the line is used beyond what it carries."""
        delay_ms = arrival_ms - report.sent_ms
        if abs(delay_ms - self._delay_ms) > MAX_JUMP_MS:  # the receiver's clock was set anew
            self._acknowledged, self._queue = AcknowledgedRate(), QueueDelay()
            self._groups.reset()
        self._delay_ms = delay_ms
        self._acknowledged.add(arrival_ms, report.octets)
        if self._probe is not None:
            self._probe.add(report)
        if self._is_probing(report.sent_ms):
            self._groups.reset()
            return False
        self._queue.add(report.sent_ms, arrival_ms)
        delta = self._groups.add(report.sent_ms, arrival_ms)
        return delta is not None and self._detector.add(delta) is Usage.OVER

    def _is_probing(self, sent_ms: float) -> bool:
        """A probe makes a queue on purpose: until that is gone, delay and loss say nothing of the rate."""
        return self._shadow[0] <= sent_ms < self._shadow[1]

    def _apply_loss(self, acknowledged: float | None, now_ms: float) -> None:
        cut = self._loss.due(now_ms)
        if cut is None:
            return
        wanted = self._control.rate_bps * (1 - cut)
        if acknowledged is not None and self.queue_ms > STANDING_QUEUE_MS:
            # The queue is full: what arrives is all there is, and a second may go by until it is empty.
            wanted = acknowledged * min(BETA, max(0.5, 1 - self.queue_ms / 1000))
        self._control.cut(wanted)

    def on_receiver_estimate(self, bitrate_bps: float, *, now_ms: float) -> bool:
        """REMB: taken, and true, where no transport feedback comes."""
        if self._heard_ms is not None and now_ms - self._heard_ms < REMB_AFTER_MS:
            return False
        self._control.rate_bps = min(MAX_BPS, bitrate_bps)
        return True

    # Probes

    def next_probe(self, now_ms: float) -> ProbePlan | None:
        """The probe to send now, if any; the sender says `probe_began` and `probe_ended`."""
        if self._heard_ms is None or now_ms < self._probe_due_ms:
            return None
        if self._probe is not None:
            if self._probe.is_over(0, now_ms):
                self._finish_probe(0, now_ms)
            return None
        rate = self._control.rate_bps
        if rate >= self.goal_bps or self._detector.usage is not Usage.NORMAL:
            return None
        factor = FACTOR if self._probes else FIRST_FACTOR
        return ProbePlan(min(rate * factor, self.goal_bps * GOAL_FACTOR), DURATION_MS)

    def probe_began(self, plan: ProbePlan, first: int, now_ms: float) -> None:
        """The next number to be sent is the probe's first."""
        self._probes += 1
        self._probe = ProbeWatch(plan, first, now_ms)
        self._shadow = now_ms, now_ms + plan.duration_ms + SETTLE_MS

    def probe_ended(self, last: int) -> None:
        if self._probe is not None:
            self._probe.ended(last)

    def _finish_probe(self, newest: int, now_ms: float) -> None:
        probe = self._probe
        if probe is None or not probe.is_over(newest, now_ms):
            return
        self._probe = None
        self._was_tried = True
        result = probe.result_bps()
        passed = result is not None and result >= PASSED * probe.plan.bitrate_bps
        before_bps = self._control.rate_bps
        if result is not None:
            self._control.lift(min(result, max(self.goal_bps, before_bps)))
        has_grown = self._loss.may_rise and self._control.rate_bps >= GREW * before_bps
        is_needy = self._control.rate_bps < NEEDY * self.goal_bps
        retry_ms = NEEDY_RETRY_MS if is_needy else RETRY_MS
        self._probe_due_ms = now_ms + (0.0 if passed or has_grown else retry_ms)
