"""One part being written: frames become fragments, fragments segments. Pure: gives disk operations."""

import struct
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from recording.containers.mp4 import (
    Sample,
    fragment,
    init_segment,
    last_duration_offset,
    timescale_of,
)
from recording.depacketise.frames import CodecConfig
from recording.disk import Append, DiskOperation, Patch, WriteWhole
from recording.manifest import Part, PartState, Segment
from recording.names import init_name, playlist_name, segment_name

VIDEO_SEGMENT_S: Final = 4.0
AUDIO_SEGMENT_S: Final = 6.0
HOLD_MS: Final = 1000.0
DEFAULT_FRAME_S: Final = 1 / 30


@dataclass(frozen=True, slots=True)
class FrameSource:
    """Which frame of the publication this is: its RTP time in the layer `rid`."""

    rtp_timestamp: int
    rid: str


@dataclass(slots=True)
class SegmentDraft:
    """A segment's row in the making; times in the track's units, told once it is closed and on the disk."""

    name: str
    start: int
    source: "FrameSource | None" = None
    end: int = 0
    size: int = 0
    fragments: int = 0
    closed: bool = False
    told: bool = False
    row: Segment | None = None


@dataclass(frozen=True, slots=True)
class _Guess:
    """The last sample on the disk has a guessed duration, to be corrected there."""

    draft: SegmentDraft
    offset: int
    time: int
    duration: int


@dataclass(slots=True)
class _Held:
    time: int
    keyframe: bool
    data: bytes
    held_since_ms: float
    begins: bool
    source: FrameSource | None

    def lasting(self, duration: int) -> "_Ready":
        sample = Sample(self.time, duration, self.keyframe, self.data)
        return _Ready(sample, self.begins, self.source)


class _Ready(NamedTuple):
    """A sample to be written, and whether a segment begins with it."""

    sample: Sample
    begins: bool
    source: FrameSource | None


@dataclass(slots=True)
class PartWriter:
    """Takes frames in decoding order, their times on the recording's axis in the track's units."""

    identifier: str
    config: CodecConfig
    segments: list[SegmentDraft] = field(default_factory=list)
    closed: bool = False
    last_time: int = -1
    _held: list[_Held] = field(default_factory=list)
    _guess: _Guess | None = None
    _begun: bool = False
    _fragment: int = 0
    _segment_time: int = -1
    _typical: int = 0
    _last_offset: int = 0

    @property
    def scale(self) -> int:
        return timescale_of(self.config)

    def add(
        self,
        time: int,
        keyframe: bool,
        data: bytes,
        now_ms: float,
        *,
        begins: bool = False,
        source: FrameSource | None = None,
    ) -> None:
        """A frame; a time that does not go on is moved just behind the last.

        A segment begins with a keyframe if `begins` says so, or once the last is long enough.
        """
        if self._held or self._guess is not None or self.last_time >= 0:
            time = max(time, self.last_time + 1)
            self._typical = min(time - self.last_time, self.scale)
        self.last_time = time
        first = self._segment_time < 0
        begins = first or (keyframe and (begins or self._is_full(time)))
        if begins:
            self._segment_time = time
        self._held.append(_Held(time, keyframe, data, now_ms, begins, source))

    def cut(self, now_ms: float, *, closing: bool = False) -> list[DiskOperation]:
        """Everything that can be written now. The last frame waits up to a second for the next to come."""
        operations: list[DiskOperation] = []
        if not self._begun and self._held:
            self._begun = True
            operations.append(WriteWhole(init_name(self.identifier), init_segment(self.config)))
        operations += self._correct()
        operations += self._write(self._ready(now_ms, closing))
        if closing:
            self.closed = True
            self._close_segment()
        return operations

    def _ready(self, now_ms: float, closing: bool) -> list[_Ready]:
        ready = [
            this.lasting(after.time - this.time)
            for this, after in zip(self._held, self._held[1:], strict=False)
        ]
        if not self._held:
            return ready
        last = self._held[-1]
        self._held = [last]
        if closing or now_ms - last.held_since_ms >= HOLD_MS:
            duration = self._typical or round(self.scale * DEFAULT_FRAME_S)
            ready.append(last.lasting(duration))
            self._held = []
        return ready

    def _correct(self) -> list[DiskOperation]:
        """The duration that was guessed, now that the next frame is there."""
        guess = self._guess
        if guess is None or not self._held:
            return []
        self._guess = None
        duration = self._held[0].time - guess.time
        if duration == guess.duration:
            return []
        guess.draft.end = guess.time + duration
        return [Patch(guess.draft.name, guess.offset, struct.pack(">I", duration))]

    def _write(self, ready: list[_Ready]) -> list[DiskOperation]:
        operations: list[DiskOperation] = []
        group: list[Sample] = []
        for sample, begins, source in ready:
            if begins:
                operations += self._append(group)
                group = []
                self._close_segment()
                name = segment_name(self.identifier, len(self.segments) + 1)
                self.segments.append(SegmentDraft(name, sample.time, source))
            group.append(sample)
        operations += self._append(group)
        if ready and not self._held:
            last = ready[-1].sample
            self._guess = _Guess(self.segments[-1], self._last_offset, last.time, last.duration)
        return operations

    def _is_full(self, time: int) -> bool:
        least = AUDIO_SEGMENT_S if self.config.kind == "audio" else VIDEO_SEGMENT_S
        return time - self._segment_time >= least * self.scale

    def _append(self, group: list[Sample]) -> list[DiskOperation]:
        if not group:
            return []
        self._fragment += 1
        data = fragment(self._fragment, group)
        draft = self.segments[-1]
        self._last_offset = draft.size + last_duration_offset(len(group))
        draft.size += len(data)
        draft.fragments += 1
        draft.end = group[-1].time + group[-1].duration
        return [Append(draft.name, data)]

    def _close_segment(self) -> None:
        if self.segments:
            self.segments[-1].closed = True

    def tell(self) -> None:
        """What is closed is on the disk now: rows may say so."""
        for draft in reversed(self.segments):
            if draft.told:
                break
            draft.told = draft.closed

    def row(self) -> Part | None:
        """The part as the manifest tells it; an open segment has size and duration 0. None: nothing yet."""
        if not self.segments:
            return None
        return Part(
            id=self.identifier,
            codec=self.config.codec,
            codec_string=self.config.codec_string,
            width=self.config.width,
            height=self.config.height,
            start_ms=self._ms(self.segments[0].start),
            end_ms=self._ms(self.segments[-1].end if self.segments[-1].told else self.segments[-1].start),
            container="fmp4",
            state=PartState.PENDING if self.config.codec == "VP8" else PartState.READY,
            playlist=playlist_name(self.identifier),
            segments=tuple(self._segment_row(draft) for draft in self.segments),
        )

    def _segment_row(self, draft: SegmentDraft) -> Segment:
        """The segment's row, made once for its whole life as an open and once as a closed one."""
        row = draft.row
        if row is None or (draft.told and not row.size):
            start_ms = self._ms(draft.start)
            duration_ms = self._ms(draft.end) - start_ms if draft.told else 0
            size = draft.size if draft.told else 0
            row = Segment(name=draft.name, start_ms=start_ms, duration_ms=duration_ms, size=size)
            if draft.source is not None:
                facts = {"rtp_timestamp": draft.source.rtp_timestamp, "rid": draft.source.rid}
                row = row.model_copy(update=facts)
            draft.row = row
        return row

    def _ms(self, time: int) -> int:
        return round(time * 1000 / self.scale)
