"""Looking into the rooms that are live now."""

from collections.abc import Sequence
from typing import Protocol

from platform_api.http import Asker
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import RoomId
from platform_api.rooms.schemas import LiveRoom, LiveRooms
from platform_api.teaching import LiveSessions


class RoomKeeper(Protocol):
    """Whoever has the rooms; raises Unavailable where they cannot be reached."""

    async def rooms(self, among: Sequence[RoomId]) -> LiveRooms: ...

    async def room(self, room: str) -> LiveRoom | None: ...


class RoomInspection:
    """The administrators' view of the sessions of their organisation and those below it.

    A room without a session (one of a grant from the command line) is nobody's, and not seen here.
    The keeper comes with the composition, for the platform knows no media; without one there are no rooms.
    """

    def __init__(self, sessions: LiveSessions) -> None:
        self._sessions = sessions
        self._keeper: RoomKeeper | None = None

    def attend(self, keeper: RoomKeeper) -> None:
        """Asks this keeper from now on."""
        self._keeper = keeper

    async def rooms(self, asker: Asker) -> LiveRooms:
        """The asker's rooms with somebody in them; raises Unavailable."""
        own = await self._sessions.rooms_below(asker.organisation)
        if self._keeper is None or not own:
            return LiveRooms(rooms=[], left_off=0)
        return await self._keeper.rooms(own)

    async def room(self, asker: Asker, room: str) -> LiveRoom:
        """One room with its peers; raises NotFound for a foreign one as where nobody is, Unavailable."""
        own = await self._sessions.rooms_below(asker.organisation)
        found = None if self._keeper is None or room not in own else await self._keeper.room(room)
        if found is None:
            raise NotFound
        return found
