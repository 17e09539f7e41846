"""What lines carry: feedback in, estimates up, probes and pacing down; and feedback to publishers."""

from collections.abc import Sequence
from typing import Final

from media.core.bandwidth.reports import PacketReport, SendLog
from media.core.rtcp import Remb
from media.core.twcc import TransportFeedback
from media.plane import PlaneListener
from media.plane_python import reports
from media.plane_python.axis import Axis
from media.plane_python.events import Events
from media.plane_python.fanout import FanOut
from media.plane_python.line import Line, Probe
from media.plane_python.peer import Peer
from media.plane_python.probes import probe_slot, send_padding
from media.plane_python.slot import Slot

TURN_MS: Final = 5.0
MIN_PADDING_SHARE: Final = 0.25
UNASKED: Final = 0.75
"""Part of a round trip after which feedback can tell that a repetition is lost: our measure of it wavers."""


class Congestion:
    """Of all peers; those with a probe under way are visited each turn."""

    def __init__(self, fan_out: FanOut, axis: Axis, events: Events) -> None:
        self._fan_out = fan_out
        self._axis = axis
        self._events = events
        self._probing: set[Peer] = set()
        self.listener: PlaneListener | None = None

    @property
    def is_busy(self) -> bool:
        """Whether there is something to send in the next turn."""
        return bool(self._probing or self._fan_out.holding)

    def set_goal(self, peer: Peer, bitrate_bps: int) -> None:
        peer.goal_bps = bitrate_bps
        if peer.line is not None:
            peer.line.estimator.goal_bps = bitrate_bps
            self._pace(peer, peer.line)

    def forget(self, peer: Peer) -> None:
        self._probing.discard(peer)
        self._fan_out.holding.discard(peer)

    def restart(self, peer: Peer) -> None:
        """New keys: what waits under the old ones is void."""
        self._probing.discard(peer)
        self._fan_out.holding.discard(peer)
        if peer.line is not None:
            peer.line.pacer.forget()
            peer.line.probe = None

    # What subscribers report

    def on_feedback(self, peer: Peer, feedback: TransportFeedback) -> None:
        line = peer.line
        if line is None:
            return
        now_ms = self._axis.now_ms()
        told = line.log.take(feedback)
        if not told:
            return
        line.estimator.on_reports(told, now_ms=now_ms, rtt_ms=peer.round_trip_ms)
        if not line.is_crowded:
            self._resend_unasked(peer, line.log, told, now_ms)
        self._moved(peer, line, now_ms)
        if line.probe is None:
            self._begin_probe(peer, line, now_ms)

    def _resend_unasked(self, peer: Peer, log: SendLog, told: Sequence[PacketReport], now_ms: float) -> None:
        """What feedback told to be lost.

        The request for it may be lost as well, and one for a lost repetition comes late, since a viewer that
        sends nothing does not know the round trip.
        """
        peer.fill_repairs(now_ms)
        for report in told:
            flow = None if report.arrival_ms is not None else log.flows[report.number & log.MASK]
            if (
                isinstance(flow, Slot)
                and peer.slots.get(flow.spec.mid) is flow
                and flow.spec.rtx_ssrc is not None
            ):
                sequence = log.sequences[report.number & log.MASK]
                self._fan_out.resend(sequence, flow, now_ms=now_ms, round_trips=UNASKED)

    def on_receiver_estimate(self, peer: Peer, packet: Remb) -> None:
        """REMB, from those who know nothing else."""
        if not any(ssrc in peer.slots_by_ssrc for ssrc in packet.ssrcs):
            return
        line = peer.line
        if line is None:
            line = peer.line = Line(peer.goal_bps)
        now_ms = self._axis.now_ms()
        if line.estimator.on_receiver_estimate(packet.bitrate_bps, now_ms=now_ms):
            lost = max(slot.fraction_lost for slot in peer.slots.values())
            self._tell(peer, line, now_ms, lost)

    def _moved(self, peer: Peer, line: Line, now_ms: float) -> None:
        self._pace(peer, line)
        self._tell(peer, line, now_ms)

    def _tell(self, peer: Peer, line: Line, now_ms: float, fraction_lost: float | None = None) -> None:
        estimate = line.estimate_due(now_ms, peer.rtt_ms, fraction_lost)
        if estimate is not None and self.listener is not None:
            self._events.emit(self.listener.on_estimate, peer.id, estimate)

    def _pace(self, peer: Peer, line: Line) -> None:
        """Video waits its turn while the line carries less than is wanted of it."""
        line.pacer.set_line(line.estimator.bitrate_bps)
        pacer = line.pacer if line.estimator.is_limited else None
        if pacer is None and line.pacer.is_holding:
            self._fan_out.release(peer, everything=True)
        for slot in peer.slots.values():
            slot.pacer = pacer if slot.is_video and slot.pace is None else None

    # Probes and turns

    def _begin_probe(self, peer: Peer, line: Line, now_ms: float) -> None:
        plan = line.estimator.next_probe(now_ms)
        if plan is None or probe_slot(peer) is None:
            return
        padding_bps = plan.bitrate_bps - (line.estimator.acknowledged_bps or 0.0)
        line.probe = Probe(plan, now_ms, max(padding_bps, MIN_PADDING_SHARE * plan.bitrate_bps))
        line.estimator.probe_began(plan, line.log.next_number, now_ms)
        self._probing.add(peer)
        self._continue_probe(peer, now_ms)

    def turn(self) -> None:
        """Each few milliseconds while busy: what waited and may go, and the next piece of each probe."""
        for peer in list(self._fan_out.holding):
            self._fan_out.release(peer)
        now_ms = self._axis.now_ms()
        for peer in list(self._probing):
            self._continue_probe(peer, now_ms)

    def _continue_probe(self, peer: Peer, now_ms: float) -> None:
        line = peer.line
        if line is None or line.probe is None:
            self._probing.discard(peer)
            return
        probe, slot = line.probe, probe_slot(peer)
        if slot is not None:
            probe.octets += send_padding(self._fan_out, slot, probe.owed(now_ms, TURN_MS))
        if slot is None or probe.is_over(now_ms):
            line.estimator.probe_ended(line.log.next_number - 1)
            line.probe = None
            self._probing.discard(peer)

    # What publishers are told

    def tell_publisher(self, peer: Peer) -> None:
        """How the peer's packets arrived since it was last told."""
        if peer.arrivals is None:
            return
        for feedback in peer.arrivals.take(peer.rtcp_ssrc):
            self._fan_out.send_rtcp(peer, reports.feedback_compound(peer, feedback))
