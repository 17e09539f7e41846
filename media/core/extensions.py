"""RTP header extensions, one- and two-byte form (RFC 8285), and the few values that we read or write."""

from collections.abc import Iterator, Sequence
from struct import Struct

from media.core.errors import MalformedPacket
from media.core.rtp import ONE_BYTE_PROFILE, TWO_BYTE_PROFILE, Buffer, RtpHeader

_HEAD = Struct(">HH")
_CAPTURE = Struct(">Q")
_OFFSET = Struct(">q")

NTP_UNIX_MS = 2_208_988_800_000
"""From 1900, where NTP begins, to 1970 (RFC 5905 6)."""
MAX_NAME_BYTES = 32


def iterate(data: Buffer, header: RtpHeader) -> Iterator[tuple[int, int, int]]:
    """(id, start, end) of each element; offsets count from the packet's first byte. Raises MalformedPacket.

    Blocks of an unknown profile have no elements (RFC 3550 5.3.1).
    """
    if header.extension_profile == ONE_BYTE_PROFILE:
        yield from _iterate_one_byte(data, header.extension_start, header.extension_end)
    elif header.extension_profile & 0xFFF0 == TWO_BYTE_PROFILE:
        yield from _iterate_two_byte(data, header.extension_start, header.extension_end)


def _iterate_one_byte(data: Buffer, offset: int, end: int) -> Iterator[tuple[int, int, int]]:
    while offset < end:
        head = data[offset]
        offset += 1
        if head == 0:
            continue
        if head >> 4 == 15:  # RFC 8285 4.2: reserved, the rest is not to be read
            return
        stop = offset + (head & 0x0F) + 1
        if stop > end:
            raise MalformedPacket("extension element cut off")
        if head >> 4:
            yield head >> 4, offset, stop
        offset = stop


def _iterate_two_byte(data: Buffer, offset: int, end: int) -> Iterator[tuple[int, int, int]]:
    while offset < end:
        identifier = data[offset]
        offset += 1
        if identifier == 0:
            continue
        if offset >= end:
            raise MalformedPacket("extension element cut off")
        stop = offset + 1 + data[offset]
        if stop > end:
            raise MalformedPacket("extension element cut off")
        yield identifier, offset + 1, stop
        offset = stop


def elements(data: Buffer, header: RtpHeader) -> dict[int, bytes]:
    """All elements by id; of several with one id the first counts. Raises MalformedPacket."""
    found: dict[int, bytes] = {}
    for identifier, start, end in iterate(data, header):
        found.setdefault(identifier, bytes(data[start:end]))
    return found


def encode_block(items: Sequence[tuple[int, bytes]]) -> bytes:
    """The whole extension block with its four-byte head; empty without items.

    The one-byte form where every id is 1..14 and every value 1..16 bytes, else the two-byte form.
    """
    if not items:
        return b""
    short = all(1 <= identifier <= 14 and 1 <= len(value) <= 16 for identifier, value in items)
    body = bytearray()
    for identifier, value in items:
        if not 1 <= identifier <= 255 or len(value) > 255:
            raise ValueError("extension element out of range")
        if short:
            body.append(identifier << 4 | len(value) - 1)
        else:
            body += bytes((identifier, len(value)))
        body += value
    body += bytes(-len(body) % 4)
    return _HEAD.pack(ONE_BYTE_PROFILE if short else TWO_BYTE_PROFILE, len(body) // 4) + bytes(body)


def decode_name(value: bytes) -> str:
    """A mid or rid (RFC 8852, RFC 9143 15.2): printable ASCII of at most 32 bytes; raises MalformedPacket."""
    if not 1 <= len(value) <= MAX_NAME_BYTES or any(not 0x21 <= byte <= 0x7E for byte in value):
        raise MalformedPacket("not a media or stream id")
    return value.decode("ascii")


def decode_audio_level(value: bytes) -> int:
    """Loudness in dBov, -127..0 (RFC 6464 3); raises MalformedPacket."""
    if not value:
        raise MalformedPacket("audio level empty")
    return -(value[0] & 0x7F)


def encode_audio_level(level_dbov: int, *, voice: bool = False) -> bytes:
    return bytes(((0x80 if voice else 0) | -level_dbov & 0x7F,))


def decode_capture_time(value: bytes) -> tuple[float, float]:
    """(capture time, offset to the sender's clock), both in ms, the first since 1970; raises MalformedPacket.

    The offset is 0 where the short form leaves it out (abs-capture-time).
    """
    if len(value) not in (8, 16):
        raise MalformedPacket("capture time of a strange length")
    (stamp,) = _CAPTURE.unpack_from(value)
    offset = _OFFSET.unpack_from(value, 8)[0] * 1000 / 2**32 if len(value) == 16 else 0.0
    return ntp_to_unix_ms(stamp), offset


def encode_capture_time(unix_ms: float) -> bytes:
    return _CAPTURE.pack(unix_ms_to_ntp(unix_ms))


def ntp_to_unix_ms(stamp: int) -> float:
    """Milliseconds since 1970 of a 64-bit NTP time stamp of the era that began in 1900."""
    return stamp * 1000 / 2**32 - NTP_UNIX_MS


def unix_ms_to_ntp(unix_ms: float) -> int:
    """The 64-bit NTP time stamp (32.32 fixed point), modulo its era."""
    return round((unix_ms + NTP_UNIX_MS) * 2**32 / 1000) & 0xFFFFFFFFFFFFFFFF
