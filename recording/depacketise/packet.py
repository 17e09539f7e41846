"""The fields of one RTP packet that a recorder needs (RFC 3550 5.1, RFC 8285)."""

from dataclasses import dataclass

from media.core.errors import MalformedPacket
from media.core.rtp import parse_header


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """A parsed packet; `payload` has no padding, `arrival_ms` is wall time at the node."""

    sequence: int
    timestamp: int
    ssrc: int
    marker: bool
    payload: bytes
    arrival_ms: float


def parse_packet(data: bytes, arrival_ms: float) -> RtpPacket | None:
    """The packet, or None if the bytes are no whole RTP packet of version 2."""
    try:
        head = parse_header(data)
    except MalformedPacket:
        return None
    payload = bytes(data[head.payload_start : head.payload_end])
    return RtpPacket(head.sequence, head.timestamp, head.ssrc, head.marker, payload, arrival_ms)
