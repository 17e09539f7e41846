"""Looking into the rooms that are live now."""

from typing import Protocol

from platform_api.kernel.errors import NotFound
from platform_api.rooms.schemas import LiveRoom, LiveRooms


class RoomKeeper(Protocol):
    """Whoever has the rooms; raises Unavailable where they cannot be reached."""

    async def rooms(self) -> LiveRooms: ...

    async def room(self, room: str) -> LiveRoom | None: ...


class RoomInspection:
    """The administrators' view; the keeper comes with the composition, for the platform knows no media.

    Where there is no keeper there are no rooms.
    """

    def __init__(self) -> None:
        self._keeper: RoomKeeper | None = None

    def attend(self, keeper: RoomKeeper) -> None:
        """Asks this keeper from now on."""
        self._keeper = keeper

    async def rooms(self) -> LiveRooms:
        """All rooms; raises Unavailable."""
        return LiveRooms(rooms=[], left_off=0) if self._keeper is None else await self._keeper.rooms()

    async def room(self, room: str) -> LiveRoom:
        """One room with its peers; raises NotFound where nobody is in it, Unavailable."""
        found = None if self._keeper is None else await self._keeper.room(room)
        if found is None:
            raise NotFound
        return found
