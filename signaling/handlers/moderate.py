"""What a host may do to others, and the raised hand that asks for it."""

from media.control import SetPublication
from platform_api.kernel.clock import unix_ms
from platform_api.kernel.events import RoomEndRequested
from platform_api.kernel.rooms import AUDIO_SOURCES, Right, Role
from signaling.connection.states import Event
from signaling.context import Context
from signaling.errors import NotAllowed, UnknownThing
from signaling.messages.catalogue import Empty
from signaling.messages.moderation import (
    AskToSpeak,
    EndForAll,
    LowerHand,
    Mute,
    MuteAll,
    Muted,
    Remove,
    SetRights,
    SpeakAsked,
)
from signaling.messages.room import (
    LeaveReason,
    Participant,
    ParticipantUpserted,
    Publication,
    RaiseHand,
)

SPARED_ROLES = frozenset({Role.HOST, Role.COMMENTATOR, Role.ENCODER})


async def hand(context: Context, request: RaiseHand) -> Empty:
    """One's own hand; raising a raised one keeps its place in the queue."""
    async with context.room.order:
        raised = context.me.hand_raised_at_ms
        if request.up and raised is None:
            raised = unix_ms(context.services.clock.now())
        await _update(context, context.me, hand_raised_at_ms=raised if request.up else None)
    return Empty()


async def rights(context: Context, request: SetRights) -> Empty:
    """Gives and takes; nobody gives what they do not have themselves."""
    for right in request.give:
        context.require(right)
    async with context.room.order:
        them = context.participant(request.participant)
        held = (set(them.rights) | set(request.give)) - set(request.take)
        await _set_rights(context, them, frozenset(held))
    if Right.SPEAK in request.take:
        for publication in _sounds(context, request.participant):
            await _switch_off(context, publication)
    return Empty()


async def ask_to_speak(context: Context, request: AskToSpeak) -> Empty:
    context.require(Right.SPEAK)
    async with context.room.order:
        them = context.participant(request.participant)
        lowered = them.model_copy(update={"hand_raised_at_ms": None})
        await _set_rights(context, lowered, frozenset(them.rights) | {Right.SPEAK})
    await context.room.pass_on(SpeakAsked(by=context.me.id), to=request.participant)
    return Empty()


async def mute(context: Context, request: Mute) -> Empty:
    """The node forwards and records nothing of it until its owner switches it on again."""
    them = context.participant(request.participant)
    found = [
        publication
        for publication in context.room.state.publications.values()
        if publication.participant == them.id and publication.source is request.source
    ]
    if not found:
        raise UnknownThing("publication.unknown")
    await _switch_off(context, found[0])
    return Empty()


async def mute_all(context: Context, _request: MuteAll) -> Empty:
    participants = context.room.state.participants
    for publication in tuple(context.room.state.publications.values()):
        owner = participants.get(publication.participant)
        spared = owner is not None and owner.role in SPARED_ROLES
        if publication.source in AUDIO_SOURCES and publication.on and not spared:
            await _switch_off(context, publication)
    return Empty()


async def lower_hand(context: Context, request: LowerHand) -> Empty:
    async with context.room.order:
        await _update(context, context.participant(request.participant), hand_raised_at_ms=None)
    return Empty()


async def remove(context: Context, request: Remove) -> Empty:
    """Out, and not in again; a box without a seat loses its media alone."""
    room, services = context.room, context.services
    them = context.participant(request.participant)
    if them.id == context.me.id:
        raise NotAllowed("right.missing")
    seat = room.presence.get(them.id)
    if seat is not None and seat.connection is not None:
        await services.end_connection(seat.connection, Event.REMOVED)
    else:
        await room.give_up(them.id, LeaveReason.REMOVED)
        await services.directory.hang_up(room.facts.room, them.id)
    return Empty()


async def end(context: Context, _request: EndForAll) -> Empty:
    """The platform ends the session; a room without one ends by itself."""
    context.services.tell(
        RoomEndRequested(
            at=context.services.clock.now(),
            room=context.room.facts.room,
            session=context.room.facts.session,
            subject=context.connection.grant.subject,
            address=context.connection.address,
        )
    )
    return Empty()


def _sounds(context: Context, participant: str) -> list[Publication]:
    return [
        publication
        for publication in context.room.state.publications.values()
        if publication.participant == participant and publication.source in AUDIO_SOURCES and publication.on
    ]


async def _switch_off(context: Context, publication: Publication) -> None:
    await context.services.media.set_publication(
        SetPublication(room=context.room.facts.room, publication=publication.id, on=False)
    )
    told = Muted(source=publication.source, by=context.me.id)
    await context.room.pass_on(told, to=publication.participant)


async def _set_rights(context: Context, them: Participant, held: frozenset[Right]) -> None:
    colour = context.room.state.colour_for(them.id, held)
    await _update(context, them, rights=tuple(sorted(held)), colour=colour)


async def _update(context: Context, them: Participant, **changes: object) -> None:
    updated = them.model_copy(update=changes)
    if updated != context.room.state.participants.get(them.id):
        await context.room.commit(ParticipantUpserted(participant=updated))
