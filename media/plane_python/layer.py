"""One incoming flow: a layer of a publication, from authenticated packets to history, loss and clock."""

from typing import TYPE_CHECKING, Final, NamedTuple

from media.core import extensions
from media.core.clock_map import ClockMap, ClockWatch, SenderClock
from media.core.dependency import Descriptor, Structure, parse_descriptor
from media.core.glimpses import GlimpseRequests
from media.core.keyframe import KeyframeRequests, begins_keyframe, picture_fields
from media.core.nack import LossTracker
from media.core.packet import MediaPacket
from media.core.packet_cache import PacketCache
from media.core.place import Place, place_of_descriptor, place_of_payload
from media.core.red import Redundant, redundant_of
from media.core.rtp import RtpHeader
from media.core.sequence import Unwrapper
from media.core.stats import RateMeter, Reception
from media.plane import ClockPoint, Codec, LayerStats
from media.plane_python.grades import Grades

if TYPE_CHECKING:
    from media.plane_python.publication import Publication
    from media.plane_python.slot import Slot

VIDEO_CACHE_PACKETS: Final = 1024
AUDIO_CACHE_PACKETS: Final = 128
CATCH_UP_PACKETS: Final = 200
CATCH_UP_MS: Final = 3_000.0
AUDIO_LEVEL_EVERY_MS: Final = 100.0


class Said(NamedTuple):
    """What extensions say of a packet, as they stand there."""

    level: bytes | None = None
    capture: bytes | None = None
    descriptor: bytes | None = None
    parsed: Descriptor | None = None


NOTHING: Final = Said()


class Layer:
    """What arrives under one SSRC.

    `flowing` slots get it, `waiting` ones want its next keyframe, `glimpsing` ones get its keyframes alone.
    """

    def __init__(self, publication: "Publication", rid: str, ssrc: int, sender: SenderClock) -> None:
        spec = publication.spec
        self.publication = publication
        self.rid = rid
        self.ssrc = ssrc
        self.is_video = spec.codec is not Codec.OPUS
        self.unwrapper = Unwrapper(16)
        self.cache: PacketCache[MediaPacket] = PacketCache(
            VIDEO_CACHE_PACKETS if self.is_video else AUDIO_CACHE_PACKETS
        )
        self.reception = Reception(spec.clock_rate)
        self.rate = RateMeter()
        self.loss = LossTracker()
        self.clock = ClockMap(spec.clock_rate, sender)
        self.clock_watch = ClockWatch(spec.clock_rate)
        self.requests = KeyframeRequests()
        self.glimpse_requests = GlimpseRequests()
        self.grades = Grades()
        self.keyframes = 0
        self.keyframe: MediaPacket | None = None
        self.newest: MediaPacket | None = None
        self.last_packet_ms = 0.0
        self.last_report: tuple[int, float] | None = None
        self.flowing: list[Slot] = []
        self.waiting: list[Slot] = []
        self.catching_up: list[Slot] = []
        self.glimpsing: list[Slot] = []
        self._floor = -1
        self._structure: Structure | None = None
        self._loudest = -127
        self._level_told_ms = 0.0

    def accept(
        self, data: bytes, header: RtpHeader, *, now_ms: float, wall_ms: float, repaired: bool
    ) -> MediaPacket | None:
        """The packet, remembered and counted; None if it is here or past. Raises MalformedPacket.

        `repaired`: it came as a retransmission.
        """
        said = self._read_extensions(data, header)
        sequence = self.unwrapper.unwrap(header.sequence)
        if sequence < self._floor:
            return None
        if not repaired:
            self.reception.arrived(sequence, header.timestamp, len(data), now_ms)
        self.loss.arrived(sequence, now_ms)
        packet = self._packet(data, header, sequence, wall_ms, said)
        if not self.cache.put(sequence, packet):
            return None
        if packet.place is not None:
            self.grades.arrived(packet.place, len(data))
        self.last_packet_ms = now_ms
        if not packet.is_padding:
            self._learn(packet, said.capture, repaired=repaired)
        return packet

    def _packet(
        self, data: bytes, header: RtpHeader, sequence: int, wall_ms: float, said: Said
    ) -> MediaPacket:
        payload = memoryview(data)[header.payload_start : header.payload_end]
        codec = self.publication.codec_name
        begins = bool(payload) and begins_keyframe(codec, payload)
        if begins and self.is_video and self.keyframe is not None:
            begins = self.keyframe.timestamp != header.timestamp
        place = self._place(codec, payload, said.parsed) if self.is_video else None
        begins_frame = place is not None and place.begins_frame
        goes_on = self.newest is not None and self.newest.timestamp == header.timestamp
        return MediaPacket(
            sequence=sequence,
            timestamp=header.timestamp,
            marker=header.marker,
            data=data,
            payload_start=header.payload_start,
            payload_end=header.payload_end,
            arrival_ms=wall_ms,
            begins_keyframe=begins,
            picture=picture_fields(codec, payload) if self.is_video else None,
            audio_level=said.level,
            place=place,
            begins_picture=begins_frame and not goes_on,
            descriptor=said.descriptor,
            before=None if self.is_video else self._before(sequence, header.timestamp, payload),
            frame=said.parsed.frame if said.parsed is not None and begins_frame else None,
        )

    @staticmethod
    def _place(codec: str, payload: memoryview, parsed: Descriptor | None) -> Place | None:
        place = place_of_payload(codec, payload)
        return place_of_descriptor(parsed) if place is None and parsed is not None else place

    def _before(self, sequence: int, timestamp: int, payload: memoryview) -> Redundant | None:
        """The voice's packet before this one, as it goes with it once more."""
        before = self.cache.get(sequence - 1)
        if before is None or before.is_padding or not payload:
            return None
        return redundant_of(payload, timestamp, before.payload, before.timestamp)

    def lacks(self, sequence: int) -> bool:
        """Whether the packet of this number (modulo 2^16) has not come, though there was one before."""
        extended = self.unwrapper.peek(sequence)
        return self.newest is not None and extended >= self._floor and self.cache.get(extended) is None

    def _learn(self, packet: MediaPacket, capture: bytes | None, *, repaired: bool) -> None:
        if not repaired:
            self.clock.on_packet(packet.timestamp, packet.arrival_ms)
        if capture is not None:
            stamp_ms, offset_ms = extensions.decode_capture_time(capture)
            self.clock.on_capture_time(packet.timestamp, stamp_ms + offset_ms)
        packet.capture_ms = self.clock.at(packet.timestamp)
        if packet.begins_keyframe and self.is_video:
            self.keyframe = packet
            self.keyframes += 1
            self.requests.keyframe_came()
        if self.newest is None or packet.sequence > self.newest.sequence:
            self.newest = packet

    def _read_extensions(self, data: bytes, header: RtpHeader) -> Said:
        """What is of use here; each is checked for its form."""
        if not header.extension_profile:
            return NOTHING
        ids, said = self.publication.spec.extensions, NOTHING
        for identifier, start, end in extensions.iterate(data, header):
            if identifier == ids.audio_level:
                extensions.decode_audio_level(data[start:end])
                said = said._replace(level=data[start:end])
            elif identifier == ids.abs_capture_time:
                extensions.decode_capture_time(data[start:end])
                said = said._replace(capture=data[start:end])
            elif identifier == ids.dependency_descriptor:
                parsed = parse_descriptor(data[start:end], self._structure)
                self._structure = parsed.structure or self._structure
                said = said._replace(descriptor=data[start:end], parsed=parsed)
        return said

    def audio_level_due(self, level: bytes, now_ms: float) -> int | None:
        """The loudest level of the last tenth of a second, once that is over."""
        self._loudest = max(self._loudest, extensions.decode_audio_level(level))
        if now_ms - self._level_told_ms < AUDIO_LEVEL_EVERY_MS:
            return None
        self._level_told_ms = now_ms
        loudest, self._loudest = self._loudest, -127
        return loudest

    def forget_past(self) -> None:
        """No late joiner, NACK or repair reaches behind this moment."""
        self.cache.clear()
        self.keyframe = None
        if self.newest is not None:
            self._floor = self.newest.sequence + 1

    def catch_up_from(self, wall_ms: float) -> MediaPacket | None:
        """The keyframe that a late joiner may begin at, if it is near enough and whole enough to send."""
        keyframe, newest = self.keyframe, self.newest
        if keyframe is None or newest is None or wall_ms - keyframe.arrival_ms > CATCH_UP_MS:
            return None
        if newest.sequence - keyframe.sequence >= CATCH_UP_PACKETS:
            return None
        for sequence in range(keyframe.sequence, newest.sequence + 1):
            packet = self.cache.get(sequence)
            if packet is None:
                return None
            if packet.timestamp != keyframe.timestamp:
                break
        return keyframe

    def clock_point(self) -> ClockPoint | None:
        """Where the newest packet stands on the server's axis; None before anything is known."""
        if self.newest is None:
            return None
        capture_ms = self.clock.at(self.newest.timestamp)
        if capture_ms is None:
            return None
        return ClockPoint(self.newest.timestamp, capture_ms, self.clock.clock_rate)

    def stats(self) -> LayerStats:
        return LayerStats(
            rid=self.rid,
            ssrc=self.ssrc,
            packets=self.reception.packets,
            octets=self.reception.octets,
            lost=self.reception.lost,
            bitrate_bps=round(self.rate.bitrate_bps),
            keyframes=self.keyframes,
            grades=self.grades.stats(),
        )
