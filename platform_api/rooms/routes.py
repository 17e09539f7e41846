"""Live rooms over HTTP."""

from platform_api.http import Call, Method, Permission, Route
from platform_api.kernel.errors import NotFound, Unavailable
from platform_api.rooms.schemas import LiveRoom, LiveRooms, RoomPath
from platform_api.rooms.service import RoomInspection

INSPECT = Permission("rooms.inspect")


async def list_live_rooms(call: Call[None, None, None]) -> LiveRooms:
    return await call.services.get(RoomInspection).rooms(call.asker)


async def look_at_live_room(call: Call[RoomPath, None, None]) -> LiveRoom:
    return await call.services.get(RoomInspection).room(call.asker, call.path.room)


ROUTES = (
    Route(
        Method.GET,
        "/rooms/live",
        list_live_rooms,
        permission=INSPECT,
        summary="Rooms of one's organisations with somebody in them and what is on air, the fullest first",
        errors=(Unavailable,),
    ),
    Route(
        Method.GET,
        "/rooms/live/{room}",
        look_at_live_room,
        permission=INSPECT,
        summary="One live room: each connection, what its line carries, what it is sent and why",
        errors=(NotFound, Unavailable),
    ),
)
