"""Where a keyframe begins, told from the first bytes of a payload, and when to ask for one.

Codecs are named as in SDP: VP8 (RFC 7741), VP9 (RFC 9628), H264 (RFC 6184), AV1 (AOM RTP 1.0). For
audio every packet begins afresh.
"""

from dataclasses import dataclass

from media.core.rtp import Buffer

_H264_IDR, _H264_SPS, _H264_STAP_A, _H264_FU_A = 5, 7, 24, 28
_AV1_SEQUENCE_HEADER = 1


def begins_keyframe(codec: str, payload: Buffer) -> bool:
    """Whether this payload is the first of a keyframe; false for anything cut off or unknown."""
    check = _CHECKS.get(codec)
    return check(payload) if check is not None else True


def _vp8(payload: Buffer) -> bool:
    picture = picture_fields("VP8", payload)
    if picture is None or len(payload) <= picture.size:
        return False
    begins_frame = payload[0] & 0x10 and not payload[0] & 0x07
    return bool(begins_frame) and not payload[picture.size] & 0x01


def _vp9(payload: Buffer) -> bool:
    """Not inter-predicted, begins a frame, and lies in the lowest spatial layer."""
    if len(payload) < 1 or payload[0] & 0x40 or not payload[0] & 0x08:
        return False
    offset = 1
    if payload[0] & 0x80:
        if len(payload) < 2 or len(payload) < (3 if payload[1] & 0x80 else 2):
            return False
        offset += 2 if payload[1] & 0x80 else 1
    if not payload[0] & 0x20:
        return True
    return len(payload) > offset and not payload[offset] & 0x0E


def _h264(payload: Buffer) -> bool:
    if len(payload) < 2:
        return False
    kind = payload[0] & 0x1F
    if kind in (_H264_IDR, _H264_SPS):
        return True
    if kind == _H264_FU_A:
        return bool(payload[1] & 0x80) and payload[1] & 0x1F in (_H264_IDR, _H264_SPS)
    return kind == _H264_STAP_A and _stap_has_keyframe(payload)


def _stap_has_keyframe(payload: Buffer) -> bool:
    offset = 1
    while offset + 2 < len(payload):
        if payload[offset + 2] & 0x1F in (_H264_IDR, _H264_SPS):
            return True
        offset += 2 + (payload[offset] << 8 | payload[offset + 1])
    return False


def _av1(payload: Buffer) -> bool:
    """The N bit of the aggregation header, or a sequence header as the first OBU that begins here."""
    if len(payload) < 2:
        return False
    if payload[0] & 0x08:
        return True
    if payload[0] & 0x80:
        return False
    offset = 1
    if (payload[0] >> 4 & 0x03) != 1:
        while offset < len(payload) and payload[offset] & 0x80:
            offset += 1
        offset += 1
    return offset < len(payload) and (payload[offset] >> 3 & 0x0F) == _AV1_SEQUENCE_HEADER


_CHECKS = {"VP8": _vp8, "VP9": _vp9, "H264": _h264, "AV1": _av1}


@dataclass(frozen=True, slots=True)
class PictureFields:
    """The running numbers in a payload descriptor; offsets count from the payload's first byte, -1: absent.

    `picture_bits` is 7 or 15. `size` is the length of the whole descriptor, 0 where it was not read.
    """

    picture_id: int
    picture_offset: int
    picture_bits: int
    tl0_index: int
    tl0_offset: int
    size: int


def picture_fields(codec: str, payload: Buffer) -> PictureFields | None:
    """Picture id and TL0PICIDX of VP8 or VP9; None where there are none or the descriptor is cut off."""
    if codec == "VP8":
        return _vp8_fields(payload)
    if codec == "VP9":
        return _vp9_fields(payload)
    return None


def _vp8_fields(payload: Buffer) -> PictureFields | None:
    end = len(payload)
    if end < 1:
        return None
    if not payload[0] & 0x80:
        return PictureFields(0, -1, 0, 0, -1, 1)
    if end < 2:
        return None
    flags, offset = payload[1], 2
    picture, picture_offset, bits = 0, -1, 0
    if flags & 0x80:
        picture, bits = _picture_id(payload, offset)
        if not bits:
            return None
        picture_offset = offset
        offset += 2 if bits == 15 else 1
    tl0_offset = offset if flags & 0x40 else -1
    offset += (1 if flags & 0x40 else 0) + (1 if flags & 0x30 else 0)
    if offset > end:
        return None
    tl0 = payload[tl0_offset] if tl0_offset >= 0 else 0
    return PictureFields(picture, picture_offset, bits, tl0, tl0_offset, offset)


def _vp9_fields(payload: Buffer) -> PictureFields | None:
    if len(payload) < 1:
        return None
    picture, picture_offset, bits, offset = 0, -1, 0, 1
    if payload[0] & 0x80:
        picture, bits = _picture_id(payload, offset)
        if not bits:
            return None
        picture_offset = offset
        offset += 2 if bits == 15 else 1
    tl0, tl0_offset = 0, -1
    if payload[0] & 0x20 and offset >= len(payload):
        return None
    if payload[0] & 0x20 and not payload[0] & 0x10:  # layer indices, and not flexible mode
        tl0_offset = offset + 1
        if tl0_offset >= len(payload):
            return None
        tl0 = payload[tl0_offset]
    return PictureFields(picture, picture_offset, bits, tl0, tl0_offset, 0)


def _picture_id(payload: Buffer, offset: int) -> tuple[int, int]:
    """(picture id, its bits); no bits where it is cut off."""
    if offset >= len(payload):
        return 0, 0
    if not payload[offset] & 0x80:
        return payload[offset], 7
    if offset + 1 >= len(payload):
        return 0, 0
    return (payload[offset] & 0x7F) << 8 | payload[offset + 1], 15


class KeyframeRequests:
    """Requests for keyframes of one layer, coalesced: at most one goes out each `interval_ms`.

    What is asked within the interval goes out at its end, unless a keyframe has begun since.
    """

    __slots__ = ("_asked", "_interval_ms", "_sent_ms", "sent")

    def __init__(self, interval_ms: float = 500) -> None:
        self._interval_ms = interval_ms
        self._sent_ms: float | None = None
        self._asked = False
        self.sent = 0

    def ask(self) -> None:
        self._asked = True

    def keyframe_came(self) -> None:
        self._asked = False

    @property
    def waiting(self) -> bool:
        return self._asked

    def due(self, now_ms: float) -> bool:
        """Whether to send one now; counts it as sent."""
        if not self._asked:
            return False
        if self._sent_ms is not None and now_ms - self._sent_ms < self._interval_ms:
            return False
        self._asked = False
        self._sent_ms = now_ms
        self.sent += 1
        return True
