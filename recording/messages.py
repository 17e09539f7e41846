"""Messages of the recorder's control socket: JSON text frames of one WebSocket.

A request has an answer with its id; what a recording becomes is told to every connection.
"""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from recording.manifest import RecordingState

MAX_FRAME_BYTES: Final = 64 * 1024

Id = Annotated[str, Field(min_length=1, max_length=96, pattern=r"^[A-Za-z0-9._:-]+$")]


class Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Start(Wire):
    """Records all publications of the room from now, on this media node."""

    op: Literal["start"] = "start"
    recording: Id
    room: Id
    node: Id
    title: str = Field(max_length=300)
    session: Id | None = None


class Stop(Wire):
    """Closes the files; answered at once, `complete` is told when the manifest says so."""

    op: Literal["stop"] = "stop"
    recording: Id


class GetStatus(Wire):
    op: Literal["status"] = "status"


class Status(Wire):
    """One recording that this recorder holds."""

    recording: Id
    room: Id
    state: RecordingState
    duration_ms: int
    tracks: int


class Statuses(Wire):
    op: Literal["statuses"] = "statuses"
    recordings: tuple[Status, ...]


class Done(Wire):
    op: Literal["done"] = "done"


class Failed(Wire):
    op: Literal["failed"] = "failed"
    code: str


class Changed(Wire):
    """A recording's state on the disk changed; all that are held are told to a new connection."""

    event: Literal["recording_changed"] = "recording_changed"
    recording: Id
    room: Id
    state: RecordingState
    duration_ms: int


Request = Annotated[Start | Stop | GetStatus, Field(discriminator="op")]
Answer = Annotated[Statuses | Done | Failed, Field(discriminator="op")]


class RequestFrame(Wire):
    id: int
    request: Request


class AnswerFrame(Wire):
    id: int
    answer: Answer


class EventFrame(Wire):
    event: Changed


REQUEST: Final[TypeAdapter[RequestFrame]] = TypeAdapter(RequestFrame)
HEARD: Final[TypeAdapter[AnswerFrame | EventFrame]] = TypeAdapter(AnswerFrame | EventFrame)
