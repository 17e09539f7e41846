"""One outgoing flow: what a subscriber sees under one SSRC for as long as the slot lives."""

import secrets
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from media.core.bandwidth.reports import SendLog
from media.core.clock_map import ClockWatch
from media.core.glimpses import GlimpsePace
from media.core.grade import ALL, FrameLog, next_grade, split_layer
from media.core.nack import RetransmissionLimit
from media.core.pacing import Pacer
from media.core.packet import PLAIN, MediaPacket, Shape
from media.core.rewrite import Rewriter, continued_timestamp
from media.core.sequence import difference32
from media.core.stats import RateMeter
from media.plane import Address, Codec, SlotClockPoint, SlotSpec, SlotStats
from media.plane_python.layer import Layer
from media.plane_python.stamps import Stamps
from platform_api.kernel.ids import PublicationId

if TYPE_CHECKING:
    from media.plane_python.line import Held
    from media.plane_python.peer import Peer

FIRST_SEQUENCE_RANGE: Final = 1 << 14
CATCH_UP_STEP_MS: Final = 1.0


class CatchUp:
    """A late joiner's way from the last keyframe to the present: `next` is the next sequence to send.

    The frames of the past are laid a millisecond apart just before the present, so that the joiner's
    playout clock starts at the present and not at the age of the keyframe.
    """

    __slots__ = ("first_timestamp", "frame", "head", "next", "step", "timestamp")

    def __init__(self, keyframe: MediaPacket, head: int, first_timestamp: int, step: int) -> None:
        self.next = keyframe.sequence
        self.head = head
        self.frame = 0
        self.timestamp = keyframe.timestamp
        self.first_timestamp = first_timestamp
        self.step = step


class Glimpse:
    """A keyframe under way by itself: `next` is the next sequence to send, the last left at `sent_ms`."""

    __slots__ = ("next", "sent_ms", "timestamp")

    def __init__(self, keyframe: MediaPacket, now_ms: float) -> None:
        self.next = keyframe.sequence
        self.timestamp = keyframe.timestamp
        self.sent_ms = now_ms


class Slot:
    """Counters, rewriting and selection of one slot; the forwarding loop reads its plain attributes."""

    def __init__(self, peer: "Peer", spec: SlotSpec) -> None:
        self.peer = peer
        self.spec = spec
        self.shape: Shape = PLAIN
        self.ssrc = spec.ssrc
        self.payload_type = 0
        self.context: Any = None
        self.tag_bytes = 0
        self.address: Address | None = None
        self.socket: socket.socket | None = None
        self.log: SendLog | None = None
        self.stamps: Stamps | None = None
        self.pacer: Pacer[Held] | None = None
        self.held = self.rank = 0  # how many packets wait for their turn, and among which rank
        self.rewriter = Rewriter(first_sequence=1 + secrets.randbelow(FIRST_SEQUENCE_RANGE))
        self.rtx_sequence = 1 + secrets.randbelow(FIRST_SEQUENCE_RANGE)
        self.publication_id: PublicationId | None = None
        self.wanted_rid: str | None = None
        self.wanted_grade = ALL
        self.is_choosy = False
        self._frames = FrameLog()
        self._left_out: int | None = None
        self.paused = False
        self.layer: Layer | None = None
        self.target: Layer | None = None
        self.catch_up: CatchUp | None = None
        self.pace: GlimpsePace | None = None
        self.glimpse: Glimpse | None = None
        self.glimpse_after = -1
        self._anchor: tuple[int, float | None] | None = None
        self.clock_watch = ClockWatch(90_000)
        self.limit = RetransmissionLimit()
        self.rate = RateMeter()
        self.packets = 0
        self.octets = 0
        self.retransmitted = 0
        self.fraction_lost = 0.0
        self.rtt_ms: float | None = None

    def accepts(self, codec: Codec) -> bool:
        return codec in self.spec.payload_types

    @property
    def is_video(self) -> bool:
        return self.spec.kind == "video"

    @property
    def is_ready(self) -> bool:
        """Whether its peer can be sent to at all."""
        return self.context is not None and self.address is not None and self.socket is not None

    def restart(self) -> None:
        """New keys: every index may begin again, and must begin low."""
        self.rewriter = Rewriter(first_sequence=1 + secrets.randbelow(FIRST_SEQUENCE_RANGE))
        self.rtx_sequence = 1 + secrets.randbelow(FIRST_SEQUENCE_RANGE)
        self.limit = RetransmissionLimit()
        self.held = 0
        self.stamps = None if self.stamps is None else Stamps()
        self._anchor = None

    def reshape(self, spec: SlotSpec, shape: Shape) -> None:
        """A renegotiated slot. What was sent in another shape cannot be sent again as it was."""
        types = (self.spec.payload_types, self.spec.red_payload_type)
        if shape != self.shape or types != (spec.payload_types, spec.red_payload_type):
            self.rewriter.forget_past()
        self.spec, self.shape = spec, shape
        if self.layer is None:
            return
        if self.accepts(self.layer.publication.spec.codec):
            self._take_codec(self.layer)
        else:
            self.leave()

    def payload_types_for(self, codec: Codec) -> tuple[int, int | None]:
        """(media, RTX) as negotiated; no RTX without an SSRC for it. Voice goes redundantly if it may."""
        if codec is Codec.OPUS and self.spec.red_payload_type is not None:
            return self.spec.red_payload_type, None
        rtx = None if self.spec.rtx_ssrc is None else self.spec.rtx_payload_types.get(codec)
        return self.spec.payload_types[codec], rtx

    def leave(self) -> None:
        """Nothing flows any more and nothing is waited for."""
        self.stop_waiting()
        layer = self.layer
        if layer is not None:
            if self in layer.flowing:
                layer.flowing.remove(self)
            if self in layer.catching_up:
                layer.catching_up.remove(self)
            if self in layer.glimpsing:
                layer.glimpsing.remove(self)
            self._keep_time(layer)
        self.rewriter.close()
        self.catch_up = self.layer = self.glimpse = None

    def _keep_time(self, layer: Layer) -> None:
        """What follows is laid in the slot's time by what was last sent of the present."""
        last, timestamp = self.rewriter.last, self.rewriter.last_timestamp
        if self.catch_up is None and last is not None and timestamp is not None:
            self._anchor = timestamp, layer.clock.at(last.timestamp)

    def want(self, layer: str | None) -> None:
        """The layer that is wanted, and how much of it; None: the best."""
        self.wanted_rid, self.wanted_grade = (None, ALL) if layer is None else split_layer(layer)
        self._look()

    def _look(self) -> None:
        self.is_choosy = self.wanted_grade != ALL or self.rewriter.grade != ALL

    def _begin(self, layer: Layer, packet: MediaPacket, timestamp: int) -> None:
        """The flow goes on with this packet of a layer, in the grade that is wanted."""
        self._frames, self._left_out = FrameLog(), None
        self.rewriter.begin(layer, packet, timestamp=timestamp, grade=self.wanted_grade)
        self._look()

    def admits(self, packet: MediaPacket) -> bool:
        """Whether the next packet belongs to what is sent of the flow; else its number goes to the next."""
        rewriter, start = self.rewriter, packet.start
        if start is not None:
            grade = next_grade(rewriter.grade, self.wanted_grade, start, self._frames)
            if grade != rewriter.grade:
                rewriter.regrade(packet.sequence, grade)
                self._look()
        if rewriter.grade.admits(packet.place):
            number = packet.frame_number
            if number is not None:
                self._frames.sent(number)
            return True
        self._leave_out(packet)
        return False

    def _leave_out(self, packet: MediaPacket) -> None:
        """Of VP8 the running number of each picture counts; of the others only what a picture names."""
        layer, picture = self.layer, packet.picture
        is_counted = layer is not None and layer.publication.spec.codec is Codec.VP8
        if (
            is_counted
            and picture is not None
            and picture.picture_offset >= 0
            and self._left_out != packet.timestamp
        ):
            self._left_out = packet.timestamp
            self.rewriter.skip_picture(packet)
        else:
            self.rewriter.skip(packet.sequence)

    @property
    def needs_keyframe(self) -> bool:
        """Whether the slot cannot have as large a picture as it is to have without one."""
        layer = self.layer
        if layer is None or not self.is_choosy:
            return False
        return min(self.wanted_grade.spatial, layer.grades.highest_spatial) > self.rewriter.grade.spatial

    def wait_for(self, layer: Layer) -> None:
        """The slot crosses over at the next keyframe of this layer."""
        if self.target is not layer:
            self.stop_waiting()
            self.target = layer
            layer.waiting.append(self)

    def stop_waiting(self) -> None:
        if self.target is not None:
            self.target.waiting.remove(self)
            self.target = None

    def cross_to(self, layer: Layer, packet: MediaPacket) -> None:
        """From this packet on the slot carries this layer."""
        self.leave()
        self._take_codec(layer)
        self._begin(layer, packet, self._timestamp_for(layer, packet))
        self._settle(layer)
        layer.flowing.append(self)

    def catch_up_to(self, layer: Layer, keyframe: MediaPacket, head: MediaPacket) -> None:
        """The slot begins with the past, from this keyframe to `head`, and then carries the layer."""
        self.leave()
        self._take_codec(layer)
        frames = _frames_between(layer, keyframe, head)
        step = round(layer.clock.clock_rate * CATCH_UP_STEP_MS / 1000)
        present = self._timestamp_for(layer, head)
        last = self.rewriter.last_timestamp
        if last is not None:
            room = (present - last) & 0xFFFFFFFF
            step = max(1, min(step, room // frames))
            present = (last + max(room, frames * step)) & 0xFFFFFFFF
        self._anchor = present, layer.clock.at(head.timestamp)
        first = (present - (frames - 1) * step) & 0xFFFFFFFF
        self._begin(layer, keyframe, first)
        self.catch_up = CatchUp(keyframe, head.sequence, first, step)
        self._settle(layer)
        layer.catching_up.append(self)

    def caught_up(self) -> None:
        """The past is sent: from now on packets go out as they come."""
        layer = self.layer
        if layer is not None and self.catch_up is not None:
            self.catch_up = None
            layer.catching_up.remove(self)
            layer.flowing.append(self)

    def limit_to_glimpses(self, bitrate_bps: int | None) -> None:
        """Keyframes alone, at so many bit/s; None: all of the flow, from its next keyframe on."""
        if bitrate_bps is None:
            self.pace = None
        elif self.pace is None:
            self.pace, self.pacer = GlimpsePace(bitrate_bps), None
        else:
            self.pace.bitrate_bps = bitrate_bps

    def take_glimpses(self, layer: Layer) -> None:
        """The slot belongs to this layer, and nothing flows."""
        self.leave()
        self._take_codec(layer)
        self._settle(layer)
        layer.glimpsing.append(self)

    def begin_glimpse(self, layer: Layer, keyframe: MediaPacket, now_ms: float) -> None:
        self._begin(layer, keyframe, self._timestamp_for(layer, keyframe))
        self.clock_watch.forget()
        self.glimpse, self.glimpse_after = Glimpse(keyframe, now_ms), keyframe.sequence

    def end_glimpse(self, layer: Layer) -> None:
        self._keep_time(layer)
        self.rewriter.close()
        self.glimpse = None

    def retime_for(self, packet: MediaPacket) -> None:
        """Lays the frames of the past just before the present, each in its turn."""
        catch_up = self.catch_up
        if catch_up is None or packet.timestamp == catch_up.timestamp or packet.sequence > catch_up.head:
            return
        catch_up.timestamp = packet.timestamp
        catch_up.frame += 1
        timestamp = catch_up.first_timestamp + catch_up.frame * catch_up.step
        self.rewriter.retime(packet, timestamp=timestamp)

    def _settle(self, layer: Layer) -> None:
        self.layer = layer
        self.clock_watch.forget()

    def _take_codec(self, layer: Layer) -> None:
        self.payload_type, rtx = self.payload_types_for(layer.publication.spec.codec)
        if rtx is not None or self.shape.transport_id is None:
            self.stamps = None
        elif self.stamps is None:
            self.stamps = Stamps()
        self.clock_watch = ClockWatch(layer.clock.clock_rate)

    def _timestamp_for(self, layer: Layer, packet: MediaPacket) -> int:
        """Where this packet stands in the slot's time: later than the last by the time between captures."""
        last = self.rewriter.last_timestamp
        if last is None or self._anchor is None:
            return secrets.randbits(32)
        then, then_ms = self._anchor
        capture_ms = layer.clock.at(packet.timestamp)
        elapsed_ms = 0.0 if capture_ms is None or then_ms is None else capture_ms - then_ms
        timestamp = continued_timestamp(then, elapsed_ms, layer.clock.clock_rate)
        return timestamp if difference32(timestamp, last) > 0 else (last + 1) & 0xFFFFFFFF

    def clock_point(self) -> SlotClockPoint | None:
        """Where the newest packet of what flows stands, in the slot's own RTP time and in its layer's."""
        layer, rewriter = self.layer, self.rewriter
        if layer is None or self.catch_up is not None or rewriter.source is None:
            return None
        point = layer.clock_point()
        if point is None:
            return None
        timestamp = (point.rtp_timestamp + rewriter.timestamp_delta) & 0xFFFFFFFF
        return SlotClockPoint(timestamp, point.capture_ms, point.clock_rate, point.rtp_timestamp, layer.rid)

    def stats(self) -> SlotStats:
        return SlotStats(
            mid=self.spec.mid,
            publication=self.publication_id,
            packets=self.packets,
            octets=self.octets,
            retransmitted=self.retransmitted,
            fraction_lost=self.fraction_lost,
            rtt_ms=self.rtt_ms,
            layer=self.rewriter.grade.name(self.layer.rid) if self.layer is not None else "",
            bitrate_bps=round(self.rate.bitrate_bps),
            glimpse_every_ms=None if self.pace is None else self.pace.every_ms,
        )


def shape_of(spec: SlotSpec, shapes: Mapping[Shape, Shape]) -> Shape:
    """The slot's shape; the same object for equal ones that are in use."""
    shape = Shape(
        mid=spec.mid if spec.extensions.mid is not None else "",
        mid_id=spec.extensions.mid,
        capture_time_id=spec.extensions.abs_capture_time,
        audio_level_id=spec.extensions.audio_level,
        transport_id=spec.extensions.transport_cc,
        descriptor_id=spec.extensions.dependency_descriptor,
        red_block=None if spec.red_payload_type is None else spec.payload_types.get(Codec.OPUS),
    )
    return shapes.get(shape, shape)


def _frames_between(layer: Layer, keyframe: MediaPacket, head: MediaPacket) -> int:
    """How many frames lie between the two, both counted."""
    frames, timestamp = 1, keyframe.timestamp
    for sequence in range(keyframe.sequence, head.sequence + 1):
        packet = layer.cache.get(sequence)
        if packet is not None and packet.timestamp != timestamp:
            frames, timestamp = frames + 1, packet.timestamp
    return frames
