"""One media packet in plaintext, as it came, and how it looks to subscribers of one shape."""

from dataclasses import dataclass
from struct import Struct

from media.core.dependency import Frame, frame_number
from media.core.extensions import encode_block, encode_capture_time
from media.core.grade import Start
from media.core.keyframe import PictureFields
from media.core.place import Place
from media.core.red import Redundant, red_payload
from media.core.rtp import ONE_BYTE_PROFILE, Buffer

_HEADER = Struct(">BBHII")


@dataclass(frozen=True, slots=True)
class Shape:
    """Which header extensions a slot writes; slots of the same shape share the bytes that they send.

    Each id is None where it was not negotiated. The transport-wide number is the block's first element, so
    that its place is known (`stamp_offset`); it is left zero for the slot to write. The dependency
    descriptor comes next (`descriptor_offset`). `red_block` is the payload type of voice inside redundant
    audio.
    """

    mid: str = ""
    mid_id: int | None = None
    capture_time_id: int | None = None
    audio_level_id: int | None = None
    transport_id: int | None = None
    descriptor_id: int | None = None
    red_block: int | None = None


PLAIN = Shape()


def stamp_offset(data: Buffer) -> int:
    """Where the value of the first header extension lies in a packet that was rendered here."""
    return 17 if data[12] == ONE_BYTE_PROFILE >> 8 else 18


def descriptor_offset(data: Buffer, shape: Shape) -> int:
    """Where the dependency descriptor lies in a packet that was rendered here with one."""
    head = stamp_offset(data) - 16
    return 16 + head + (head + 2 if shape.transport_id is not None else 0)


class MediaPacket:
    """A packet of a layer. `sequence` is extended; `arrival_ms` is wall time; offsets count from `data[0]`.

    `capture_ms` is filled in when first asked for, and `before` (of voice: the packet before it) on arrival,
    so that a packet sent again is the same to the bit.
    `place` is its layer inside the flow, where that has several; `frame` what the `descriptor` says of it,
    kept with a frame's first packet alone.
    """

    __slots__ = (
        "_rendered",
        "arrival_ms",
        "audio_level",
        "before",
        "begins_keyframe",
        "begins_picture",
        "capture_ms",
        "data",
        "descriptor",
        "frame",
        "marker",
        "payload_end",
        "payload_start",
        "picture",
        "place",
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
        place: Place | None = None,
        begins_picture: bool = False,
        descriptor: bytes | None = None,
        frame: Frame | None = None,
        before: Redundant | None = None,
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
        self.place = place
        self.begins_picture = begins_picture
        self.descriptor = descriptor
        self.frame = frame
        self.before = before
        self.capture_ms: float | None = None
        self._rendered: dict[Shape, tuple[bytes, int]] = {}

    @property
    def payload(self) -> bytes:
        return self.data[self.payload_start : self.payload_end]

    @property
    def is_padding(self) -> bool:
        """Nothing but padding: sent to probe the path, of no use to a subscriber."""
        return self.payload_end <= self.payload_start

    @property
    def frame_number(self) -> int | None:
        """That of the dependency descriptor."""
        return None if self.descriptor is None else frame_number(self.descriptor)

    @property
    def start(self) -> Start | None:
        """What one who is sent a part must know of a picture that begins here; None: none does."""
        if self.place is None or not self.begins_picture:
            return None
        return Start(self.begins_keyframe, self.place, self.frame_number or 0, self.frame)

    def render_bare(self, shape: Shape) -> tuple[bytes, int]:
        """The same without anything of the packet: it fills a number that was kept for it."""
        block = self._extension_block(shape, bare=True)
        data = _HEADER.pack(0x90 if block else 0x80, 0, 0, 0, 0) + block
        return data, len(data)

    def render(self, shape: Shape) -> tuple[bytes, int]:
        """(the packet with this shape's extensions, where its payload starts).

        Marker, payload type, sequence, timestamp and SSRC are left zero for the slot to write.
        """
        rendered = self._rendered.get(shape)
        if rendered is None:
            block = self._extension_block(shape)
            header = _HEADER.pack(0x90 if block else 0x80, 0, 0, 0, 0)
            payload = self.payload
            if shape.red_block is not None:
                payload = red_payload(payload, self.before, block_type=shape.red_block)
            rendered = b"".join((header, block, payload)), len(header) + len(block)
            self._rendered[shape] = rendered
        return rendered

    def forget_rendered(self) -> None:
        """Gives back the memory of `render` once the packet has gone to all."""
        self._rendered.clear()

    def _extension_block(self, shape: Shape, *, bare: bool = False) -> bytes:
        items: list[tuple[int, bytes]] = []
        if shape.transport_id is not None:
            items.append((shape.transport_id, bytes(2)))
        if shape.descriptor_id is not None and self.descriptor is not None and not bare:
            items.append((shape.descriptor_id, self.descriptor))
        if shape.mid_id is not None:
            items.append((shape.mid_id, shape.mid.encode("ascii")))
        if shape.audio_level_id is not None and self.audio_level and not bare:
            items.append((shape.audio_level_id, self.audio_level))
        if shape.capture_time_id is not None and self.capture_ms is not None and not bare:
            items.append((shape.capture_time_id, encode_capture_time(self.capture_ms)))
        return encode_block(items)
