"""Which pictures and sounds the asker's page wants now."""

from media.control import SetViewport
from media.control import Shown as NodeShown
from media.control import Subscribe as NodeSubscribe
from media.control import Want as NodeWant
from signaling.context import Context
from signaling.messages.catalogue import Empty
from signaling.messages.media import Assignment, Report, Subscribe, Subscribed, Viewport


async def subscribe(context: Context, request: Subscribe) -> Subscribed:
    """The whole wanted set; what the grant does not let see is not assigned."""
    publications = context.room.state.publications
    visible = context.connection.grant.subscribe
    wanted = [
        want
        for want in request.want
        if want.publication not in publications or publications[want.publication].source in visible
    ]
    answer = await context.services.media.subscribe(
        NodeSubscribe(
            room=context.room.facts.room,
            participant=context.me.id,
            peer=request.peer,
            want=tuple(
                NodeWant(publication=want.publication, layer=want.layer, paused=want.paused)
                for want in wanted
            ),
        )
    )
    assigned = {item.publication: item.mid for item in answer.assignments}
    return Subscribed(
        assignments=tuple(
            Assignment(publication=want.publication, mid=assigned.get(want.publication))
            for want in request.want
        )
    )


async def show(context: Context, request: Viewport) -> Empty:
    """How large the page shows what it wants: no more than that is sent."""
    await context.services.media.set_viewport(
        SetViewport(
            room=context.room.facts.room,
            participant=context.me.id,
            peer=request.peer,
            shown=tuple(
                NodeShown(publication=item.publication, width=item.width, height=item.height)
                for item in request.shown
            ),
        )
    )
    return Empty()


async def report(context: Context, request: Report) -> Empty:
    """What the page saw, for the operator's figures."""
    room = context.room
    publications = room.state.publications
    for seen in request.seen:
        if seen.publication in publications:
            source = publications[seen.publication].source
            context.services.figures.count(room.facts.room, source, seen)
    return Empty()
