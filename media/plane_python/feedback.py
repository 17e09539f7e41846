"""RTCP that peers send: reports of what they send, how our slots arrive, and what they miss."""

from typing import Protocol

from media.core import rtcp
from media.core.extensions import ntp_to_unix_ms, unix_ms_to_ntp
from media.core.twcc import TransportFeedback
from media.plane_python.layer import Layer
from media.plane_python.peer import Peer
from media.plane_python.slot import Slot

MAX_RTT_MS = 10_000.0


class FeedbackActions(Protocol):
    """What feedback makes a plane do."""

    def keyframe_wanted(self, layer: Layer) -> None: ...

    def resend(self, slot: Slot, lost: tuple[int, ...]) -> None: ...

    def clock_learnt(self, layer: Layer) -> None: ...

    def layer_began(self, layer: Layer) -> None: ...

    def packets_reported(self, peer: Peer, feedback: TransportFeedback) -> None: ...

    def estimate_received(self, peer: Peer, estimate: rtcp.Remb) -> None: ...


def handle(peer: Peer, packets: list[rtcp.Packet], actions: FeedbackActions, wall_ms: float) -> None:
    """Does what the packets of one compound say; what names no slot or layer of this peer is ignored."""
    for packet in packets:
        match packet:
            case rtcp.SenderReport():
                _on_sender_report(peer, packet, actions, wall_ms)
                _on_blocks(peer, packet.blocks, wall_ms)
            case rtcp.ReceiverReport():
                _on_blocks(peer, packet.blocks, wall_ms)
            case rtcp.Nack():
                slot = peer.slots_by_ssrc.get(packet.media_ssrc)
                if slot is not None:
                    actions.resend(slot, packet.lost)
            case rtcp.Pli():
                _on_refresh(peer, packet.media_ssrc, actions)
            case rtcp.Fir():
                for ssrc, _ in packet.requests:
                    _on_refresh(peer, ssrc, actions)
            case TransportFeedback():
                actions.packets_reported(peer, packet)
            case rtcp.Remb():
                actions.estimate_received(peer, packet)
            case rtcp.SourceDescription() | rtcp.Bye() | rtcp.Unknown():
                pass


def _on_sender_report(
    peer: Peer, report: rtcp.SenderReport, actions: FeedbackActions, wall_ms: float
) -> None:
    flow = peer.flows.get(report.ssrc)
    if flow is None or flow.layer is None or flow.is_rtx or flow.layer.ssrc != report.ssrc:
        return
    layer = flow.layer
    sender_ms = ntp_to_unix_ms(report.ntp)
    layer.last_report = (report.ntp >> 16 & 0xFFFFFFFF, wall_ms)
    layer.clock.on_report(report.rtp_timestamp, sender_ms)
    peer.sender_clock.on_report(sender_ms, wall_ms)
    actions.clock_learnt(layer)


def _on_blocks(peer: Peer, blocks: tuple[rtcp.ReportBlock, ...], wall_ms: float) -> None:
    for block in blocks:
        slot = peer.slots_by_ssrc.get(block.ssrc)
        if slot is None:
            continue
        slot.fraction_lost = block.fraction_lost / 256
        if block.last_sender_report:
            now = unix_ms_to_ntp(wall_ms) >> 16 & 0xFFFFFFFF
            ticks = (now - block.last_sender_report - block.delay) & 0xFFFFFFFF
            rtt_ms = ticks * 1000 / 65536
            if rtt_ms < MAX_RTT_MS:
                slot.rtt_ms = peer.rtt_ms = rtt_ms


def _on_refresh(peer: Peer, ssrc: int, actions: FeedbackActions) -> None:
    slot = peer.slots_by_ssrc.get(ssrc)
    if slot is None:
        return
    # Who gets keyframes alone has the next one soon: it is not asked for at everybody's cost.
    layer = slot.target or (slot.layer if slot.pace is None else None)
    if layer is not None:
        actions.keyframe_wanted(layer)
