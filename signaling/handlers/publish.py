"""Sending pictures and sound: the offer, and switching one's own sources."""

from media.control import Negotiate, OfferedPublication, SetPublication
from platform_api.kernel.rooms import Right, Source
from signaling.context import Context
from signaling.errors import NotAllowed, SeatError, UnknownThing
from signaling.messages.catalogue import Empty
from signaling.messages.media import Answer, Offer, Slot, SwitchSource
from signaling.state import may_publish


def publishable(context: Context) -> frozenset[Source]:
    """What the asker may send now."""
    seat = context.room.presence.get(context.me.id)
    if seat is None or seat.grant is None:
        raise SeatError("room.not_joined")
    return may_publish(seat.grant, frozenset(Right(right) for right in context.me.rights))


async def offer(context: Context, request: Offer) -> Answer:
    """The node's answer to the page's offer."""
    allowed = publishable(context)
    for publication in request.publications:
        _require(publication.source, allowed)
    negotiated = await context.services.media.negotiate(
        Negotiate(
            room=context.room.facts.room,
            participant=context.me.id,
            peer=request.peer,
            offer=request.sdp,
            publications=tuple(
                OfferedPublication(mid=item.mid, source=item.source) for item in request.publications
            ),
            restarts_ice=request.restarts_ice,
            may_publish=allowed,
            may_subscribe=context.connection.grant.subscribe,
        )
    )
    return Answer(
        sdp=negotiated.answer, slots=tuple(Slot(mid=slot.mid, kind=slot.kind) for slot in negotiated.slots)
    )


async def switch(context: Context, request: SwitchSource) -> Empty:
    """One's own source off, or on again if one still may send it; the node tells the room."""
    if request.on:
        _require(request.source, publishable(context))
    own = [
        publication.id
        for publication in context.room.state.publications.values()
        if publication.participant == context.me.id and publication.source is request.source
    ]
    if not own:
        raise UnknownThing("publication.unknown")
    await context.services.media.set_publication(
        SetPublication(room=context.room.facts.room, publication=own[0], on=request.on)
    )
    return Empty()


def _require(source: Source, allowed: frozenset[Source]) -> None:
    if source not in allowed:
        raise NotAllowed("source.not_allowed", params={"source": source.value})
