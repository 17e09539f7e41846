"""The whole way down to one viewer on paper: sources in layers, allocation, pacing, estimate, and a line that changes.

Everything that decides is the product's own; only packets, the line and time are played, so that what is seen is
the work of the decisions and never that of a busy machine.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from media.allocation.allocate import cost_bps
from media.allocation.belief import Belief
from media.allocation.contracts import CONTRACTS
from media.allocation.demand import Demand, Layer
from media.allocation.glimpses import fallen_to_glimpses, glimpses_bps, may_fall
from media.allocation.steady import USABLE, Steady, goal_bps
from media.core.bandwidth.probing import ProbePlan
from media.core.glimpses import EVERY_MS, GlimpsePace
from media.core.pacing import Pacer
from media.core.twcc import make_feedback
from media.plane_python.line import Line as PeerLine
from platform_api.kernel.rooms import Source
from tests.support.simulated_line import PADDING_OCTETS, Feedback, Line

STEP_MS: Final = 5.0
TURN_MS: Final = 500.0
FEEDBACK_MS: Final = 60.0
KEYFRAME_MS: Final = 80.0
"""From asking for a layer to its keyframe: a round trip to the publisher, and its encoder."""
KEYFRAME_SIZE: Final = 3.0
PACKET_OCTETS: Final = 1200
LOSS_SEEN_MS: Final = 20.0
GIVEN_UP_MS: Final = 600.0


@dataclass(frozen=True)
class Track:
    """A source as its publisher sends it: `layers` the lowest first, bit/s each; `shown` in pixels at the viewer.

    `keyframe`: how many times as large as others a keyframe is.
    """

    source: Source
    layers: Sequence[int]
    fps: float
    shown: tuple[int, int] | None = None
    keyframe: float = KEYFRAME_SIZE


@dataclass
class Seen:
    """When each frame of a track could be shown, and of which level it was (1 the lowest)."""

    frames: list[tuple[float, int]] = field(default_factory=list)

    def a_second(self, from_ms: float, to_ms: float) -> float:
        """Frames a second between two moments."""
        return sum(from_ms <= at_ms < to_ms for at_ms, _ in self.frames) * 1000 / (to_ms - from_ms)

    def longest_gap_ms(self, from_ms: float, to_ms: float) -> float:
        """The longest time without a new frame between two moments."""
        at = [from_ms, *(ms for ms, _ in self.frames if from_ms <= ms < to_ms), to_ms]
        return max(after - before for before, after in pairwise(at))

    def last_before(self, to_ms: float) -> float:
        return max((ms for ms, _ in self.frames if ms < to_ms), default=float("-inf"))

    def first_after(self, from_ms: float, level: int = 1) -> float:
        """When the first frame of at least this level came."""
        return min((ms for ms, at in self.frames if ms >= from_ms and at >= level), default=float("inf"))


@dataclass
class _Frame:
    level: int
    is_key: bool
    missing: int
    made_ms: float
    whole_ms: float = 0.0


@dataclass
class _Packet:
    flow: str
    frame: _Frame | None
    octets: int
    made_ms: float


@dataclass
class _Flow:
    track: Track
    level: int = 0
    target: int = 0
    due_ms: float = 0.0
    key_ms: float | None = None
    frames: list[_Frame] = field(default_factory=list)
    pace: GlimpsePace | None = None
    glimpse: list[_Packet] = field(default_factory=list)
    next_key_ms: float = 0.0

    @property
    def is_voice(self) -> bool:
        return self.track.source is Source.VOICE

    @property
    def rank(self) -> int:
        return CONTRACTS[self.track.source].rank


class PromisedLine:
    """One viewer who wants all tracks as good as they may be, over a line."""

    def __init__(self, line: Line, tracks: Mapping[str, Track]) -> None:
        self._line = line
        self._flows = {name: _Flow(track) for name, track in tracks.items()}
        self._peer = PeerLine(0)
        self._pacer: Pacer[_Packet] = self._peer.pacer  # type: ignore[assignment]  # packets on paper
        self._belief, self._steady = Belief(), Steady()
        self._under_way: dict[int, _Packet] = {}
        self._arriving: list[tuple[float, int]] = []
        self._lost: list[tuple[float, _Packet]] = []
        self._told = self._feedbacks = 0
        self._waiting: list[Feedback] = []
        self._probe: tuple[ProbePlan, float, float] | None = None
        self._levels: dict[str, int] = {}
        self._wanted: list[Demand] = self._demands()
        self.seen = {name: Seen() for name in tracks}
        self.levels: list[tuple[float, dict[str, int]]] = []
        self.estimates: list[tuple[float, int, float]] = []

    def run(self, end_ms: float) -> None:
        """From 0 to `end_ms` in steps of 5 ms."""
        self._settle(0.0)
        for step in range(round(end_ms / STEP_MS)):
            now_ms = step * STEP_MS
            self._hear(now_ms)
            if now_ms % TURN_MS == 0:
                self._settle(now_ms)
            self._emit(now_ms)
            self._leave(now_ms)
            self._probe_due(now_ms)
            if now_ms % FEEDBACK_MS == 0:
                self._feed_back(now_ms)
            self._show(now_ms)

    # What is decided

    def _demands(self) -> list[Demand]:
        return [
            Demand(
                publication=name,
                source=flow.track.source,
                layers=tuple(Layer(rid=str(at), bitrate_bps=bps) for at, bps in enumerate(flow.track.layers)),
                shown=flow.track.shown,
            )
            for name, flow in self._flows.items()
        ]

    def _settle(self, now_ms: float) -> None:
        by_name = {one.publication: one for one in self._wanted}
        fallen = fallen_to_glimpses(by_name, self._levels)
        demands = self._wanted = may_fall(self._demands(), self._belief.filled_bps, fallen)
        self._levels = self._steady.settle(demands, self._belief.carried_bps, now_ms / 1000)
        self._peer.estimator.goal_bps = goal_bps(demands)
        now_bps = self.estimates[-1][1] if self.estimates else 0
        rate = glimpses_bps(demands, self._levels, min(self._belief.carried_bps or 0, now_bps))
        told = {}
        for demand in demands:
            name, level = demand.publication, demand.place(self._levels[demand.publication])
            flow = self._flows[name]
            if demand.are_glimpses(self._levels[name]):
                self._glimpse(flow, rate, now_ms)
                told[name] = 0
                continue
            told[name], flow.pace = level, None
            if level == flow.target:
                continue
            flow.target = level
            if flow.is_voice or not level:
                flow.level, flow.key_ms = level, None
            else:
                flow.key_ms = now_ms + KEYFRAME_MS
        self.levels.append((now_ms, told))

    @staticmethod
    def _glimpse(flow: _Flow, rate: int, now_ms: float) -> None:
        """Nothing flows but keyframes, the first of them as soon as it is asked for."""
        if flow.pace is None:
            flow.pace, flow.level, flow.target, flow.key_ms = GlimpsePace(rate), 0, 0, None
            flow.next_key_ms = now_ms + KEYFRAME_MS
        flow.pace.bitrate_bps = rate

    def _hear(self, now_ms: float) -> None:
        while self._waiting and self._waiting[0].at_ms <= now_ms:
            feedback = self._waiting.pop(0)
            is_first = not self._peer.estimator.has_feedback
            reports = self._peer.log.take(feedback.packet)
            rtt_ms = 2 * self._line.delay_ms
            self._peer.estimator.on_reports(reports, now_ms=now_ms, rtt_ms=rtt_ms)
            self._peer.pacer.set_line(self._peer.estimator.bitrate_bps)
            estimate = self._peer.estimate_due(now_ms, rtt_ms)
            if estimate is None:
                continue
            self.estimates.append((now_ms, estimate.bitrate_bps, estimate.queue_ms))
            has_risen = self._belief.hear(estimate, now_ms / 1000)
            carried = self._belief.carried_bps
            is_too_much = carried is not None and cost_bps(self._wanted, self._levels) > carried * USABLE
            if is_first or has_risen or is_too_much:
                self._settle(now_ms)

    # What is sent

    def _emit(self, now_ms: float) -> None:
        for name, flow in self._flows.items():
            if flow.pace is not None:
                self._emit_glimpse(name, flow, flow.pace, now_ms)
            if flow.key_ms is not None and now_ms >= flow.key_ms:
                flow.level, flow.key_ms, flow.due_ms = flow.target, None, now_ms
                self._new_frame(name, flow, now_ms, is_key=True)
            while flow.level and flow.due_ms <= now_ms:
                self._new_frame(name, flow, now_ms, is_key=not flow.frames)

    def _emit_glimpse(self, name: str, flow: _Flow, pace: GlimpsePace, now_ms: float) -> None:
        if not flow.glimpse and now_ms >= flow.next_key_ms and pace.is_due(now_ms):
            octets = flow.track.layers[0] / 8 / flow.track.fps * flow.track.keyframe
            count = max(1, round(octets / PACKET_OCTETS))
            frame = _Frame(1, True, count, now_ms)
            flow.frames.append(frame)
            flow.glimpse = [_Packet(name, frame, round(octets / count), now_ms) for _ in range(count)]
            flow.next_key_ms = now_ms + EVERY_MS + KEYFRAME_MS
        while flow.glimpse and pace.is_due(now_ms):
            packet = flow.glimpse.pop()
            self._send(packet, now_ms)
            pace.sent(packet.octets, now_ms, crowded=self._peer.is_crowded)

    def _new_frame(self, name: str, flow: _Flow, now_ms: float, *, is_key: bool) -> None:
        octets = (
            flow.track.layers[flow.level - 1] / 8 / flow.track.fps * (flow.track.keyframe if is_key else 1.0)
        )
        flow.due_ms = max(flow.due_ms, now_ms - STEP_MS) + 1000 / flow.track.fps
        count = max(1, round(octets / PACKET_OCTETS))
        frame = _Frame(flow.level, is_key, count, now_ms)
        flow.frames.append(frame)
        for _ in range(count):
            packet = _Packet(name, frame, round(octets / count), now_ms)
            if flow.is_voice or not self._peer.estimator.is_limited:
                self._peer.pacer.spend(packet.octets)
                self._send(packet, now_ms)
            elif self._pacer.passes(packet.octets, flow.rank, now_ms):
                self._send(packet, now_ms)
            else:
                self._pacer.hold(packet, packet.octets, flow.rank, now_ms)

    def _leave(self, now_ms: float) -> None:
        """What waited for its turn, and repairs of what was seen to be lost."""
        for packet in self._pacer.due(now_ms):
            if self._flows[packet.flow].level:
                self._send(packet, now_ms)
        due = [each for each in self._lost if each[0] <= now_ms]
        self._lost = [each for each in self._lost if each[0] > now_ms]
        for _, packet in due:
            flow = self._flows[packet.flow]
            if now_ms - packet.made_ms < GIVEN_UP_MS:
                self._peer.pacer.spend(packet.octets)
                self._send(packet, now_ms)
            elif flow.level and flow.key_ms is None:
                flow.key_ms = now_ms + KEYFRAME_MS

    def _send(self, packet: _Packet, now_ms: float) -> None:
        number = self._peer.log.sent(packet.octets, now_ms)
        arrival_ms = self._line.arrival_ms(packet.octets, now_ms)
        if arrival_ms is not None:
            self._under_way[number] = packet
            self._arriving.append((arrival_ms, number))
        elif packet.frame is not None and not self._flows[packet.flow].is_voice:
            asked_ms = now_ms + 2 * self._line.delay_ms + LOSS_SEEN_MS
            self._lost.append((asked_ms, packet))

    def _probe_due(self, now_ms: float) -> None:
        estimator = self._peer.estimator
        if self._probe is None:
            plan = estimator.next_probe(now_ms)
            if plan is None:
                return
            estimator.probe_began(plan, self._peer.log.next_number, now_ms)
            self._probe = plan, now_ms, 0.0
        plan, began_ms, sent = self._probe
        padding_bps = max(plan.bitrate_bps / 4, plan.bitrate_bps - (estimator.acknowledged_bps or 0.0))
        while sent < padding_bps * (now_ms - began_ms + STEP_MS) / 8000:
            self._send(_Packet("", None, PADDING_OCTETS, now_ms), now_ms)
            sent += PADDING_OCTETS
        self._probe = plan, began_ms, sent
        if now_ms - began_ms >= plan.duration_ms:
            estimator.probe_ended(self._peer.log.next_number - 1)
            self._probe = None

    # What arrives

    def _feed_back(self, now_ms: float) -> None:
        come = sorted((number, at_ms) for at_ms, number in self._arriving if at_ms <= now_ms)
        self._arriving = [each for each in self._arriving if each[0] > now_ms]
        for number, at_ms in come:
            frame = self._under_way.pop(number).frame
            if frame is not None:
                frame.missing -= 1
                frame.whole_ms = max(frame.whole_ms, at_ms)
        come = [(number, at_ms) for number, at_ms in come if number > self._told]
        while come:
            told = [(number & 0xFFFF, at_ms) for number, at_ms in come]
            made, held = make_feedback(1, 2, self._feedbacks, told, base=(self._told + 1) & 0xFFFF)
            self._told, come = come[held - 1][0], come[held:]
            self._feedbacks += 1
            self._waiting.append(Feedback(now_ms + self._line.delay_ms, made))

    def _show(self, now_ms: float) -> None:
        """Frames in their order; what is broken ends with the next keyframe that is whole."""
        for name, flow in self._flows.items():
            seen = self.seen[name].frames
            if flow.is_voice:  # what is lost of it is made up
                flow.frames = [
                    frame for frame in flow.frames if not frame.missing or now_ms - frame.made_ms < 200
                ]
            for frame in _showable(flow.frames, now_ms):
                at_ms = max(frame.whole_ms, seen[-1][0] if seen else 0.0)
                seen.append((at_ms, frame.level))


def _showable(frames: list[_Frame], now_ms: float) -> Iterator[_Frame]:
    while frames:
        key = next(
            (at for at, frame in enumerate(frames) if frame.is_key and at and frame.missing == 0), None
        )
        if frames[0].missing and key is not None and now_ms - frames[0].made_ms > KEYFRAME_MS:
            del frames[:key]
        if frames[0].missing or frames[0].whole_ms > now_ms:
            return
        yield frames.pop(0)
