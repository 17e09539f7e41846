"""What a handler is given: who asks, in which room, and the parts it may use."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from media.client import MediaClient
from platform_api.kernel.clock import Clock
from platform_api.kernel.events import Event as Fact
from platform_api.kernel.rooms import Right
from signaling.admission import AdmissionCheck
from signaling.connection.registry import Connection
from signaling.connection.states import Event
from signaling.directory import Directory
from signaling.errors import NotAllowed, SeatError, UnknownThing
from signaling.figures import PageFigures
from signaling.messages.room import Participant
from signaling.room import Room


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that handlers share. `end_connection` carries out what the connection's table says.

    `ice_servers` are the relays that a subject is told of when it takes a seat.
    """

    directory: Directory
    admission: AdmissionCheck
    media: MediaClient
    figures: PageFigures
    clock: Clock
    ice_servers: Callable[[str], tuple[dict[str, Any], ...]]
    tell: Callable[[Fact], None]
    end_connection: Callable[[str, Event], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Context:
    """One request's surroundings."""

    connection: Connection
    services: Services

    @property
    def room(self) -> Room:
        """The room in which the asker sits; raises SeatError."""
        room = self.services.directory.get(self.connection.grant.room)
        if self.connection.participant is None or room is None:
            raise SeatError("room.not_joined")
        return room

    @property
    def me(self) -> Participant:
        """The asker as the room knows them now; raises SeatError."""
        return self.participant(self.connection.participant or "", missing=SeatError("room.not_joined"))

    def participant(self, name: str, *, missing: Exception | None = None) -> Participant:
        """Somebody in the asker's room; raises UnknownThing."""
        found = self.room.state.participants.get(name)
        if found is None:
            raise missing or UnknownThing("participant.unknown")
        return found

    def require(self, right: Right) -> None:
        """Raises NotAllowed unless the asker has the right now."""
        if right not in self.me.rights:
            raise NotAllowed("right.missing", params={"right": right.value})
