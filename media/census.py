"""What there is on a node, for those who ask: counters, lines, what is on air."""

from collections.abc import Callable, Mapping

from media.allocation.loop import Allocations
from media.client import MediaRefused
from media.connections import Connections
from media.control import NodeEvent, Stats
from media.errors import MediaErrorCode
from media.figures import NodeFigures
from media.inspection import Inspector
from media.plane import PacketPlane
from media.quality import QualityMeter
from media.room import Room
from media.taps import Taps
from platform_api.kernel.clock import Clock


class Census:
    """Looks at the node's rooms and changes nothing; `inspector` and `registry` are for operators."""

    def __init__(
        self,
        plane: PacketPlane,
        rooms: Mapping[str, Room],
        *,
        counters: Callable[[], Mapping[str, int]],
        quality: QualityMeter,
        allocations: Allocations,
        taps: Taps,
        connections: Connections,
        clock: Clock,
    ) -> None:
        self._rooms = rooms
        self._counters = counters
        self._quality = quality
        self._allocations = allocations
        self.inspector = Inspector(plane, rooms, allocations=allocations, taps=taps, clock=clock)
        self.registry = connections.registry
        NodeFigures(
            plane, rooms, counters=counters, allocations=allocations, connections=connections, clock=clock
        )

    def stats(self, room: str) -> Stats:
        """How the lines of a room fare; raises MediaRefused for an unknown one."""
        known = self._rooms.get(room)
        if known is None:
            raise MediaRefused(MediaErrorCode.UNKNOWN_ROOM)
        return Stats(rows=self._quality.rows(known, advance=False), counters=dict(self._counters()))

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
