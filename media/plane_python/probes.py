"""What fills a probe: the newest packets once more, or padding, on a slot's RTX flow."""

from typing import Final, cast

from media.core.extensions import encode_block
from media.core.packet import stamp_offset
from media.core.rtp import build_packet
from media.plane_python.fanout import FanOut
from media.plane_python.layer import Layer
from media.plane_python.peer import Peer
from media.plane_python.slot import Slot

PADDING_OCTETS: Final = 255
REPEATED: Final = 32
MIN_REPEATED_OCTETS: Final = 400
MAX_A_TURN: Final = 64


def probe_slot(peer: Peer) -> Slot | None:
    """The slot on which a probe can go: with RTX and numbers, best one on which something flows."""
    able = [slot for slot in peer.slots.values() if _is_able(slot)]
    return next((slot for slot in able if slot.layer is not None), able[0] if able else None)


def _is_able(slot: Slot) -> bool:
    has_rtx = slot.spec.rtx_ssrc is not None and bool(slot.spec.rtx_payload_types)
    return slot.is_ready and slot.log is not None and has_rtx


def send_padding(fan_out: FanOut, slot: Slot, octets: float) -> int:
    """Sends about so many octets; gives how many it were."""
    sent = 0
    packets = 0
    while sent < octets and packets < MAX_A_TURN:
        size = _repeat(fan_out, slot, packets) or _pad(fan_out, slot)
        if not size:
            break
        sent += size
        packets += 1
    return sent


def _repeat(fan_out: FanOut, slot: Slot, back: int) -> int:
    """Sends one of the newest packets again; 0 where there is none worth it."""
    if slot.layer is None or back >= REPEATED:
        return 0
    found = slot.rewriter.find((slot.rewriter.highest_sequence - back) & 0xFFFF)
    if found is None:
        return 0
    segment, sequence = found
    layer = cast(Layer, segment.source)
    packet = layer.cache.get(sequence)
    if packet is None or len(packet.data) < MIN_REPEATED_OCTETS or packet.is_padding:
        return 0
    codec = layer.publication.spec.codec
    payload_type = slot.payload_types_for(codec)[1] if slot.accepts(codec) else None
    if payload_type is None or not fan_out.send_rtx(packet, slot, segment, payload_type, is_probe=True):
        return 0
    packet.forget_rendered()
    return len(packet.data)


def _pad(fan_out: FanOut, slot: Slot) -> int:
    """Sends an RTX packet of nothing but padding (RFC 4588 has no meaning for it, and none is needed)."""
    identifier, rtx_ssrc = slot.spec.extensions.transport_cc, slot.spec.rtx_ssrc
    if identifier is None or rtx_ssrc is None:
        return 0
    packet = build_packet(
        payload_type=next(iter(slot.spec.rtx_payload_types.values())),
        sequence=slot.rtx_sequence,
        timestamp=slot.rewriter.last_timestamp or 0,
        ssrc=rtx_ssrc,
        payload=b"",
        extension_block=encode_block([(identifier, bytes(2))]),
        padding=PADDING_OCTETS,
    )
    slot.rtx_sequence += 1
    return len(packet) if fan_out.send_stamped(slot, packet, stamp_offset(packet)) else 0
