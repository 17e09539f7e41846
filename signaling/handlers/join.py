"""Taking a seat, leaving it, and setting the page's clock."""

from signaling.connection.states import Event, GiveUpSeat, State
from signaling.context import Context
from signaling.errors import SeatError
from signaling.messages.catalogue import Empty
from signaling.messages.room import Join, Joined, Ping, Pong, Relays


async def prepare(context: Context, _: Empty) -> Relays:
    """What a page needs to make its offer before it takes a seat; nobody in the room is told."""
    return Relays(ice_servers=context.services.ice_servers(context.connection.grant.subject))


async def join(context: Context, request: Join) -> Joined:
    """A seat for the owner of the grant, who is asked after at the platform each time."""
    connection, services = context.connection, context.services
    if connection.machine.state is not State.GREETED:
        raise SeatError("room.joined_already")
    facts = await services.admission.admit(connection.grant, address=connection.address)
    room = await services.directory.open(facts)
    async with room.order:
        joined, replaced = await room.take_seat(connection, request)
        still_here = connection.machine.state is State.GREETED
        if still_here:
            connection.machine.receive(Event.JOINED)
            connection.participant = joined.participant
    if replaced is not None:
        await services.end_connection(replaced, Event.TAKEN_OVER)
    if not still_here:
        await room.lose(joined.participant, connection.id)
        raise SeatError("room.not_joined")
    room.release_soon(connection.id)
    relays = services.ice_servers(connection.grant.subject)
    return joined.model_copy(update={"ice_servers": relays})


async def leave(context: Context, request: Empty) -> Empty:
    """The seat is given up; the connection may take one again."""
    participant, room = context.me.id, context.room
    for effect in context.connection.machine.receive(Event.LEFT):
        if isinstance(effect, GiveUpSeat):
            context.connection.participant = None
            await room.give_up(participant, effect.reason)
            await context.services.directory.hang_up(room.facts.room, participant)
    return request


async def ping(context: Context, request: Ping) -> Pong:
    return Pong(sent_ms=request.sent_ms, server_ms=context.services.clock.now().timestamp() * 1000)
