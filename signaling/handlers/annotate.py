"""Marks: ordered operations, and what only passes."""

from annotation.board import Author
from annotation.model import BoardTarget, LiveTarget, StillTarget, Target
from annotation.operations import AddMark, AddPage, ClearMarks, Operation, ShowPage
from platform_api.kernel.clock import unix_ms
from platform_api.kernel.rooms import Right
from signaling.context import Context
from signaling.errors import UnknownThing
from signaling.messages.annotation import (
    Applied,
    Apply,
    MarksChanged,
    Pointer,
    PointerMoved,
    StrokeInProgress,
    StrokeShown,
)
from signaling.messages.catalogue import Empty

MAX_NAME: int = 64


async def apply(context: Context, request: Apply) -> Applied:
    """The operation in the server's order, or a refusal that leaves every mark as it is."""
    operation = request.operation
    _require_rights(context, operation)
    room = context.room
    async with room.order:
        me = context.me
        if isinstance(operation, AddMark):
            _require_target(context, operation.target)
        author = Author(id=me.id, name=me.name[:MAX_NAME], colour=me.colour)
        now_ms = float(unix_ms(context.services.clock.now()))
        changes = room.state.board.decide(author, operation, at_ms=now_ms)
        return Applied(seq=await room.commit(MarksChanged(author=me.id, changes=changes)))


async def stroke(context: Context, request: StrokeInProgress) -> Empty:
    _require_target(context, request.target)
    await context.room.pass_on(StrokeShown(author=context.me.id, stroke=request), but=context.me.id)
    return Empty()


async def pointer(context: Context, request: Pointer) -> Empty:
    if request.target is not None:
        _require_target(context, request.target)
    await context.room.pass_on(PointerMoved(author=context.me.id, pointer=request), but=context.me.id)
    return Empty()


def _require_rights(context: Context, operation: Operation) -> None:
    """Beside `draw`: everybody's marks need `clear`, pages that all turn to need `present`."""
    if isinstance(operation, ClearMarks) and operation.everybody:
        context.require(Right.CLEAR)
    if isinstance(operation, AddPage | ShowPage):
        context.require(Right.PRESENT)


def _require_target(context: Context, target: Target) -> None:
    state = context.room.state
    match target:
        case LiveTarget():
            if target.publication not in state.known_publications:
                raise UnknownThing("publication.unknown")
        case StillTarget():
            if target.still not in state.stills:
                raise UnknownThing("still.unknown")
        case BoardTarget():
            if all(page.id != target.page for page in state.board.pages):
                raise UnknownThing("page.unknown")
