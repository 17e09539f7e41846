"""One publication through the whole recording: its layers in, its parts out. Pure.

Packets are collected as they arrive; everything else happens in `tick`, the only place where parts change,
so that what is being written and what the manifest tells never differ.
"""

from collections.abc import Sequence
from typing import Final

from media.client import TapBatch
from media.control import ClockMoved, PublicationStarted
from media.core.layers import LayerState
from media.core.selector import choose_layer
from recording.containers.mp4 import VIDEO_TIMESCALE
from recording.depacketise.formats import FORMATS
from recording.depacketise.frames import CodecConfig, EncodedFrame
from recording.depacketise.opus import SILENCE, SILENCE_SAMPLES, samples_of
from recording.disk import DiskOperation
from recording.flow import Flow
from recording.manifest import Part, Track
from recording.names import part_id
from recording.segment import VIDEO_SEGMENT_S, FrameSource, PartWriter
from recording.timeline import SteadyPicture, SteadyVoice

GAP_S: Final = 1.0
IDLE_MS: Final = 15_000.0
KEYFRAME_EVERY_MS: Final = 6_000.0
ASK_AGAIN_MS: Final = 500.0
CLOCK_WAIT_MS: Final = 800.0
VIDEO_SEGMENT: Final = round(VIDEO_SEGMENT_S * VIDEO_TIMESCALE)


class TrackRecorder:
    """Records one publication; earlier parts are given when a recording is resumed."""

    def __init__(self, number: int, row: Track, origin_ms: float, *, next_part: int = 1) -> None:
        self.row = row
        self._number = number
        self._origin_ms = origin_ms
        self._next_part = next_part
        self._codec = ""
        self._clock_rate = 0
        self._flows: dict[str, Flow] = {}
        self._chosen: str | None = None
        self._part: PartWriter | None = None
        self._written: list[PartWriter] = []
        self._voice = SteadyVoice()
        self._picture = SteadyPicture(VIDEO_SEGMENT)
        self._on = True
        self._asked_ms = 0.0

    def on_started(self, event: PublicationStarted) -> None:
        """The publication is there (again), perhaps with another codec."""
        self._on = event.on
        if (event.codec, event.clock_rate) != (self._codec, self._clock_rate):
            self._codec, self._clock_rate = event.codec, event.clock_rate
            self._flows.clear()
            self._chosen = None

    def on_clock(self, event: ClockMoved) -> None:
        flow = self._flow(event.rid)
        if flow is not None:
            flow.clock.learn(event.rtp_timestamp, event.capture_ms)

    def on_batch(self, batch: TapBatch) -> None:
        """Packets of what is switched off are not recorded, should they come."""
        if not self._on:
            return
        for packet in batch.packets:
            flow = self._flow(packet.rid)
            if flow is not None:
                flow.push(packet)

    def set_on(self, on: bool) -> None:
        """Off: nothing comes for now, and the part is closed at the next tick."""
        self._on = on

    def _flow(self, rid: str) -> Flow | None:
        flow = self._flows.get(rid)
        if flow is None:
            make = FORMATS.get(self._codec.lower())
            if make is None:
                return None
            flow = self._flows[rid] = Flow(make, self._clock_rate)
        return flow

    def keyframe_due(self, now_ms: float) -> bool:
        """Whether to ask the publisher now; counts as asked."""
        flow = self._flows.get(self._chosen) if self._chosen is not None else self._any_flow()
        if flow is None or self.row.kind == "audio" or now_ms - flow.last_arrival_ms > ASK_AGAIN_MS:
            return False
        broken = flow.keyframe_wanted or (self._part is None and flow.waiting() is None)
        old = now_ms - max(flow.last_keyframe_ms, self._asked_ms) >= KEYFRAME_EVERY_MS
        if not old and not (broken and now_ms - self._asked_ms >= ASK_AGAIN_MS):
            return False
        self._asked_ms = now_ms
        return True

    def _any_flow(self) -> Flow | None:
        return next(iter(self._flows.values()), None)

    def tick(self, now_ms: float, *, closing: bool = False) -> list[DiskOperation]:
        """Takes what arrived since the last tick and gives what is to be written."""
        ending = closing or not self._on
        frames = self._frames(now_ms, ending)
        operations: list[DiskOperation] = []
        for rid, frame in frames:
            operations += self._place(rid, frame, now_ms)
        if self._part is not None:
            idle = now_ms - self._last_arrival_ms() > IDLE_MS
            operations += self._part.cut(now_ms, closing=ending or idle)
            if self._part.closed:
                self._part = None
        return operations

    def _last_arrival_ms(self) -> float:
        return max((flow.last_arrival_ms for flow in self._flows.values()), default=0.0)

    def _frames(self, now_ms: float, ending: bool) -> list[tuple[str, EncodedFrame]]:
        """The frames of the recorded layer, behind those of a layer just left; the others are let go."""
        before = self._chosen
        self._choose(now_ms)
        left: list[tuple[str, EncodedFrame]] = []
        chosen: list[tuple[str, EncodedFrame]] = []
        from_ms = self._from_ms()
        for rid, flow in self._flows.items():
            if rid == self._chosen:
                if not self._waits_for_clock(flow, now_ms) or ending:
                    chosen = [(rid, frame) for frame in flow.take(now_ms, all_of_it=ending)]
                continue
            frames = flow.take(now_ms)
            if rid == before and from_ms is not None:
                left = [(rid, frame) for frame in frames if flow.wall_ms(frame) < from_ms]
        return left + chosen

    def _from_ms(self) -> float | None:
        """When the first frame that waits in the recorded layer was captured."""
        flow = self._flows.get(self._chosen) if self._chosen is not None else None
        first = flow.waiting() if flow is not None else None
        return None if flow is None or first is None else flow.wall_ms(first)

    def _waits_for_clock(self, flow: Flow, now_ms: float) -> bool:
        """At the beginning of a flow, time is given for its clock to be told.

        A sender begins with what it kept back while it connected: only what follows tells how late that is.
        """
        first = flow.waiting()
        return first is not None and flow.is_new and now_ms - first.arrival_ms < CLOCK_WAIT_MS

    def _choose(self, now_ms: float) -> None:
        states = [LayerState(rid, flow.octets, flow.last_arrival_ms) for rid, flow in self._flows.items()]
        best = choose_layer(states, wanted=None, current=self._chosen, now_ms=now_ms)
        for flow in self._flows.values():
            flow.octets = 0
        if best is None or best == self._chosen:
            return
        current = self._flows.get(self._chosen) if self._chosen is not None else None
        alive = current is not None and now_ms - current.last_arrival_ms < GAP_S * 1000
        if alive and not self._flows[best].starts_clean():
            self._asked_ms = min(self._asked_ms, now_ms - KEYFRAME_EVERY_MS)
            return
        if current is not None and not alive:
            self._flows[best].begin_at_keyframe()
        self._chosen = best

    def _place(self, rid: str, frame: EncodedFrame, now_ms: float) -> list[DiskOperation]:
        """Puts a frame on the axis and into the part it belongs to."""
        at_ms = self._flows[rid].wall_ms(frame) - self._origin_ms
        if at_ms < 0:
            return []
        operations: list[DiskOperation] = []
        if frame.config is not None and self._begins_part(frame, frame.config, at_ms):
            if self._part is not None:
                operations += self._part.cut(now_ms, closing=True)
            self._begin_part(frame.config)
        if self._part is not None:
            self._add(self._part, rid, frame, at_ms, now_ms)
        return operations

    def _begins_part(self, frame: EncodedFrame, config: CodecConfig, at_ms: float) -> bool:
        part = self._part
        if part is None or config != part.config:
            return True
        gap_s = at_ms / 1000 - part.last_time / part.scale
        return gap_s > GAP_S and (frame.after_loss or config.kind == "audio")

    def _begin_part(self, config: CodecConfig) -> None:
        identifier = part_id(self._number, self._next_part)
        self._next_part += 1
        self._voice = SteadyVoice()
        self._picture = SteadyPicture(VIDEO_SEGMENT)
        self._part = PartWriter(identifier, config)
        self._written.append(self._part)

    def _add(self, part: PartWriter, rid: str, frame: EncodedFrame, at_ms: float, now_ms: float) -> None:
        time = round(at_ms * part.scale / 1000)
        if part.config.kind == "video":
            self._add_picture(part, rid, frame, time, now_ms)
            return
        placed = self._voice.place(time, samples_of(frame.data))
        if placed is None:
            return
        begin, silences = placed
        for index in range(silences, 0, -1):
            part.add(begin - index * SILENCE_SAMPLES, True, SILENCE, now_ms)
        part.add(begin, True, frame.data, now_ms)

    def _add_picture(
        self, part: PartWriter, rid: str, frame: EncodedFrame, wanted: int, now_ms: float
    ) -> None:
        place = self._picture.place(
            (rid, frame.ssrc), frame.timestamp, keyframe=frame.keyframe, wanted=wanted
        )
        source = FrameSource(frame.timestamp, rid)
        part.add(place.time, frame.keyframe, frame.data, now_ms, begins=place.begins, source=source)

    def tell(self) -> None:
        """What was given by the last tick is on the disk."""
        for part in self._written:
            part.tell()

    def manifest_row(self) -> Track:
        """The track as the manifest tells it."""
        parts: Sequence[Part] = [row for part in self._written if (row := part.row()) is not None]
        return self.row.model_copy(update={"parts": (*self.row.parts, *parts)})

    def forget_open(self) -> None:
        """The disk refused: flows begin anew, and nothing that was being written counts."""
        self._part = None
        self._written = []
        for flow in self._flows.values():
            flow.take(0.0, all_of_it=True)
            flow.begin_again()
