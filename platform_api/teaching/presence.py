"""Who is in the rooms now, as the live side tells it; in memory, for counts in lists."""

from platform_api.kernel.events import ParticipantJoined, ParticipantLeft
from platform_api.kernel.ids import RoomId
from platform_api.kernel.rooms import Role

WATCHING = frozenset({Role.VIEWER, Role.COMMENTATOR})


class Presence:
    """Subjects by room. A participant who joins twice counts once."""

    def __init__(self) -> None:
        self._rooms: dict[RoomId, dict[str, Role]] = {}

    def joined(self, event: ParticipantJoined) -> None:
        self._rooms.setdefault(event.room, {})[event.subject] = event.role

    def left(self, event: ParticipantLeft) -> None:
        there = self._rooms.get(event.room, {})
        there.pop(event.subject, None)
        if not there:
            self._rooms.pop(event.room, None)

    def ended(self, room: RoomId) -> None:
        self._rooms.pop(room, None)

    def viewers(self, room: RoomId | None) -> int:
        """How many watch: neither the host nor an encoder is counted."""
        if room is None:
            return 0
        return sum(role in WATCHING for role in self._rooms.get(room, {}).values())
