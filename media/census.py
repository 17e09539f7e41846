"""What there is on a node, for those who ask: counters, lines, what is on air."""

from collections.abc import Callable, Mapping

from media.allocation.loop import Allocations
from media.client import MediaRefused
from media.control import NodeEvent, Stats
from media.errors import MediaErrorCode
from media.quality import QualityMeter
from media.room import Room


class Census:
    """Looks at the node's rooms and changes nothing."""

    def __init__(
        self,
        rooms: Mapping[str, Room],
        figures: Callable[[], Mapping[str, int]],
        quality: QualityMeter,
        allocations: Allocations,
    ) -> None:
        self._rooms = rooms
        self._figures = figures
        self._quality = quality
        self._allocations = allocations

    def stats(self, room: str) -> Stats:
        """How the lines of a room fare; raises MediaRefused for an unknown one."""
        known = self._rooms.get(room)
        if known is None:
            raise MediaRefused(MediaErrorCode.UNKNOWN_ROOM)
        return Stats(rows=self._quality.rows(known, advance=False), counters=dict(self._figures()))

    def present(self, room: str) -> tuple[NodeEvent, ...]:
        """What a new watcher of the room must be told: what is on air, its clocks, and how it flows."""
        known = self._rooms.get(room)
        if known is None:
            return ()
        events: list[NodeEvent] = []
        for publication in known.publications.values():
            if publication.is_started:
                events += [publication.started(), *publication.clocks.values()]
        return (*events, *self._allocations.present(known))
