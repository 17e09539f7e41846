"""The connections that are open now, by id and by subject."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from platform_api.kernel.tokens import Grant
from signaling.connection.machine import ConnectionMachine
from signaling.connection.states import State
from signaling.limits import ConnectionMeter, UserMeter


@dataclass(slots=True, eq=False)
class Connection:
    """One Socket.IO connection: whose it is and where from, its state, what it spends.

    Requests about media wait in a lane of their own, so that a slow node does not hold up words and marks.
    """

    id: str
    grant: Grant
    meter: ConnectionMeter
    user: UserMeter
    address: str = ""
    machine: ConnectionMachine = field(default_factory=ConnectionMachine)
    participant: str | None = None
    pending: int = 0
    room_lane: asyncio.Lock = field(default_factory=asyncio.Lock)
    media_lane: asyncio.Lock = field(default_factory=asyncio.Lock)

    def lane(self, name: str) -> asyncio.Lock:
        return self.media_lane if name.startswith("media.") else self.room_lane

    async def settle(self) -> None:
        """Until a join that is under way has its outcome: an offer may be sent right behind it."""
        if self.machine.state is State.GREETED:
            async with self.room_lane:
                pass


class Connections:
    """All of them."""

    def __init__(self) -> None:
        self._by_id: dict[str, Connection] = {}

    def add(self, connection: Connection) -> None:
        self._by_id[connection.id] = connection

    def get(self, connection_id: str) -> Connection | None:
        return self._by_id.get(connection_id)

    def remove(self, connection_id: str) -> Connection | None:
        return self._by_id.pop(connection_id, None)

    def of_subject(self, subject: str, room: str | None) -> list[Connection]:
        """The subject's connections, in this room or (None) in every room."""
        return [
            connection
            for connection in self._by_id.values()
            if connection.grant.subject == subject and room in (None, connection.grant.room)
        ]

    def of_room(self, room: str) -> list[Connection]:
        return [connection for connection in self._by_id.values() if connection.grant.room == room]

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._by_id.values()))

    def __len__(self) -> int:
        return len(self._by_id)
