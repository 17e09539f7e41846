"""Why a viewer sees of a publication what it sees, in the words of the control channel."""

from typing import Literal

from media.allocation.costs import Costs
from media.allocation.demand import Demand, Limit
from media.control import SlotFlow, Want

LayerName = Literal["high", "mid", "low"]
State = Literal["full", "reduced", "glimpses", "paused"]
Reason = Literal["as_wanted", "small_on_screen", "hidden", "line", "publisher", "by_hand"]

_LIMITS: dict[Limit, Reason] = {
    Limit.BY_HAND: "by_hand",
    Limit.SIZE: "small_on_screen",
    Limit.HIDDEN: "hidden",
    Limit.NONE: "as_wanted",
}


def describe(
    mid: str,
    want: Want,
    demand: Demand | None,
    level: int,
    flowing: int,
    every_ms: float | None = None,
) -> SlotFlow:
    """The slot's flow: `level` was decided, `flowing` comes; no demand: the publisher sends nothing.

    `every_ms`: how far apart glimpses are, where they are all that comes.
    """
    if demand is None or not demand.layers:
        paused: Reason = "by_hand" if want.paused else "publisher"
        return _slot(mid, want, demand, 0, "paused", paused)
    limit, why = demand.limit
    if level and not flowing:
        return _slot(mid, want, demand, 0, "paused", "publisher")
    if demand.are_glimpses(level):
        told = _slot(mid, want, demand, level, "glimpses", "line")
        return told.model_copy(update={"every_s": None if every_ms is None else _halves_s(every_ms)})
    if level < limit:
        return _slot(mid, want, demand, min(level, flowing), "reduced" if level else "paused", "line")
    if level == 0:
        return _slot(mid, want, demand, 0, "paused", _LIMITS[why])
    if flowing < level:
        return _slot(mid, want, demand, flowing, "reduced", "publisher")
    state: State = "full" if level == len(demand.layers) else "reduced"
    return _slot(mid, want, demand, level, state, "as_wanted" if state == "full" else _LIMITS[why])


def flowing_level(demand: Demand, level: int, costs: Costs) -> int:
    """The level that comes in place of the decided one where that is silent at the publisher; 0: none."""
    if demand.are_glimpses(level):
        return 0 if costs.is_silent(demand.layers[level].rid) else level
    first = 1 + demand.has_glimpses
    nearest = sorted(range(first, len(demand.layers) + 1), key=lambda at: (at > level, abs(at - level)))
    for candidate in nearest:
        if not costs.is_silent(demand.layers[candidate - 1].rid):
            return candidate
    return 0


def _halves_s(every_ms: float) -> float:
    return max(1.0, round(every_ms / 500) / 2)


def layer_name(level: int, count: int) -> LayerName | None:
    """What a page calls the level; None: nothing flows."""
    if level == 0:
        return None
    if level == count:
        return "high"
    return "low" if level == 1 else "mid"


def _slot(mid: str, want: Want, demand: Demand | None, level: int, state: State, reason: Reason) -> SlotFlow:
    rid = None
    if demand is not None:
        rid = demand.rid(level + 1 if demand.are_glimpses(level) else level)
    return SlotFlow(
        mid=mid,
        publication=want.publication,
        rid=rid or "",
        layer=layer_name(demand.place(level), demand.place(len(demand.layers))) if demand else None,
        wanted=want.layer,
        state=state,
        reason=reason,
    )
