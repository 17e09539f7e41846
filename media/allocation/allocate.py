"""What of everything wanted goes over a line of so many bit/s: pure, and without a memory.

Voices first, then one source after the other in the order of its contract. A source gets as much as fits
before the next gets anything, so that on a falling line the last in the order gives way first, and what
a lower one has could never have made a higher one better; nothing flows while a higher one goes without
for want of line. Several of one rank (the faces) rise together.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from media.allocation.demand import Demand

Levels = dict[str, int]


def allocate(demands: Sequence[Demand], budget_bps: float, caps: Mapping[str, int] | None = None) -> Levels:
    """A level for each publication, none above its limit or its cap.

    All together cost at most the budget, but for what must flow: voices, and the lowest layer of what
    holds, or of the foremost picture if nothing does (a line on which nothing flows is never measured).
    Glimpses take all that there is: nothing flows below them.
    """
    ranked = sorted(demands, key=lambda one: one.contract.rank)
    most = {one.publication: min(one.limit[0], (caps or {}).get(one.publication, 99)) for one in ranked}
    holding = held(ranked)
    levels: Levels = {}
    left = budget_bps
    for _, group in groupby(ranked, key=lambda one: one.contract.rank):
        left = _serve(list(group), left, most, holding, levels)
    return levels


def cost_bps(demands: Iterable[Demand], levels: Mapping[str, int]) -> int:
    """What these levels cost together."""
    return sum(one.cost_bps(levels.get(one.publication, 0)) for one in demands)


def held(demands: Iterable[Demand]) -> frozenset[str]:
    """What flows whatever the line carries."""
    possible = [one for one in demands if one.limit[0]]
    holding = {one.publication for one in possible if one.contract.holds}
    pictures = [one for one in possible if not one.is_audio]
    if pictures and not any(one.publication in holding for one in pictures):
        first = min(one.contract.rank for one in pictures)
        holding.add(min((one for one in pictures if one.contract.rank == first), key=_by_size).publication)
    return frozenset(holding)


def _serve(
    group: Sequence[Demand], left: float, most: Mapping[str, int], holding: frozenset[str], levels: Levels
) -> float:
    """Puts the levels of one rank; gives what is left: nothing, while one of this rank goes without."""
    for one in group:
        levels[one.publication] = 1 if one.publication in holding else 0
        left -= one.cost_bps(levels[one.publication])
    by_size = sorted(group, key=_by_size)
    for level in range(1, max((most[one.publication] for one in group), default=0) + 1):
        for one in by_size:
            if levels[one.publication] != level - 1 or level > most[one.publication]:
                continue
            extra = one.cost_bps(level) - one.cost_bps(level - 1)
            if extra <= left:
                levels[one.publication] = level
                left -= extra
    starves = any(one.limit[0] and _is_little(one, levels[one.publication]) for one in group)
    return min(left, 0) if starves else left


def _is_little(one: Demand, level: int) -> bool:
    return level == 0 or one.are_glimpses(level)


def _by_size(one: Demand) -> tuple[int, str]:
    return -one.area, one.publication
