"""The fields of one RTP packet that a recorder needs (RFC 3550 5.1, RFC 8285)."""

import struct
from dataclasses import dataclass
from typing import Final

_FIXED: Final = struct.Struct("!BBHII")


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
    if len(data) < _FIXED.size:
        return None
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(data)
    if first >> 6 != 2:
        return None
    start = _FIXED.size + 4 * (first & 0x0F)
    if first & 0x10:
        if len(data) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = len(data)
    if first & 0x20:
        end -= data[-1]
    if start > end:
        return None
    return RtpPacket(sequence, timestamp, ssrc, bool(second & 0x80), data[start:end], arrival_ms)
