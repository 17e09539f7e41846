"""Ordered packets into whole frames; after a loss nothing until the next keyframe."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from recording.depacketise.packet import RtpPacket


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecConfig:
    """What a decoder must know before the first frame, and what a part is told apart by.

    `entry` is the sample entry's four letters, `box` the four letters of its configuration box and
    `record` that box's payload.
    """

    codec: str
    codec_string: str
    kind: Literal["audio", "video"]
    width: int = 0
    height: int = 0
    entry: bytes
    box: bytes
    record: bytes


@dataclass(frozen=True, slots=True)
class Joined:
    """A frame put together; `config` only with a keyframe."""

    data: bytes
    keyframe: bool
    config: CodecConfig | None = None


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """One frame in decoding order, with the RTP time of its capture; a keyframe carries its config.

    `after_loss`: it is the first after a hole, or the first at all. RTP times compare within one `ssrc`.
    """

    timestamp: int
    arrival_ms: float
    data: bytes
    keyframe: bool
    config: CodecConfig | None
    after_loss: bool = False
    ssrc: int = 0


class Format(Protocol):
    """What a codec's file offers; one instance a flow, since parameter sets outlive a frame."""

    @property
    def one_packet(self) -> bool:
        """Whether every packet is a whole frame, so that none needs a marker to end."""
        ...

    def join(self, payloads: Sequence[bytes]) -> Joined | None:
        """The frame that these payloads carry; None if its start is missing or it is malformed."""
        ...


class FrameAssembler:
    """Groups the packets of a flow by RTP timestamp. `keyframe_wanted` says that a loss needs one."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._packets: list[RtpPacket] = []
        self.keyframe_wanted = True
        self.frames_dropped = 0
        self.packets_lost = 0

    def push(self, lost: int, packet: RtpPacket) -> list[EncodedFrame]:
        """Frames that are complete now; `lost` packets were missing just before this one."""
        frames: list[EncodedFrame] = []
        if lost:
            self.packets_lost += lost
            self._packets.clear()
            self._drop()
        if self._packets and self._packets[0].timestamp != packet.timestamp:
            frames += self._complete()
        if packet.payload:
            self._packets.append(packet)
        if self._packets and (packet.marker or self._form.one_packet):
            frames += self._complete()
        return frames

    def _drop(self) -> None:
        self.frames_dropped += 1
        self.keyframe_wanted = True

    def _complete(self) -> list[EncodedFrame]:
        packets, self._packets = self._packets, []
        joined = self._form.join([packet.payload for packet in packets])
        if joined is None or (self.keyframe_wanted and not joined.keyframe):
            self._drop()
            return []
        after_loss, self.keyframe_wanted = self.keyframe_wanted, False
        first = packets[0]
        return [
            EncodedFrame(
                first.timestamp,
                first.arrival_ms,
                joined.data,
                joined.keyframe,
                joined.config,
                after_loss,
                first.ssrc,
            )
        ]
