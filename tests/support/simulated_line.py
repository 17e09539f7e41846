"""A line on paper: a bottleneck with a queue, a delay and loss, and a sender who follows its estimate."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from media.core.bandwidth.estimator import BandwidthEstimator
from media.core.bandwidth.probing import ProbePlan
from media.core.bandwidth.reports import SendLog
from media.core.twcc import TransportFeedback, make_feedback

PACKET_OCTETS = 1200
PADDING_OCTETS = 260
STEP_MS = 5.0


@dataclass
class Line:
    """`rate_bps` by time in ms; what would wait longer than `queue_ms` is lost, and a share at random."""

    rate_bps: Callable[[float], float]
    delay_ms: float = 25.0
    queue_ms: float = 250.0
    loss: float = 0.0
    seed: int = 1
    busy_until_ms: float = 0.0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def arrival_ms(self, octets: int, now_ms: float) -> float | None:
        """When a packet sent now arrives; None: never."""
        start = max(self.busy_until_ms, now_ms)
        if start - now_ms > self.queue_ms or self._random.random() < self.loss:
            return None
        self.busy_until_ms = start + octets * 8000 / self.rate_bps(now_ms)
        return self.busy_until_ms + self.delay_ms


@dataclass
class Feedback:
    """One feedback packet as it reaches the sender."""

    at_ms: float
    packet: TransportFeedback


@dataclass
class Run:
    """What a sender did on a line: all sent, all fed back, and the estimate after each feedback."""

    sent: list[tuple[float, int, int]] = field(default_factory=list)
    feedbacks: list[Feedback] = field(default_factory=list)
    estimates: list[tuple[float, int]] = field(default_factory=list)
    probes: list[tuple[float, int, int, float]] = field(default_factory=list)
    """(ms, first number, last number, bits a second)."""

    def mean(self, from_ms: float, to_ms: float) -> float:
        """The mean estimate between two moments."""
        values = [bps for at_ms, bps in self.estimates if from_ms <= at_ms < to_ms]
        return sum(values) / len(values)


class Sender:
    """Sends at its estimate, at most at its goal, in packets of one size; probes when asked to."""

    def __init__(self, line: Line, *, goal_bps: float, feedback_every_ms: float = 60.0) -> None:
        self.line = line
        self.estimator = BandwidthEstimator()
        self.estimator.goal_bps = goal_bps
        self.log = SendLog()
        self.run = Run()
        self.goal_bps = goal_bps
        self._every_ms = feedback_every_ms
        self._owed = 0.0
        self._probe: tuple[ProbePlan, float, float] | None = None
        self._arrived: list[tuple[float, int]] = []
        self._told = 0
        self._waiting: list[Feedback] = []
        self._number = 0
        self._first = 0

    def until(self, end_ms: float, start_ms: float = 0.0) -> Run:
        now_ms = start_ms
        while now_ms < end_ms:
            self._hear(now_ms)
            self._send_due(now_ms)
            self._probe_due(now_ms)
            if now_ms % self._every_ms < STEP_MS:
                self._feed_back(now_ms)
            now_ms += STEP_MS
        return self.run

    def _hear(self, now_ms: float) -> None:
        while self._waiting and self._waiting[0].at_ms <= now_ms:
            feedback = self._waiting.pop(0)
            rtt_ms = 2 * self.line.delay_ms
            self.estimator.on_reports(self.log.take(feedback.packet), now_ms=now_ms, rtt_ms=rtt_ms)
            self.run.feedbacks.append(Feedback(now_ms, feedback.packet))
            self.run.estimates.append((now_ms, self.estimator.bitrate_bps))

    def _send_due(self, now_ms: float) -> None:
        self._owed += min(self.estimator.bitrate_bps, self.goal_bps) * STEP_MS / 8000
        while self._owed >= PACKET_OCTETS:
            self._owed -= PACKET_OCTETS
            self._send(PACKET_OCTETS, now_ms)

    def _send(self, octets: int, now_ms: float) -> None:
        number = self.log.sent(octets, now_ms)
        self.run.sent.append((now_ms, octets, number & 0xFFFF))
        arrival_ms = self.line.arrival_ms(octets, now_ms)
        if arrival_ms is not None:
            self._arrived.append((arrival_ms, number))

    def _probe_due(self, now_ms: float) -> None:
        if self._probe is None:
            plan = self.estimator.next_probe(now_ms)
            if plan is None:
                return
            self.estimator.probe_began(plan, self.log.next_number, now_ms)
            self._probe = plan, now_ms, 0.0
            self._first = self.log.next_number
        plan, began_ms, sent = self._probe
        padding_bps = plan.bitrate_bps - (self.estimator.acknowledged_bps or 0.0)
        owed = max(plan.bitrate_bps / 4, padding_bps) * (now_ms - began_ms + STEP_MS) / 8000
        while sent < owed:
            self._send(PADDING_OCTETS, now_ms)
            sent += PADDING_OCTETS
        self._probe = plan, began_ms, sent
        if now_ms - began_ms >= plan.duration_ms:
            last = self.log.next_number - 1
            self.estimator.probe_ended(last)
            self.run.probes.append((began_ms, self._first, last, plan.bitrate_bps))
            self._probe = None

    def _feed_back(self, now_ms: float) -> None:
        """The receiver tells what came since it last told."""
        come = sorted((number, at_ms) for at_ms, number in self._arrived if at_ms <= now_ms)
        self._arrived = [(at_ms, number) for at_ms, number in self._arrived if at_ms > now_ms]
        come = [(number, at_ms) for number, at_ms in come if number > self._told]
        while come:
            made, held = make_feedback(
                1,
                2,
                self._number,
                [(number & 0xFFFF, at_ms) for number, at_ms in come],
                base=(self._told + 1) & 0xFFFF,  # what was lost between two feedbacks is told by the later
            )
            self._told, come = come[held - 1][0], come[held:]
            self._number += 1
            self._waiting.append(Feedback(now_ms + self.line.delay_ms, made))
