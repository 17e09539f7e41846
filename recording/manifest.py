"""The versioned description of one recording: `manifest.json`. The files are the truth, this names them.

One axis: `origin_ms` is the wall time (ms since 1970 UTC) of media time zero; every `*_ms` beside it is
milliseconds on that axis.
"""

from enum import StrEnum
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from platform_api.kernel.rooms import Source

MANIFEST_VERSION: Final = 1


class RecordingState(StrEnum):
    RECORDING = "recording"
    INTERRUPTED = "interrupted"
    COMPLETE = "complete"


class PartState(StrEnum):
    """`ready` plays as it is; `pending` waits for a job to make it playable; `failed` could not be read."""

    READY = "ready"
    PENDING = "pending"
    FAILED = "failed"


class Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Segment(Value):
    """One file of a part, beginning with a keyframe; made of fsynced fragments of at most 2 s.

    Of a picture it says which frame of the publication it begins with, by the RTP time of the layer `rid`. As
    recorded, its other frames stand as far behind that one as their RTP times do, to the tick.
    """

    name: str
    start_ms: int
    duration_ms: int
    size: int
    rtp_timestamp: int | None = None
    rid: str = ""


class Part(Value):
    """One unbroken run of a track: one init segment, one codec configuration, no hole above 1 s.

    A picture may stand longer than that when the publisher sent nothing, as a still screen does.
    """

    id: str
    codec: str
    codec_string: str
    width: int = 0
    height: int = 0
    start_ms: int
    end_ms: int
    container: Literal["fmp4", "webm"]
    state: PartState
    playlist: str | None
    segments: tuple[Segment, ...]


class Track(Value):
    """One publication through the whole session, over reconnects and restarts."""

    publication: str
    participant: str
    participant_name: str
    role: str
    source: Source
    kind: Literal["audio", "video"]
    parts: tuple[Part, ...]


class Chapter(Value):
    """A place worth finding: why is one of `freeze`, `still`, `page`, `view`, `start`, `speaker`."""

    start_ms: int
    why: Literal["start", "freeze", "still", "page", "view", "speaker"]
    label: str
    url: str | None = None


class Manifest(Value):
    version: Literal[1] = 1
    recording: str
    room: str
    session: str | None
    title: str
    origin_ms: float
    duration_ms: int
    state: RecordingState
    tracks: tuple[Track, ...]
    chapters: tuple[Chapter, ...] = ()
    events: str = "events.json"
