"""What lives in the rooms now, for administrators; who keeps the rooms is told by the composition."""

from platform_api.http import Parts
from platform_api.rooms.routes import ROUTES
from platform_api.rooms.schemas import LiveRoom, LiveRooms
from platform_api.rooms.service import RoomInspection, RoomKeeper
from platform_api.teaching import LiveSessions

__all__ = ["ROUTES", "LiveRoom", "LiveRooms", "RoomInspection", "RoomKeeper", "build"]


def build(parts: Parts) -> tuple[RoomInspection]:
    """The inspection, that knows no room until it is given their keeper."""
    return (RoomInspection(parts.services.get(LiveSessions)),)
