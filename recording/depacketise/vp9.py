"""VP9 over RTP (RFC 9628) and what of its frame header a container needs (VP9 bitstream 6.2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from recording.depacketise.bits import Bits, BitsEnded
from recording.depacketise.frames import Joined
from recording.depacketise.vpx import vpx_config


@dataclass(frozen=True, slots=True)
class Descriptor:
    """How long the payload descriptor is, and whether a layer's frame begins here (RFC 9628 4.2)."""

    length: int
    begins: bool
    size: tuple[int, int] | None


def read_descriptor(payload: bytes) -> Descriptor:
    """The descriptor; raises IndexError if it is cut off."""
    first = payload[0]
    at = 1
    if first & 0x80:
        at += 2 if payload[at] & 0x80 else 1
    if first & 0x20:
        at += 1 if first & 0x10 else 2
    if first & 0x50 == 0x50:
        for _ in range(3):
            at += 1
            if not payload[at - 1] & 1:
                break
    size = None
    if first & 0x02:
        at, size = _scalability(payload, at)
    if at > len(payload):
        raise IndexError
    return Descriptor(at, bool(first & 0x08), size)


def _scalability(payload: bytes, at: int) -> tuple[int, tuple[int, int] | None]:
    """The end of the scalability structure and the size of its greatest layer."""
    head = payload[at]
    at += 1
    size = None
    if head & 0x10:
        for _ in range((head >> 5) + 1):
            size = (
                int.from_bytes(payload[at : at + 2], "big"),
                int.from_bytes(payload[at + 2 : at + 4], "big"),
            )
            at += 4
    if head & 0x08:
        pictures = payload[at]
        at += 1
        for _ in range(pictures):
            at += 1 + (payload[at] >> 2 & 3)
    return at, size


@dataclass(frozen=True, slots=True)
class KeyHeader:
    profile: int
    depth: int
    chroma: int
    full_range: bool
    width: int
    height: int


def read_key_header(data: bytes) -> KeyHeader | None:
    """The header of a keyframe; None for any other frame. Raises BitsEnded."""
    bits = Bits(data[:20])
    if bits.read(2) != 2:
        raise BitsEnded
    profile = bits.read(1) | bits.read(1) << 1
    if profile == 3:
        bits.read(1)
    shows_existing, inter = bits.flag(), bits.flag()
    if shows_existing or inter:
        return None
    bits.read(2)
    if bits.read(24) != 0x498342:
        raise BitsEnded
    depth = 8 if profile < 2 else 12 if bits.flag() else 10
    chroma, full_range = _colour(bits, profile)
    return KeyHeader(profile, depth, chroma, full_range, bits.read(16) + 1, bits.read(16) + 1)


def _colour(bits: Bits, profile: int) -> tuple[int, bool]:
    """Chroma subsampling as vpcC counts it, and whether the range is full."""
    if bits.read(3) == 7:
        bits.read(1 if profile & 1 else 0)
        return 3, True
    full_range = bits.flag()
    if not profile & 1:
        return 1, full_range
    across, down, _ = bits.flag(), bits.flag(), bits.flag()
    return (1 if down else 2) if across else 3, full_range


class Vp9:
    """Joins the frames of a picture; several spatial layers become one superframe."""

    one_packet = False

    def join(self, payloads: Sequence[bytes]) -> Joined | None:
        frames: list[bytes] = []
        size: tuple[int, int] | None = None
        try:
            parts: list[bytes] = []
            for payload in payloads:
                descriptor = read_descriptor(payload)
                size = descriptor.size or size
                if descriptor.begins and parts:
                    frames.append(b"".join(parts))
                    parts = []
                elif not descriptor.begins and not parts:
                    return None
                parts.append(payload[descriptor.length :])
            frames.append(b"".join(parts))
            key = read_key_header(frames[0])
        except (IndexError, BitsEnded):
            return None
        data = frames[0] if len(frames) == 1 else superframe(frames)
        if key is None:
            return Joined(data, keyframe=False)
        config = vpx_config(
            "VP9",
            size or (key.width, key.height),
            profile=key.profile,
            depth=key.depth,
            chroma=key.chroma,
            full_range=key.full_range,
        )
        return Joined(data, keyframe=True, config=config)


def superframe(frames: Sequence[bytes]) -> bytes:
    """Frames with the index that lets a decoder find them (VP9 bitstream, Annex B)."""
    octets = (max(map(len, frames)).bit_length() + 7) // 8
    marker = bytes([0xC0 | (octets - 1) << 3 | (len(frames) - 1)])
    sizes = b"".join(len(frame).to_bytes(octets, "little") for frame in frames)
    return b"".join((*frames, marker, sizes, marker))
