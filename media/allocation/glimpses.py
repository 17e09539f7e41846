"""What flows whatever a line carries falls to glimpses on one that carries far less: keyframes alone.

A flow that is much too large arrives broken, and the picture stands; a keyframe now and then arrives whole.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from media.allocation.allocate import cost_bps, held
from media.allocation.demand import Demand, Layer
from media.allocation.steady import USABLE

FAR_TOO_MUCH: Final = 1.25
"""A little too much flows on: an estimate wavers, and a busy machine makes it low."""

NOMINAL_BPS: Final = 40_000
"""What they count as: less than any flow. They take what there is."""

SHARE: Final = 0.8
"""Of what the line carries now; the rest is for repairs and for finding out whether it carries more."""
LEAST_BPS: Final = 30_000
STEP_BPS: Final = 10_000
NAME: Final = ".glimpses"


def may_fall(demands: Sequence[Demand], filled_bps: int | None, fallen: Collection[str]) -> list[Demand]:
    """The demands, with a level of glimpses below the lowest layer of what holds, where the line is so thin.

    `filled_bps`: what went over the line when it was seen to be full, None: it never was. `fallen`: what has
    come to glimpses, and rises like anything else.
    """
    holding = held(demands)
    lowest = cost_bps(demands, dict.fromkeys(holding, 1))
    is_thin = filled_bps is not None and lowest > filled_bps * USABLE * FAR_TOO_MUCH
    if not is_thin and not fallen:
        return list(demands)
    return [
        _with_glimpses(one)
        if one.publication in holding and not one.is_audio and (is_thin or one.publication in fallen)
        else one
        for one in demands
    ]


def _with_glimpses(one: Demand) -> Demand:
    lowest = one.layers[0]
    cost = min(NOMINAL_BPS, lowest.bitrate_bps)
    glimpses = Layer(rid=lowest.rid + NAME, bitrate_bps=cost, halved=lowest.halved, glimpses=True)
    return replace(one, layers=(glimpses, *one.layers))


def fallen_to_glimpses(demands: Mapping[str, Demand], levels: Mapping[str, int]) -> frozenset[str]:
    """The publications of which nothing more flows."""
    return frozenset(name for name, one in demands.items() if one.are_glimpses(levels.get(name, 0)))


def glimpses_bps(demands: Sequence[Demand], levels: Mapping[str, int], carried_bps: int) -> int:
    """How fast each picture that has come to glimpses may be sent: what voices leave of the line."""
    fallen = [one for one in demands if one.are_glimpses(levels[one.publication])]
    others = cost_bps(demands, {**levels, **{one.publication: 0 for one in fallen}})
    each = (carried_bps * SHARE - others) / max(len(fallen), 1)
    return max(LEAST_BPS, round(each / STEP_BPS) * STEP_BPS)
