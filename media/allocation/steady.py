"""One viewer's allocation over time: down at once, up only when the room for it has lasted."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from media.allocation.allocate import Levels, allocate, cost_bps
from media.allocation.demand import Demand, Limit
from media.allocation.patience import Patience

USABLE: Final = 0.95
"""Of what a line carries; the rest is for reports and for what a picture varies."""

ROOM: Final = 1.2
"""What is to rise must fit into a line that carries a sixth less."""

VARIES: Final = 1.2


class Steady:
    """Keeps what each publication has; knows no plane. Time is given, in seconds that only grow."""

    def __init__(self) -> None:
        self._held: dict[str, str | None] = {}
        self._limits: dict[str, str | None] = {}
        self._patience = Patience()
        self._room_since_s: float | None = None

    def settle(self, demands: Sequence[Demand], estimate_bps: int | None, now_s: float) -> Levels:
        """The levels from now on. Without an estimate everybody has what it wants."""
        limits = {one.publication: one.limit[0] for one in demands}
        if estimate_bps is None:
            return self._keep(demands, limits)
        self._patience.begin(now_s)
        budget = estimate_bps * USABLE
        caps = self._caps(demands, limits)
        fallen = allocate(demands, budget, caps)
        if any(fallen[name] < min(level, limits[name]) for name, level in caps.items()):
            self._patience.fell(now_s)
        risen = allocate(demands, budget / ROOM)
        if _order(demands, risen) <= _order(demands, fallen):
            self._room_since_s = None
            return self._keep(demands, fallen)
        if self._room_since_s is None:
            self._room_since_s = now_s
        for_all = all(risen[name] >= limit for name, limit in limits.items())
        if now_s - self._room_since_s < self._patience.wait_s(now_s, for_all=for_all):
            return self._keep(demands, fallen)
        self._patience.rose(now_s)
        self._room_since_s = None
        return self._keep(demands, risen)

    @property
    def is_waiting(self) -> bool:
        """Whether there is room that has not lasted yet: ask again soon."""
        return self._room_since_s is not None

    def _caps(self, demands: Sequence[Demand], limits: Mapping[str, int]) -> Levels:
        """No publication rises beyond what it has, but those that are new or wanted otherwise than before."""
        caps = {}
        for one in demands:
            limit = one.rid(limits[one.publication])
            known = one.publication in self._held and self._limits[one.publication] == limit
            level = one.level_of(self._held[one.publication]) if known else None
            if level is not None:
                caps[one.publication] = level
        return caps

    def _keep(self, demands: Sequence[Demand], levels: Levels) -> Levels:
        self._held = {one.publication: one.rid(levels[one.publication]) for one in demands}
        self._limits = {one.publication: one.rid(one.limit[0]) for one in demands}
        return levels


def goal_bps(demands: Sequence[Demand]) -> int:
    """What the line must be known to carry for everything wanted to flow, and to vary.

    A scope that is shown small counts whole: whoever enlarges it does not wait until the line is measured.
    """
    wanted = cost_bps(demands, {one.publication: _hoped(one) for one in demands})
    return round(wanted * ROOM / USABLE * VARIES)


def _hoped(one: Demand) -> int:
    level, why = one.limit
    return len(one.layers) if one.contract.holds and why is Limit.SIZE else level


def _order(demands: Sequence[Demand], levels: Mapping[str, int]) -> tuple[int, ...]:
    """Greater is better: the levels of each rank together, the foremost rank first."""
    ranked = sorted(demands, key=lambda one: one.contract.rank)
    return tuple(
        sum(levels[one.publication] for one in group)
        for _, group in groupby(ranked, key=lambda one: one.contract.rank)
    )
