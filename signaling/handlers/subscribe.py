"""Which pictures and sounds the asker's page wants now."""

from media.control import Subscribe as NodeSubscribe
from media.control import Want as NodeWant
from signaling.context import Context
from signaling.messages.media import Assignment, Subscribe, Subscribed


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
