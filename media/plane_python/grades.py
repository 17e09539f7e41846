"""What arrives of each layer inside one flow: counted, and told as grades that a subscriber may have."""

from media.core.place import Place
from media.core.stats import RateMeter
from media.plane import GradeStats


class _Cell:
    __slots__ = ("octets", "packets", "rate")

    def __init__(self) -> None:
        self.packets = 0
        self.octets = 0
        self.rate = RateMeter()


class Grades:
    """By spatial and temporal layer; nothing is kept of a flow without such."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], _Cell] = {}

    def arrived(self, place: Place, octets: int) -> None:
        cell = self._cells.get(place[:2])
        if cell is None:
            cell = self._cells[place.spatial, place.temporal] = _Cell()
        cell.packets += 1
        cell.octets += octets

    @property
    def highest_spatial(self) -> int:
        """The highest spatial layer that ever came."""
        return max((spatial for spatial, _ in self._cells), default=0)

    def tick(self, now_ms: float) -> None:
        """Measures; to be called about once a second."""
        for cell in self._cells.values():
            cell.rate.tick(cell.octets, now_ms)

    def stats(self) -> tuple[GradeStats, ...]:
        """The grades, each with all of the one before it; none where the flow has but one layer.

        Slower pictures come first, then larger ones at full speed.
        """
        spatial = self.highest_spatial
        temporal = max((each for _, each in self._cells), default=0)
        if not spatial and not temporal:
            return ()
        slower = [(0, each) for each in range(temporal)]
        return tuple(
            self._grade(*each) for each in (*slower, *((each, temporal) for each in range(spatial + 1)))
        )

    def _grade(self, spatial: int, temporal: int) -> GradeStats:
        """Of a slower grade the packets of its own time count, or it would never be seen to fall silent."""
        rate, packets = 0.0, 0
        for (at_spatial, at_temporal), cell in self._cells.items():
            if at_spatial <= spatial and at_temporal <= temporal:
                rate += cell.rate.bitrate_bps
                if at_spatial == spatial and (spatial or at_temporal == temporal):
                    packets += cell.packets
        return GradeStats(spatial, temporal, packets, round(rate))
