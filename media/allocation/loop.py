"""Has everybody get what the lines carry: measures, decides, tells viewers why and publishers what for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from media.allocation.costs import Costs
from media.allocation.dynacast import Levels, Need, needed_levels
from media.allocation.line import ALL_KINDS, Line
from media.control import LayersWanted, NodeEvent, SlotFlow, TapLayers
from media.peer import Peer
from media.plane import LayerStats, LineEstimate, PacketPlane
from media.publication import Publication, ranked_rids
from media.room import Room
from media.taps import Taps
from platform_api.kernel.ids import PeerId, PublicationId
from platform_api.kernel.log import get_logger

TURN_S: Final = 0.5


class Allocations:
    """Of all rooms of a node. Time is given, in seconds that only grow; nothing here waits."""

    def __init__(self, plane: PacketPlane, taps: Taps, tell: Callable[[NodeEvent], None]) -> None:
        self._plane = plane
        self._taps = taps
        self._tell = tell
        self._lines: dict[PeerId, Line] = {}
        self._costs: dict[PublicationId, Costs] = {}
        self._needs: dict[PublicationId, Need] = {}
        self._log = get_logger("media.allocation")

    def line(self, peer: Peer) -> Line:
        """What the peer is given now."""
        return self._lines.setdefault(peer.key, Line(peer))

    def settle(self, room: Room, peer: Peer, now_s: float) -> None:
        """What the peer wants, shows, or may have is another than before."""
        for subscription in peer.subscriptions.values():
            self._costs_of(subscription.publication)
        line = self.line(peer)
        line.settle(self._plane, self._costs, now_s)
        self._tell_flow(line, now_s)
        for name in list(line.demands):
            self._look(room, line.peer.subscriptions[name].publication, now_s)

    def estimated(self, room: Room, peer: Peer, estimate: LineEstimate, now_s: float) -> None:
        """The plane's word on a line: obeyed at once where it is the first, or too little for what flows.

        One that tells of more room is looked at, too: what wants to rise waits no longer than it must.
        """
        is_first, peer.estimate = peer.estimate is None, estimate
        line = self.line(peer)
        has_risen = line.belief.hear(estimate, now_s)
        if is_first or has_risen or line.is_too_much():
            self.settle(room, peer, now_s)

    def changed(self, room: Room, publication: Publication, now_s: float) -> None:
        """One more layer of the publication arrives, or it was switched."""
        for subscription in list(room.subscriptions_to(publication)):
            self.settle(room, subscription.peer, now_s)

    def slots(self, peer: Peer, now_s: float) -> tuple[SlotFlow, ...]:
        """What flows to the peer, and why not more."""
        for subscription in peer.subscriptions.values():
            self._costs_of(subscription.publication)
        return tuple(self.line(peer).slots(self._costs, now_s, kinds=ALL_KINDS))

    def wanted_rids(self, publication: Publication) -> tuple[str, ...] | None:
        """The layers that the publisher was told are needed; None: it was told nothing, all are."""
        need = self._needs.get(publication.plane_id)
        if need is None or not need.is_told:
            return None
        return _wanted(publication, need.told).rids

    def forget(self, peer: Peer) -> None:
        self._lines.pop(peer.key, None)

    def present(self, room: Room) -> list[NodeEvent]:
        """What a new watcher of the room must be told."""
        flows: list[NodeEvent] = [
            line.told
            for peer in room.peers.values()
            if (line := self._lines.get(peer.key)) is not None and line.told is not None
        ]
        for publication in room.publications.values():
            need = self._needs.get(publication.plane_id)
            if need is not None and need.is_told:
                flows.append(_wanted(publication, need.told))
        return flows

    def turn(self, rooms: Iterable[Room], now_s: float) -> None:
        """Due every `TURN_S`: measures what arrives, and looks at each line and each publication."""
        present: set[PublicationId] = set()
        for room in rooms:
            present.update(publication.plane_id for publication in room.publications.values())
            try:
                self._turn(room, now_s)
            except Exception:  # noqa: BLE001 - a fault in one room is not that of all others
                self._log.exception("allocation.failed", room=room.id)
        for gone in self._costs.keys() - present:
            del self._costs[gone]
        for gone in self._needs.keys() - present:
            del self._needs[gone]

    def _turn(self, room: Room, now_s: float) -> None:
        self._measure(room, now_s)
        for peer in room.peers.values():
            known = peer.subscriptions or peer.key in self._lines
            if known and not self.line(peer).is_quiet(self._costs, now_s):
                self.settle(room, peer, now_s)
        for publication in room.publications.values():
            self._look(room, publication, now_s)

    def _measure(self, room: Room, now_s: float) -> None:
        holders = {publication.holder.key for publication in room.publications.values()}
        tracks = {track.publication: track for key in holders for track in self._plane.peer_stats(key).tracks}
        for publication in room.publications.values():
            track = tracks.get(publication.plane_id)
            if track is not None:
                has_changed = publication.see(track.layers)
                self._costs_of(publication).measure(_parts(track.layers), now_s)
                if has_changed and publication.is_started:
                    self._tell(publication.changed())

    def _costs_of(self, publication: Publication) -> Costs:
        known = self._costs.get(publication.plane_id)
        if known is None:
            known = self._costs[publication.plane_id] = Costs(publication.track.source)
        return known

    def _tell_flow(self, line: Line, now_s: float) -> None:
        moved = line.flow(self._costs, now_s)
        if moved is not None:
            self._tell(moved)

    def _look(self, room: Room, publication: Publication, now_s: float) -> None:
        """Tells the publisher if what anybody needs of the picture is another than it knows."""
        if publication.track.kind != "video" or not publication.is_started or not publication.on:
            return
        need = self._needs.setdefault(publication.plane_id, Need())
        if need.hear(self._needed(room, publication), now_s):
            self._tell(_wanted(publication, need.told))

    def _needed(self, room: Room, publication: Publication) -> Levels:
        lines = (self._lines.get(one.peer.key) for one in room.subscriptions_to(publication))
        viewed = max((line.place(publication.id) for line in lines if line is not None), default=0)
        tapped = self._taps.needs(publication)
        if tapped is TapLayers.ALL:
            return None
        if not publication.track.rids:  # one flow, whatever is inside it
            return needed_levels(min(viewed, 1), 1, best=tapped is not None)
        return needed_levels(viewed, len(publication.shown_layers()), best=tapped is not None)


def _parts(layers: Sequence[LayerStats]) -> Iterator[LayerStats]:
    """The layers, and what may be chosen of those that have others inside."""
    for layer in layers:
        yield layer
        for grade in layer.grades:
            yield replace(
                layer,
                rid=grade.name(layer.rid),
                packets=grade.packets,
                bitrate_bps=grade.bitrate_bps,
                grades=(),
            )


def _wanted(publication: Publication, levels: Levels) -> LayersWanted:
    """The layers of these levels; of what was offered and never came, what lies below the highest of them."""
    offered = ranked_rids(publication.track.rids)
    shown = publication.shown_layers()
    places = {rid: len(shown) - at for at, rid in enumerate(shown)}
    best = max(levels or (0,))
    first = offered.index(shown[len(shown) - best]) if levels and 0 < best < len(shown) else 0
    rids = tuple(
        rid
        for at, rid in enumerate(offered)
        if at >= first and (levels is None or rid not in places or places[rid] in levels)
    )
    return LayersWanted(
        room=publication.room,
        participant=publication.participant,
        publication=publication.id,
        source=publication.track.source,
        wanted=levels is None or bool(levels),
        rids=rids if levels is None or levels else (),
    )
