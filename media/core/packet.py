"""One media packet in plaintext, as it came, and how it looks to subscribers of one shape."""

from dataclasses import dataclass
from struct import Struct

from media.core.extensions import encode_block, encode_capture_time
from media.core.keyframe import PictureFields
from media.core.rtp import ONE_BYTE_PROFILE, Buffer

_HEADER = Struct(">BBHII")


@dataclass(frozen=True, slots=True)
class Shape:
    """Which header extensions a slot writes; slots of the same shape share the bytes that they send.

    Each id is None where it was not negotiated. The transport-wide number is the block's first element, so
    that its place is known (`stamp_offset`); it is left zero for the slot to write.
    """

    mid: str = ""
    mid_id: int | None = None
    capture_time_id: int | None = None
    audio_level_id: int | None = None
    transport_id: int | None = None


PLAIN = Shape()


def stamp_offset(data: Buffer) -> int:
    """Where the value of the first header extension lies in a packet that was rendered here."""
    return 17 if data[12] == ONE_BYTE_PROFILE >> 8 else 18


class MediaPacket:
    """A packet of a layer. `sequence` is extended; `arrival_ms` is wall time; offsets count from `data[0]`.

    `capture_ms` is filled in when first asked for, so that a packet sent again is the same to the bit.
    """

    __slots__ = (
        "_rendered",
        "arrival_ms",
        "audio_level",
        "begins_keyframe",
        "capture_ms",
        "data",
        "marker",
        "payload_end",
        "payload_start",
        "picture",
        "sequence",
        "timestamp",
    )

    def __init__(
        self,
        *,
        sequence: int,
        timestamp: int,
        marker: bool,
        data: bytes,
        payload_start: int,
        payload_end: int,
        arrival_ms: float,
        begins_keyframe: bool = False,
        picture: PictureFields | None = None,
        audio_level: bytes | None = None,
    ) -> None:
        self.sequence = sequence
        self.timestamp = timestamp
        self.marker = marker
        self.data = data
        self.payload_start = payload_start
        self.payload_end = payload_end
        self.arrival_ms = arrival_ms
        self.begins_keyframe = begins_keyframe
        self.picture = picture
        self.audio_level = audio_level
        self.capture_ms: float | None = None
        self._rendered: dict[Shape, tuple[bytes, int]] = {}

    @property
    def payload(self) -> bytes:
        return self.data[self.payload_start : self.payload_end]

    @property
    def is_padding(self) -> bool:
        """Nothing but padding: sent to probe the path, of no use to a subscriber."""
        return self.payload_end <= self.payload_start

    def render(self, shape: Shape) -> tuple[bytes, int]:
        """(the packet with this shape's extensions, where its payload starts).

        Marker, payload type, sequence, timestamp and SSRC are left zero for the slot to write.
        """
        rendered = self._rendered.get(shape)
        if rendered is None:
            block = self._extension_block(shape)
            header = _HEADER.pack(0x90 if block else 0x80, 0, 0, 0, 0)
            rendered = b"".join((header, block, self.payload)), len(header) + len(block)
            self._rendered[shape] = rendered
        return rendered

    def forget_rendered(self) -> None:
        """Gives back the memory of `render` once the packet has gone to all."""
        self._rendered.clear()

    def _extension_block(self, shape: Shape) -> bytes:
        items: list[tuple[int, bytes]] = []
        if shape.transport_id is not None:
            items.append((shape.transport_id, bytes(2)))
        if shape.mid_id is not None:
            items.append((shape.mid_id, shape.mid.encode("ascii")))
        if shape.audio_level_id is not None and self.audio_level:
            items.append((shape.audio_level_id, self.audio_level))
        if shape.capture_time_id is not None and self.capture_ms is not None:
            items.append((shape.capture_time_id, encode_capture_time(self.capture_ms)))
        return encode_block(items)
