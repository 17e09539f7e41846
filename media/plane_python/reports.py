"""RTCP that the plane makes: RR, REMB and SDES to publishers, SR and SDES to subscribers (RFC 3550 6.4)."""

from itertools import islice
from typing import Final

from media.core import rtcp
from media.core.extensions import unix_ms_to_ntp
from media.plane_python.layer import Layer
from media.plane_python.peer import Peer
from media.plane_python.slot import Slot

CNAME: Final = "scopecast"
RECEIVE_BPS: Final = 8_000_000
"""What we tell publishers that we can take, where they do not measure it themselves."""
MAX_BLOCKS: Final = 31
SLOTS_A_COMPOUND: Final = 12


def feedback_compound(peer: Peer, packet: rtcp.Packet) -> bytes:
    """A request to a publisher as a full compound, for those who know no reduced size (RFC 4585 3.1)."""
    return rtcp.write_compound(
        [
            rtcp.ReceiverReport(peer.rtcp_ssrc),
            rtcp.SourceDescription(((peer.rtcp_ssrc, CNAME),)),
            packet,
        ]
    )


def layers_of(peer: Peer) -> list[Layer]:
    return [layer for publication in peer.tracks.values() for layer in publication.layers.values()]


def compounds_for(peer: Peer, wall_ms: float) -> list[bytes]:
    """What is due to a peer once a second, each short enough for one datagram."""
    compounds = []
    layers = layers_of(peer)
    if layers:
        compounds.append(_receiver_report(peer, layers, wall_ms))
    senders = [slot for slot in peer.slots.values() if slot.layer is not None and slot.packets]
    rest = iter(senders)
    while batch := list(islice(rest, SLOTS_A_COMPOUND)):
        reports = [report for slot in batch if (report := _sender_report(slot, wall_ms)) is not None]
        if reports:
            names = rtcp.SourceDescription(tuple((report.ssrc, CNAME) for report in reports))
            compounds.append(rtcp.write_compound([*reports, names]))
    return compounds


def _receiver_report(peer: Peer, layers: list[Layer], wall_ms: float) -> bytes:
    blocks = tuple(_block(layer, wall_ms) for layer in layers[:MAX_BLOCKS])
    packets: list[rtcp.Packet] = [
        rtcp.ReceiverReport(peer.rtcp_ssrc, blocks),
        rtcp.SourceDescription(((peer.rtcp_ssrc, CNAME),)),
    ]
    if estimate := remb(peer, layers):
        packets.append(estimate)
    return rtcp.write_compound(packets)


def remb(peer: Peer, layers: list[Layer]) -> rtcp.Remb | None:
    """How much a publisher may send on its video together; None where it sends none.

    Who hears how each packet arrives knows better by itself (transport-wide feedback).
    """
    if any(layer.publication.spec.extensions.transport_cc is not None for layer in layers):
        return None
    ssrcs = tuple(layer.ssrc for layer in layers if layer.is_video)
    return rtcp.Remb(peer.rtcp_ssrc, RECEIVE_BPS, ssrcs) if ssrcs else None


def _block(layer: Layer, wall_ms: float) -> rtcp.ReportBlock:
    figures = layer.reception.report()
    last, delay = 0, 0
    if layer.last_report is not None:
        last, heard_ms = layer.last_report
        delay = max(0, round((wall_ms - heard_ms) * 65.536))
    return rtcp.ReportBlock(
        ssrc=layer.ssrc,
        fraction_lost=figures.fraction_lost,
        cumulative_lost=figures.cumulative_lost,
        highest_sequence=figures.highest_sequence,
        jitter=figures.jitter,
        last_sender_report=last,
        delay=delay,
    )


def _sender_report(slot: Slot, wall_ms: float) -> rtcp.SenderReport | None:
    """NTP is the server's wall clock, so that all flows to all browsers share one axis."""
    point = slot.clock_point()
    if point is None:
        return None
    elapsed = round((wall_ms - point.capture_ms) * point.clock_rate / 1000)
    return rtcp.SenderReport(
        ssrc=slot.ssrc,
        ntp=unix_ms_to_ntp(wall_ms),
        rtp_timestamp=(point.rtp_timestamp + elapsed) & 0xFFFFFFFF,
        packets=slot.packets & 0xFFFFFFFF,
        octets=slot.octets & 0xFFFFFFFF,
    )
