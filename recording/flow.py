"""One layer of a publication as it arrives: packets in, frames out. A new SSRC begins anew. Pure."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from media.client import TapPacket
from recording.depacketise.frames import EncodedFrame, Format, FrameAssembler
from recording.depacketise.packet import parse_packet
from recording.depacketise.reorder import ReorderBuffer
from recording.timeline import FlowClock

MAX_FRAMES_WAITING: Final = 1500


class Flow:
    """Collects the frames of one layer until they are taken; `is_new` until the first of a sender's are."""

    def __init__(self, make: Callable[[], Format], clock_rate: int) -> None:
        self._make = make
        self._ssrc: int | None = None
        self._reorder = ReorderBuffer()
        self._assembler = FrameAssembler(make())
        self._frames: list[EncodedFrame] = []
        self.clock = FlowClock(clock_rate)
        self.octets = 0
        self.last_arrival_ms = 0.0
        self.last_keyframe_ms = 0.0
        self.lost = 0
        self.shed = 0
        self.is_new = True
        self._shedding = False

    @property
    def keyframe_wanted(self) -> bool:
        return self._assembler.keyframe_wanted or self._shedding

    def push(self, tapped: TapPacket) -> None:
        packet = parse_packet(tapped.data, tapped.arrival_ms)
        if packet is None:
            return
        if packet.ssrc != self._ssrc:
            self.begin_again()
            self._ssrc = packet.ssrc
        self.octets += len(tapped.data)
        self.last_arrival_ms = tapped.arrival_ms
        for lost, ordered in self._reorder.push(packet):
            self._keep(self._assembler.push(lost, ordered))

    def _keep(self, frames: list[EncodedFrame]) -> None:
        for frame in frames:
            if frame.keyframe:
                self.last_keyframe_ms = frame.arrival_ms
            if len(self._frames) >= MAX_FRAMES_WAITING:
                self._shed()
            elif not self._shedding or frame.keyframe:
                self._frames.append(replace(frame, after_loss=True) if self._shedding else frame)
                self._shedding = False
        self.lost = self._assembler.packets_lost

    def _shed(self) -> None:
        """Nobody takes the frames (the disk stands still): they go, up to the next keyframe."""
        self.shed += len(self._frames)
        self._frames.clear()
        self._shedding = True

    def begin_at_keyframe(self) -> None:
        """The first frame to be taken is a keyframe: nobody took the one on which the present ones rest."""
        if not self.starts_clean():
            self._frames.clear()
            self._shedding = True

    def begin_again(self) -> None:
        """Another sender, or the same one restarted: nothing of the old belongs to the new."""
        self._drain()
        self._ssrc = None
        self.is_new = True
        self._reorder = ReorderBuffer()
        self._assembler = FrameAssembler(self._make())

    def _drain(self) -> None:
        for lost, ordered in self._reorder.flush():
            self._keep(self._assembler.push(lost, ordered))

    def take(self, now_ms: float, *, all_of_it: bool = False) -> list[EncodedFrame]:
        """The frames that came since; with `all_of_it` also those behind a hole."""
        if all_of_it:
            self._drain()
        else:
            for lost, ordered in self._reorder.expire(now_ms):
                self._keep(self._assembler.push(lost, ordered))
        frames, self._frames = self._frames, []
        self.is_new = self.is_new and not frames
        return frames

    def wall_ms(self, frame: EncodedFrame) -> float:
        """When a frame of this layer was captured, ms since 1970."""
        return self.clock.wall_ms(frame.timestamp, frame.arrival_ms)

    def waiting(self) -> EncodedFrame | None:
        """The oldest frame that nobody has taken."""
        return self._frames[0] if self._frames else None

    def starts_clean(self) -> bool:
        """Whether a keyframe waits; what came before it is let go, so that it is the first."""
        first = next((index for index, frame in enumerate(self._frames) if frame.keyframe), None)
        if first is None:
            return False
        self._frames = [replace(self._frames[first], after_loss=True), *self._frames[first + 1 :]]
        return True
