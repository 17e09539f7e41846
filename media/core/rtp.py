"""RTP packets as bytes: a look at the header, and the bytes that forwarding changes (RFC 3550 5.1)."""

from struct import Struct
from typing import NamedTuple

from media.core.errors import MalformedPacket

HEADER_BYTES = 12
ONE_BYTE_PROFILE = 0xBEDE
TWO_BYTE_PROFILE = 0x1000

Buffer = bytes | bytearray | memoryview

_FIXED = Struct(">BBHII")
_IDENTITY = Struct(">BHII")
_EXTENSION = Struct(">HH")
_WORD = Struct(">H")


class RtpHeader(NamedTuple):
    """What the header says. Offsets count from the packet's first byte; `payload_end` is before padding.

    `extension_profile` is 0 where there is no extension block; else its elements lie in
    `extension_start`..`extension_end`.
    """

    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    extension_profile: int
    extension_start: int
    extension_end: int
    payload_start: int
    payload_end: int


def parse_header(data: Buffer, length: int | None = None) -> RtpHeader:
    """The header of a packet in the first `length` bytes of `data`; raises MalformedPacket."""
    end = len(data) if length is None else length
    if end < HEADER_BYTES or end > len(data):
        raise MalformedPacket("shorter than a header")
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(data)
    if first >> 6 != 2:
        raise MalformedPacket("not version 2")
    offset = HEADER_BYTES + 4 * (first & 0x0F)
    profile = start = 0
    if first & 0x10:
        start = offset + 4
        if start > end:
            raise MalformedPacket("extension block cut off")
        profile, words = _EXTENSION.unpack_from(data, offset)
        offset = start + 4 * words
    extension_end = offset if start else 0
    if offset > end:
        raise MalformedPacket("header cut off")
    if first & 0x20:
        padding = data[end - 1] if end > offset else 0
        if padding == 0 or padding > end - offset:
            raise MalformedPacket("padding longer than payload")
        end -= padding
    return RtpHeader(
        second >= 0x80,
        second & 0x7F,
        sequence,
        timestamp,
        ssrc,
        profile,
        start,
        extension_end,
        offset,
        end,
    )


def rewrite_identity(
    buffer: bytearray | memoryview,
    *,
    marker: bool,
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
) -> None:
    """Writes the fields of a packet's header that a hop makes its own; all taken modulo their width."""
    _IDENTITY.pack_into(
        buffer,
        1,
        (0x80 if marker else 0) | payload_type & 0x7F,
        sequence & 0xFFFF,
        timestamp & 0xFFFFFFFF,
        ssrc & 0xFFFFFFFF,
    )


def build_packet(
    *,
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload: Buffer,
    marker: bool = False,
    extension_block: bytes = b"",
    padding: int = 0,
) -> bytes:
    """A whole packet; `extension_block` with its own four-byte head as `extensions.encode_block` makes it."""
    first = 0x80 | (0x10 if extension_block else 0) | (0x20 if padding else 0)
    header = _FIXED.pack(
        first,
        (0x80 if marker else 0) | payload_type & 0x7F,
        sequence & 0xFFFF,
        timestamp & 0xFFFFFFFF,
        ssrc & 0xFFFFFFFF,
    )
    tail = bytes(padding - 1) + bytes((padding,)) if padding else b""
    return b"".join((header, extension_block, payload, tail))


def rtx_payload(original_sequence: int, payload: Buffer) -> bytes:
    """A retransmission's payload: the original sequence number, then the original payload (RFC 4588 4)."""
    return b"".join((_WORD.pack(original_sequence & 0xFFFF), payload))


def unwrap_rtx(data: Buffer, header: RtpHeader, *, ssrc: int, payload_type: int) -> bytes:
    """The packet that a retransmission carries, as it would have come by itself; raises MalformedPacket.

    CSRCs and header extensions are kept as the retransmission has them; padding falls away.
    """
    if header.payload_end - header.payload_start < 2:
        raise MalformedPacket("retransmission without a sequence number")
    (original,) = _WORD.unpack_from(data, header.payload_start)
    packet = bytearray(data[: header.payload_start])
    packet += data[header.payload_start + 2 : header.payload_end]
    packet[0] &= ~0x20
    rewrite_identity(
        packet,
        marker=header.marker,
        payload_type=payload_type,
        sequence=original,
        timestamp=header.timestamp,
        ssrc=ssrc,
    )
    return bytes(packet)
