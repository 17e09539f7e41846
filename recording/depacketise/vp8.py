"""VP8 over RTP (RFC 7741)."""

from collections.abc import Sequence

from recording.depacketise.frames import Joined
from recording.depacketise.vpx import vpx_config


def descriptor_length(payload: bytes) -> int:
    """Octets of the payload descriptor (RFC 7741 4.2); raises IndexError if it is cut off."""
    at = 1
    if payload[0] & 0x80:
        flags = payload[1]
        at = 2
        if flags & 0x80:
            at += 2 if payload[at] & 0x80 else 1
        if flags & 0x40:
            at += 1
        if flags & 0x30:
            at += 1
    return at


class Vp8:
    """Joins the partitions of a frame."""

    one_packet = False

    def join(self, payloads: Sequence[bytes]) -> Joined | None:
        if payloads[0][0] & 0x17 != 0x10:
            return None
        try:
            data = b"".join(payload[descriptor_length(payload) :] for payload in payloads)
            keyframe = data[0] & 1 == 0
        except IndexError:
            return None
        if not keyframe:
            return Joined(data, keyframe=False)
        if data[3:6] != b"\x9d\x01\x2a" or len(data) < 10:
            return None
        width = int.from_bytes(data[6:8], "little") & 0x3FFF
        height = int.from_bytes(data[8:10], "little") & 0x3FFF
        config = vpx_config("VP8", (width, height), profile=0, depth=8, chroma=1, full_range=False)
        return Joined(data, keyframe=True, config=config)
