"""Messages about marks: operations in the server's order, and what is only passing."""

from typing import Annotated

from pydantic import Field

from annotation.model import Point, Shape, Target
from annotation.operations import MarksChanged as Changes
from annotation.operations import Operation
from platform_api.kernel.rooms import Right
from signaling.messages.catalogue import Empty, EventSpec, Message, RequestSpec
from signaling.messages.room import Id


class Apply(Message):
    operation: Operation


class Applied(Message):
    """Stored, as this event of the room's order."""

    seq: int


class StrokeInProgress(Message):
    """A mark being drawn, so that all see it grow; it ends with the `add` of the same id."""

    id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
    target: Target
    shape: Shape


class Pointer(Message):
    """The laser pointer on a sheet; null: put away."""

    target: Target | None
    at: Point | None


class MarksChanged(Message):
    """Ordered effect of one operation; `author` asked for it."""

    author: Id
    changes: Changes


class StrokeShown(Message):
    author: Id
    stroke: StrokeInProgress


class PointerMoved(Message):
    author: Id
    pointer: Pointer


REQUESTS = (
    RequestSpec(
        name="annotation.apply", data=Apply, answer=Applied, right=Right.DRAW, rate_per_s=20, burst=40
    ),
    RequestSpec(
        name="annotation.stroke",
        data=StrokeInProgress,
        answer=Empty,
        right=Right.DRAW,
        rate_per_s=40,
        burst=60,
        volatile=True,
    ),
    RequestSpec(
        name="annotation.pointer",
        data=Pointer,
        answer=Empty,
        right=Right.POINT,
        rate_per_s=40,
        burst=60,
        volatile=True,
    ),
)
EVENTS = (
    EventSpec(name="marks.changed", data=MarksChanged),
    EventSpec(name="stroke.shown", data=StrokeShown, volatile=True),
    EventSpec(name="pointer.moved", data=PointerMoved, volatile=True),
)
