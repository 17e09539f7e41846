"""Frozen pictures and the presenter's own switching."""

from platform_api.kernel.rooms import Right
from signaling.context import Context
from signaling.errors import NotAllowed, UnknownThing
from signaling.limits import MAX_STILLS
from signaling.messages.catalogue import Empty
from signaling.messages.room import (
    CloseStill,
    Freeze,
    Present,
    PresentedView,
    Still,
    StillChanged,
    StillRemoved,
    ViewPresented,
)


async def freeze(context: Context, request: Freeze) -> Empty:
    """The frame is named for all at once; its picture follows by the API."""
    room = context.room
    async with room.order:
        state, me = room.state, context.me
        if request.publication not in state.known_publications:
            raise UnknownThing("publication.unknown")
        if request.id in state.stills:
            raise UnknownThing("still.exists")
        if len(state.stills) >= MAX_STILLS:
            raise UnknownThing("still.too_many")
        still = Still(
            id=request.id,
            publication=request.publication,
            capture_ms=request.capture_ms,
            rtp_timestamp=request.rtp_timestamp,
            rid=request.rid,
            author=me.id,
            author_name=me.name,
            open=request.open,
        )
        await room.commit(StillChanged(still=still))
    return Empty()


async def close(context: Context, request: CloseStill) -> Empty:
    """Put away by any who may freeze; withdrawn by its author or a moderator."""
    room = context.room
    async with room.order:
        still = room.state.stills.get(request.id)
        if still is None:
            raise UnknownThing("still.unknown")
        if not request.remove:
            await room.commit(StillChanged(still=still.model_copy(update={"open": False})))
        elif still.author == context.me.id or Right.MODERATE in context.me.rights:
            await room.commit(StillRemoved(still=still.id))
        else:
            raise NotAllowed("right.missing", params={"right": Right.MODERATE.value})
    return Empty()


async def present(context: Context, request: Present) -> Empty:
    """What the presenter looks at, for those who follow and for the replay."""
    async with context.room.order:
        view = PresentedView(layout=request.layout, participant=context.me.id)
        if view != context.room.state.view:
            await context.room.commit(ViewPresented(view=view))
    return Empty()
