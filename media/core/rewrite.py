"""The identity that a slot keeps on the wire while what flows on it changes.

Each stretch of one source with the same offsets is a segment. Out sequence numbers never restart or
repeat (under AES-GCM a repeated index would break authentication), and begin below 2^15, because a
receiver that joins late starts at roll-over count 0 (RFC 3711 3.3.1).
"""

from collections import deque
from typing import NamedTuple

from media.core.grade import ALL, Grade
from media.core.packet import MediaPacket
from media.core.sequence import difference16

MAX_SEGMENTS = 128
FIRST_SEQUENCE_LIMIT = 1 << 15


class Segment(NamedTuple):
    """From which in-sequence on (`first`..`last`), of which source, what is added to each number.

    `grade`: how much of the source is sent; the numbers that were kept for the rest are filled with nothing.
    """

    source: object
    first: int
    last: int
    sequence_delta: int
    timestamp_delta: int
    picture_delta: int
    tl0_delta: int
    frame_delta: int
    grade: Grade


class Rewriter:
    """Maps packets of changing sources onto one unbroken flow, and back for retransmission.

    The current segment's fields are plain attributes, read by the forwarding loop; that loop sets `last`
    to each packet that it sends in order.
    """

    __slots__ = (
        "_frame",
        "_highest_sequence",
        "_last_timestamp",
        "_past",
        "_picture",
        "_tl0",
        "first",
        "frame_delta",
        "grade",
        "last",
        "patches",
        "picture_delta",
        "sequence_delta",
        "source",
        "timestamp_delta",
        "tl0_delta",
    )

    def __init__(self, *, first_sequence: int) -> None:
        if not 0 <= first_sequence < FIRST_SEQUENCE_LIMIT:
            raise ValueError("the first sequence number is below 2^15")
        self._past: deque[Segment] = deque(maxlen=MAX_SEGMENTS)
        self._highest_sequence = first_sequence - 1
        self._last_timestamp: int | None = None
        self._picture: int | None = None
        self._tl0: int | None = None
        self._frame: int | None = None
        self.source: object = None
        self.last: MediaPacket | None = None
        self.first = 0
        self.sequence_delta = 0
        self.timestamp_delta = 0
        self.picture_delta = 0
        self.tl0_delta = 0
        self.frame_delta = 0
        self.grade = ALL
        self.patches = False

    @property
    def highest_sequence(self) -> int:
        """The highest extended sequence number sent; one less than the first before that."""
        if self.last is None:
            return self._highest_sequence
        return max(self._highest_sequence, self.last.sequence + self.sequence_delta)

    @property
    def last_timestamp(self) -> int | None:
        """The RTP timestamp of what was last sent in order; None before anything was."""
        if self.last is None:
            return self._last_timestamp
        return (self.last.timestamp + self.timestamp_delta) & 0xFFFFFFFF

    def begin(self, source: object, packet: MediaPacket, *, timestamp: int, grade: Grade = ALL) -> None:
        """The flow goes on with this packet of another source (or of the same after a pause)."""
        self.close()
        picture = packet.picture
        picture_delta = tl0_delta = 0
        if picture is not None and self._picture is not None:
            picture_delta = self._picture + 1 - picture.picture_id
        if picture is not None and self._tl0 is not None:
            tl0_delta = (self._tl0 + 1 - picture.tl0_index) & 0xFF
        self.source = source
        self.first = packet.sequence
        self.sequence_delta = self._highest_sequence + 1 - packet.sequence
        self.timestamp_delta = (timestamp - packet.timestamp) & 0xFFFFFFFF
        number = packet.frame_number
        frame_delta = 0 if number is None or self._frame is None else (self._frame + 1 - number) & 0xFFFF
        self.picture_delta, self.tl0_delta, self.frame_delta = picture_delta, tl0_delta, frame_delta
        self.patches = bool(picture_delta or tl0_delta or frame_delta)
        self.grade = grade

    def retime(self, packet: MediaPacket, *, timestamp: int) -> None:
        """From this packet on timestamps are counted anew; sequence numbers and pictures go on."""
        delta = (timestamp - packet.timestamp) & 0xFFFFFFFF
        if delta != self.timestamp_delta:
            self._split(packet.sequence, self.sequence_delta)
            self.timestamp_delta = delta

    def regrade(self, sequence: int, grade: Grade) -> None:
        """From this packet on another grade of the source is sent; all numbers go on."""
        if self.source is not None:
            self._split(sequence, self.sequence_delta)
            self.grade = grade

    def skip(self, sequence: int) -> None:
        """This packet is not sent, and its number goes to the next one.

        Numbers of packets that are missing before it stay theirs.
        """
        last = self.last
        if last is None or sequence <= last.sequence:
            return
        self._highest_sequence = self.highest_sequence
        self._keep(sequence - 1)
        self.first = sequence + 1
        self.sequence_delta -= 1
        # The next in a row must find its neighbour: the last sent stands in for this one.
        self.last = _moved(last, sequence)

    def skip_picture(self, packet: MediaPacket) -> None:
        """The same, of a picture whose running number goes to the next one too; once a picture."""
        if self.last is None or packet.sequence <= self.last.sequence:
            return
        self.skip(packet.sequence)
        self.last.picture = packet.picture  # `close` adds the difference of now to it
        self.picture_delta -= 1
        self.patches = True

    def forget_past(self) -> None:
        """Nothing sent until now is found again; what flows goes on."""
        self._past.clear()
        if self.last is not None:
            self._highest_sequence = self.highest_sequence
            self.first = self.last.sequence + 1

    def close(self) -> None:
        """Nothing flows any more; what was sent stays findable and its counters are kept."""
        if self.last is not None:
            self._highest_sequence = self.highest_sequence
            self._last_timestamp = self.last_timestamp
            picture = self.last.picture
            if picture is not None and picture.picture_offset >= 0:
                self._picture = (picture.picture_id + self.picture_delta) & 0x7FFF
            if picture is not None and picture.tl0_offset >= 0:
                self._tl0 = (picture.tl0_index + self.tl0_delta) & 0xFF
            number = self.last.frame_number
            if number is not None:
                self._frame = (number + self.frame_delta) & 0xFFFF
            self._keep(self.last.sequence)
        self.source = self.last = None

    def _split(self, first: int, sequence_delta: int) -> None:
        self._keep(first - 1)
        self._highest_sequence = self.highest_sequence
        self.first = first
        self.sequence_delta = sequence_delta

    def _keep(self, last: int) -> None:
        if last >= self.first:
            self._past.append(self._segment(last))

    def _segment(self, last: int) -> Segment:
        return Segment(
            self.source,
            self.first,
            last,
            self.sequence_delta,
            self.timestamp_delta,
            self.picture_delta,
            self.tl0_delta,
            self.frame_delta,
            self.grade,
        )

    def segment_of(self, source: object, sequence: int) -> Segment | None:
        """The segment that an in-sequence of a source belongs to; None if it was never to be sent."""
        if source is self.source and sequence >= self.first:
            return self._segment(sequence)
        for segment in reversed(self._past):
            if segment.source is source and segment.first <= sequence <= segment.last:
                return segment
        return None

    def find(self, out_sequence: int) -> tuple[Segment, int] | None:
        """(segment, in-sequence) behind a 16-bit sequence number that a subscriber names; None: not sent."""
        highest = self.highest_sequence
        extended = highest + difference16(out_sequence, highest & 0xFFFF)
        if extended > highest:
            return None
        if self.source is not None:
            sequence = extended - self.sequence_delta
            if sequence >= self.first:
                return self._segment(sequence), sequence
        for segment in reversed(self._past):
            sequence = extended - segment.sequence_delta
            if segment.first <= sequence <= segment.last:
                return segment, sequence
        return None


def _moved(packet: MediaPacket, sequence: int) -> MediaPacket:
    """A packet's numbers at another place of the flow, without its bytes."""
    return MediaPacket(
        sequence=sequence,
        timestamp=packet.timestamp,
        marker=packet.marker,
        data=b"",
        payload_start=0,
        payload_end=0,
        arrival_ms=packet.arrival_ms,
        picture=packet.picture,
        descriptor=packet.descriptor,
    )


def continued_timestamp(last: int, elapsed_ms: float, clock_rate: int) -> int:
    """The timestamp of a picture taken `elapsed_ms` after that of `last`; at least one tick later."""
    ticks = max(1, round(elapsed_ms * clock_rate / 1000))
    return (last + ticks) & 0xFFFFFFFF


def patch_picture(
    buffer: bytearray | memoryview,
    payload_start: int,
    packet: MediaPacket,
    *,
    picture_delta: int,
    tl0_delta: int,
) -> None:
    """Adds the segment's offsets to the picture id and TL0PICIDX in a rendered packet (RFC 7741 4.2)."""
    picture = packet.picture
    if picture is None:
        return
    if picture.picture_offset >= 0:
        place = payload_start + picture.picture_offset
        if picture.picture_bits == 15:
            value = (picture.picture_id + picture_delta) & 0x7FFF
            buffer[place] = 0x80 | value >> 8
            buffer[place + 1] = value & 0xFF
        else:
            buffer[place] = (picture.picture_id + picture_delta) & 0x7F
    if picture.tl0_offset >= 0:
        buffer[payload_start + picture.tl0_offset] = (picture.tl0_index + tl0_delta) & 0xFF
