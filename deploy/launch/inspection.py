"""The media node as the keeper of rooms that the platform asks."""

from collections.abc import Sequence

from media.client import MediaAway, MediaClient, MediaRefused
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.ids import RoomId
from platform_api.rooms import LiveRoom, LiveRooms


class NodeRooms:
    """A `RoomKeeper`; the shapes of both sides are the same, and each checks its own."""

    def __init__(self, media: MediaClient) -> None:
        self._media = media

    async def rooms(self, among: Sequence[RoomId]) -> LiveRooms:
        try:
            seen = await self._media.look_at_rooms(among)
        except MediaAway as error:
            raise Unavailable from error
        return LiveRooms.model_validate(seen.model_dump(exclude={"op"}))

    async def room(self, room: str) -> LiveRoom | None:
        try:
            seen = await self._media.look_at_room(room)
        except MediaAway as error:
            raise Unavailable from error
        except MediaRefused:
            return None  # nobody is there (any more)
        return LiveRoom.model_validate(seen.model_dump(exclude={"op"}))
