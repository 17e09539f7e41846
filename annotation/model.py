"""Marks and where they lie. Coordinates are of the picture: 0..1 across and down, never of a window."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_POINTS: Final = 2000
MAX_TEXT: Final = 200
MAX_MARKS_PER_TARGET: Final = 2000
MAX_BOARD_PAGES: Final = 50
MAX_POINTS_PER_SHEET: Final = 60_000
MAX_MARKS_PER_ROOM: Final = 8_000
MAX_POINTS_PER_ROOM: Final = 400_000
MAX_UNDO: Final = 200

Unit = Annotated[float, Field(ge=-0.05, le=1.05, allow_inf_nan=False)]
Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
RtpTimestamp = Annotated[int, Field(ge=0, le=0xFFFFFFFF)]
Rid = Annotated[str, Field(max_length=16)]


class Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Point(Value):
    """A place in the picture; `p` is pen pressure 0..1."""

    x: Unit
    y: Unit
    p: Annotated[float, Field(ge=0, le=1)] = 0.5


class LiveTarget(Value):
    """The moving picture of a publication, at the frame the author saw (ms since 1970 UTC, server's axis).

    `rtp_timestamp` names that frame exactly, in the RTP time of the publication's layer `rid`; null where the
    author's page is not sure of it.
    """

    kind: Literal["live"] = "live"
    publication: Annotated[str, Field(max_length=96)]
    capture_ms: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    rtp_timestamp: RtpTimestamp | None = None
    rid: Rid = ""


class StillTarget(Value):
    """A frozen picture of the room."""

    kind: Literal["still"] = "still"
    still: Id


class BoardTarget(Value):
    """A page of the whiteboard."""

    kind: Literal["board"] = "board"
    page: Id


Target = Annotated[LiveTarget | StillTarget | BoardTarget, Field(discriminator="kind")]


class Pen(Value):
    shape: Literal["pen"] = "pen"
    points: tuple[Point, ...] = Field(min_length=1, max_length=MAX_POINTS)
    width: Annotated[float, Field(gt=0, le=0.05)] = 3 / 720


class Arrow(Value):
    """From its tail to its head."""

    shape: Literal["arrow"] = "arrow"
    tail: Point
    head: Point
    width: Annotated[float, Field(gt=0, le=0.05)] = 3 / 720


class Ellipse(Value):
    shape: Literal["ellipse"] = "ellipse"
    centre: Point
    radius_x: Annotated[float, Field(gt=0, le=1)]
    radius_y: Annotated[float, Field(gt=0, le=1)]
    width: Annotated[float, Field(gt=0, le=0.05)] = 3 / 720


class Text(Value):
    """Words at a place; `size` is the line height as a part of the picture's height."""

    shape: Literal["text"] = "text"
    at: Point
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
    size: Annotated[float, Field(ge=0.01, le=0.2)] = 0.04


Shape = Annotated[Pen | Arrow | Ellipse | Text, Field(discriminator="shape")]


class Mark(Value):
    """One mark with its author in the record; `colour` is the author's index in the palette of UX 2.

    The index modulo six is the colour; from six on the line is dashed.
    """

    id: Id
    author: Annotated[str, Field(max_length=96)]
    author_name: Annotated[str, Field(max_length=64)]
    colour: Annotated[int, Field(ge=0, le=63)]
    target: Target
    shape: Shape
    created_ms: float


class BoardPage(Value):
    """A page of the whiteboard; `background` is a file URL of ours or null for a plain page."""

    id: Id
    background: Annotated[str, Field(max_length=300)] | None = None
