"""Redundant audio (RFC 2198): a voice's packet carries the one before it too, so that one lost is no gap."""

from struct import Struct
from typing import Final, NamedTuple

from media.core.errors import MalformedPacket
from media.core.rtp import HEADER_BYTES, Buffer, RtpHeader, build_packet, rewrite_identity

MAX_BLOCKS: Final = 8
MAX_OFFSET: Final = (1 << 14) - 1
MAX_BLOCK_BYTES: Final = (1 << 10) - 1
MAX_PAYLOAD_BYTES: Final = 1_000
"""A packet that would be longer with what came before goes alone."""

_WORD: Final = Struct(">I")
_FOLLOWED: Final = 0x80


class Redundant(NamedTuple):
    """An earlier payload, and by how much its RTP timestamp is less."""

    offset: int
    payload: bytes


class Opened(NamedTuple):
    """What a packet carried: itself as it would have come alone, and those before it, the oldest first."""

    primary: bytes
    earlier: tuple[bytes, ...]


def redundant_of(payload: Buffer, timestamp: int, before: Buffer, before_timestamp: int) -> Redundant | None:
    """The packet before as it goes with this one; None where it does not fit (RFC 2198 3)."""
    offset = (timestamp - before_timestamp) & 0xFFFFFFFF
    fits = 0 < offset <= MAX_OFFSET and 0 < len(before) <= MAX_BLOCK_BYTES
    if not fits or len(before) + len(payload) > MAX_PAYLOAD_BYTES:
        return None
    return Redundant(offset, bytes(before))


def red_payload(payload: Buffer, earlier: Redundant | None, *, block_type: int) -> bytes:
    """The payload with what came before it, if anything; `block_type` is that of the payloads inside."""
    last = bytes((block_type & 0x7F,))
    if earlier is None:
        return last + bytes(payload)
    first = (_FOLLOWED | block_type & 0x7F) << 24 | earlier.offset << 10 | len(earlier.payload)
    return b"".join((_WORD.pack(first), last, earlier.payload, payload))


def open_red(data: Buffer, header: RtpHeader, *, block_type: int) -> Opened:
    """Takes a packet apart; raises MalformedPacket. The k-th before it had a sequence number less by k.

    Those before have neither CSRCs nor extensions; one that is empty or of another type is left out, and
    with it what lies further back, for whose number it stands.
    """
    blocks, at = _block_heads(data, header)
    primary = bytearray(data[: header.payload_start])
    primary[0] &= ~0x20
    earlier: list[bytes] = []
    for back, (kind, offset, size) in zip(range(len(blocks), 0, -1), blocks, strict=True):
        payload = data[at : at + size]
        at += size
        if kind != block_type or not size:
            earlier.clear()
            continue
        earlier.append(
            build_packet(
                payload_type=block_type,
                sequence=header.sequence - back,
                timestamp=header.timestamp - offset,
                ssrc=header.ssrc,
                payload=payload,
            )
        )
    primary += data[at : header.payload_end]
    rewrite_identity(
        primary,
        marker=header.marker,
        payload_type=block_type,
        sequence=header.sequence,
        timestamp=header.timestamp,
        ssrc=header.ssrc,
    )
    return Opened(bytes(primary), tuple(earlier))


def _block_heads(data: Buffer, header: RtpHeader) -> tuple[list[tuple[int, int, int]], int]:
    """((payload type, offset, size) of each earlier block, where the first block lies)."""
    blocks: list[tuple[int, int, int]] = []
    at, end, sizes = header.payload_start, header.payload_end, 0
    while at < end and data[at] & _FOLLOWED:
        if at + _WORD.size > end or len(blocks) == MAX_BLOCKS:
            raise MalformedPacket("block heads cut off, or too many")
        (word,) = _WORD.unpack_from(data, at)
        blocks.append((word >> 24 & 0x7F, word >> 10 & MAX_OFFSET, word & MAX_BLOCK_BYTES))
        sizes += blocks[-1][2]
        at += _WORD.size
    if at + 1 + sizes >= end or header.payload_start < HEADER_BYTES:
        raise MalformedPacket("redundant audio without its own payload")
    return blocks, at + 1
