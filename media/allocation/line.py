"""One viewer's line: what it is given now, and what its page was told of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from media.allocation.allocate import Levels, cost_bps
from media.allocation.belief import Belief
from media.allocation.costs import Costs
from media.allocation.demand import Demand, Layer
from media.allocation.flow import describe, flowing_level
from media.allocation.glimpses import fallen_to_glimpses, glimpses_bps, may_fall
from media.allocation.steady import USABLE, Steady, goal_bps
from media.control import FlowMoved, SlotFlow
from media.peer import Peer
from media.plane import PacketPlane
from media.publication import Publication
from media.subscription import Share, Subscription
from platform_api.kernel.ids import PublicationId

TELL_S: Final = 0.5
TELL_LINE_S: Final = 2.0
PUBLISHER_AFTER_S: Final = 2.0
"""A layer may take so long to come once it is asked for, before the publisher is named as the reason."""

PICTURES: Final = frozenset({"video"})
ALL_KINDS: Final = frozenset({"audio", "video"})
GOAL_STEP: Final = 0.05
GOAL_HALVES_S: Final = 30.0
"""A scope that moves costs twice what it does at rest: its line must not seem too thin each time."""


@dataclass(slots=True, eq=False)
class Line:
    """Of one peer; lives as long as it."""

    peer: Peer
    steady: Steady = field(default_factory=Steady)
    belief: Belief = field(default_factory=Belief)
    demands: dict[str, Demand] = field(default_factory=dict)
    levels: Levels = field(default_factory=dict)
    goal_bps: int = 0
    told: FlowMoved | None = None
    _since: dict[str, tuple[str | None, float]] = field(default_factory=dict)
    _told_s: float = float("-inf")
    _restless_s: float = float("-inf")
    _goal_s: float = 0.0
    _is_owed: bool = False
    _stamp: object = None
    _every_ms: dict[str, float | None] = field(default_factory=dict)

    def settle(self, plane: PacketPlane, costs: Mapping[PublicationId, Costs], now_s: float) -> None:
        """Decides anew, and has the plane do it."""
        wanted = [
            demand
            for one in self.peer.subscriptions.values()
            if (demand := demand_of(one, costs)) is not None
        ]
        fallen = fallen_to_glimpses(self.demands, self.levels)
        demands = may_fall(wanted, self.belief.filled_bps, fallen)
        self.demands = {one.publication: one for one in demands}
        self.levels = self.steady.settle(demands, self.belief.carried_bps, now_s)
        self._give(plane, now_s)
        self._aim(plane, goal_bps(demands), now_s)

    def _give(self, plane: PacketPlane, now_s: float) -> None:
        """Has the plane send what was decided."""
        carried = min(
            self.belief.carried_bps or 0, self.peer.estimate.bitrate_bps if self.peer.estimate else 0
        )
        rate = glimpses_bps(list(self.demands.values()), self.levels, carried)
        self._since = {name: since for name, since in self._since.items() if name in self.demands}
        for name, demand in self.demands.items():
            level = self.levels[name]
            if self._since.get(name, (None, 0))[0] != demand.rid(level):
                self._since[name] = (demand.rid(level), now_s)
                self._restless_s = now_s + PUBLISHER_AFTER_S + TELL_S
            self.peer.subscriptions[name].give(plane, _share(demand, level, rate))
        fallen = fallen_to_glimpses(self.demands, self.levels)
        stats = plane.peer_stats(self.peer.key).slots if fallen else ()
        self._every_ms = {one.mid: one.glimpse_every_ms for one in stats}

    def _aim(self, plane: PacketPlane, wanted_bps: int, now_s: float) -> None:
        """Has the plane look for as much; what pictures took lately they may take again."""
        goal = max(wanted_bps, round(self.goal_bps * 0.5 ** ((now_s - self._goal_s) / GOAL_HALVES_S)))
        if abs(goal - self.goal_bps) > self.goal_bps * GOAL_STEP:
            self.goal_bps, self._goal_s = goal, now_s
            plane.set_goal(self.peer.key, goal)

    def is_quiet(self, costs: Mapping[PublicationId, Costs], now_s: float) -> bool:
        """Whether nothing has changed since it was last settled, and nothing is waited for."""
        before, self._stamp = self._stamp, self._look(costs)
        waits = self._is_owed or self.steady.is_waiting or now_s <= self._restless_s or bool(self._every_ms)
        return not waits and before == self._stamp

    def _look(self, costs: Mapping[PublicationId, Costs]) -> object:
        estimate = self.peer.estimate
        carried = self.belief.carried_bps
        of_line = estimate and (
            _rounded(estimate.bitrate_bps),
            round(estimate.fraction_lost, 2),
            carried and _rounded(carried),
        )
        wants = [
            (one.want, one.publication.plane_id, one.publication.on, costs[one.publication.plane_id].version)
            for one in self.peer.subscriptions.values()
            if one.publication.plane_id in costs
        ]
        return of_line, wants, self.peer.shown

    def place(self, publication: str) -> int:
        """Which layer of a publication flows to the peer, 1 the lowest; 0: none."""
        demand = self.demands.get(publication)
        return 0 if demand is None else demand.place(self.levels.get(publication, 0))

    def is_too_much(self) -> bool:
        """Whether what flows costs more than the line carries."""
        carried = self.belief.carried_bps
        return carried is not None and cost_bps(self.demands.values(), self.levels) > carried * USABLE

    def flow(self, costs: Mapping[PublicationId, Costs], now_s: float) -> FlowMoved | None:
        """What the page is to be told now; None: nothing new, or too soon."""
        slots = tuple(self.slots(costs, now_s, kinds=PICTURES))
        estimate = self.peer.estimate
        moved = FlowMoved(
            room=self.peer.room,
            participant=self.peer.participant,
            peer=self.peer.id,
            slots=slots,
            estimate_bps=_rounded(estimate.bitrate_bps) if estimate else None,
            loss=round(estimate.fraction_lost, 2) if estimate else None,
            rtt_ms=_tens(estimate.rtt_ms) if estimate else None,
        )
        if moved == self.told or (self.told is None and not moved.slots):
            self._is_owed = False
            return None
        self._is_owed = not self._is_due(moved, now_s)
        if self._is_owed:
            return None
        self.told, self._told_s = moved, now_s
        return moved

    def slots(
        self, costs: Mapping[PublicationId, Costs], now_s: float, *, kinds: frozenset[str]
    ) -> Iterator[SlotFlow]:
        """What flows on each slot of these kinds that carries something."""
        for one in self.peer.subscriptions.values():
            if one.fits and one.publication.track.kind in kinds:
                yield self._slot(one, costs, now_s)

    def _is_due(self, moved: FlowMoved, now_s: float) -> bool:
        only_line = self.told is not None and moved.slots == self.told.slots
        return now_s - self._told_s >= (TELL_LINE_S if only_line else TELL_S)

    def _slot(self, one: Subscription, costs: Mapping[PublicationId, Costs], now_s: float) -> SlotFlow:
        demand = self.demands.get(one.publication.id) if one.publication.on else None
        level = self.levels.get(one.publication.id, 0)
        flowing = level
        since_s = self._since.get(one.publication.id, (None, now_s))[1]
        if demand is not None and level and now_s - since_s > PUBLISHER_AFTER_S:
            flowing = flowing_level(demand, level, costs[one.publication.plane_id])
        every_ms = self._every_ms.get(one.slot.mid)
        return describe(one.slot.mid, one.want, demand, level, flowing, every_ms)


def _share(demand: Demand, level: int, rate_bps: int) -> Share:
    if demand.are_glimpses(level):
        return Share(paused=False, rid=demand.rid(level + 1) or None, glimpses_bps=rate_bps)
    is_best = level == len(demand.layers) and demand.by_hand is None
    return Share(paused=level == 0, rid=None if is_best else demand.rid(level))


def demand_of(one: Subscription, costs: Mapping[PublicationId, Costs]) -> Demand | None:
    """What a subscription asks of the line; None while its publication sends nothing."""
    publication = one.publication
    known = costs.get(publication.plane_id)
    if known is None or not one.fits or not publication.is_started or not publication.on:
        return None
    by_hand = None if one.want.layer == "auto" else publication.rid_for(one.want.layer)
    return Demand(
        publication=publication.id,
        source=publication.track.source,
        layers=_with_redundancy(one, _ladder(publication, known)),
        by_hand=by_hand,
        paused=one.want.paused,
        shown=one.peer.shown.get(publication.id),
    )


def _ladder(publication: Publication, costs: Costs) -> tuple[Layer, ...]:
    """The layers that may be given, the lowest first, with what each costs."""
    ladder = costs.ladder(publication.shown_layers() or ("",))
    if publication.track.rids or not publication.grades:
        return ladder
    best = publication.grades[-1]
    return tuple(
        replace(layer, halved=best.spatial - grade.spatial, slow=grade.temporal < best.temporal)
        for layer, grade in zip(ladder, publication.grades, strict=True)
    )


def _with_redundancy(one: Subscription, ladder: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Voice that comes plain and leaves with the packet before it (RFC 2198) costs twice what arrives."""
    is_added = one.slot.red_payload_type is not None and one.publication.track.red_payload_type is None
    return (
        tuple(replace(layer, bitrate_bps=2 * layer.bitrate_bps) for layer in ladder) if is_added else ladder
    )


def _rounded(bitrate_bps: int) -> int:
    """To two figures: a page is not told of every breath of a line."""
    step: int = 10 ** max(len(str(bitrate_bps)) - 2, 0)
    return round(bitrate_bps / step) * step


def _tens(rtt_ms: float | None) -> float | None:
    return None if rtt_ms is None else round(rtt_ms, -1)
