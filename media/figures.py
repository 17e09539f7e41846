"""What an operator's Prometheus is told of a node, its rooms and their sources.

Labels are room ids, sources, layers and words of closed lists: never a participant. No more than a
hundred rooms are named, the fullest; the rest are summed up as one.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from statistics import median
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, UntypedMetricFamily
from prometheus_client.registry import Collector

from media.allocation.loop import Allocations
from media.connections import Connections
from media.ledger import Sums
from media.plane import PacketPlane
from media.room import Room
from platform_api.kernel.clock import Clock
from platform_api.kernel.named_rooms import MAX_ROOMS_NAMED, OTHERS

_SUMS: Final = (
    ("received_packets", "packets_in", "Packets that came from publishers"),
    ("received_octets", "octets_in", "Octets that came from publishers"),
    ("received_lost_packets", "lost_in", "Packets of publishers that never came"),
    ("repairs_asked", "asked", "Repairs and keyframes asked of publishers"),
    ("sent_packets", "packets_out", "Packets that went to viewers"),
    ("sent_octets", "octets_out", "Octets that went to viewers"),
    ("repaired_packets", "repaired_out", "Packets sent to viewers again"),
)


class NodeFigures(Collector):
    """Collects when it is asked, in the registry of the connections."""

    def __init__(
        self,
        plane: PacketPlane,
        rooms: Mapping[str, Room],
        *,
        counters: Callable[[], Mapping[str, int]],
        allocations: Allocations,
        connections: Connections,
        clock: Clock,
    ) -> None:
        self._plane = plane
        self._rooms = rooms
        self._counters = counters
        self._allocations = allocations
        self._connections = connections
        self._clock = clock
        connections.registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """Nothing before it is asked: to know the names, all would have to be counted."""
        return ()

    def collect(self) -> Iterator[Metric]:
        fullest = sorted(self._rooms.values(), key=lambda room: (-len(room.peers), room.id))
        names = {room.id: room.id if at < MAX_ROOMS_NAMED else OTHERS for at, room in enumerate(fullest)}
        yield from self._of_the_node()
        yield from self._of_lines(fullest, names)
        yield from self._of_flows(fullest, names)
        yield from self._arriving(fullest, names)
        yield from self._sums(fullest, names)

    def _of_the_node(self) -> Iterator[Metric]:
        events = UntypedMetricFamily(
            "scopecast_media_events", "Counters of the plane and the node by name", labels=["name"]
        )
        for name, value in sorted(self._counters().items()):
            events.add_metric([name], value)
        yield events
        ended = CounterMetricFamily(
            "scopecast_media_peers_ended", "Connections that ended", labels=["reason"]
        )
        for reason, count in self._connections.ended.items():
            ended.add_metric([reason.value], count)
        yield ended

    def _of_lines(self, rooms: Iterable[Room], names: Mapping[str, str]) -> Iterator[Metric]:
        peers: Counter[str] = Counter()
        estimates: dict[str, list[int]] = {}
        losses: dict[str, list[float]] = {}
        for room in rooms:
            name = names[room.id]
            peers[name] += sum(peer.is_connected for peer in room.peers.values())
            known = [peer.estimate for peer in room.peers.values() if peer.estimate is not None]
            estimates.setdefault(name, []).extend(one.bitrate_bps for one in known)
            losses.setdefault(name, []).extend(one.fraction_lost for one in known)
        connected = GaugeMetricFamily("scopecast_media_peers", "Connections that are up", labels=["room"])
        estimate = GaugeMetricFamily(
            "scopecast_media_line_bits_per_second", "What lines to viewers carry", labels=["room", "of"]
        )
        loss = GaugeMetricFamily(
            "scopecast_media_line_loss_ratio", "Loss on lines to viewers", labels=["room", "of"]
        )
        for name, count in peers.items():
            connected.add_metric([name], count)
            if estimates[name]:
                estimate.add_metric([name, "least"], min(estimates[name]))
                estimate.add_metric([name, "median"], median(estimates[name]))
                loss.add_metric([name, "most"], max(losses[name]))
                loss.add_metric([name, "median"], median(losses[name]))
        yield from (connected, estimate, loss)

    def _of_flows(self, rooms: Iterable[Room], names: Mapping[str, str]) -> Iterator[Metric]:
        now_s = self._clock.monotonic_s()
        states: Counter[tuple[str, ...]] = Counter()
        layers: Counter[tuple[str, ...]] = Counter()
        for room in rooms:
            for peer in room.peers.values():
                for slot in self._allocations.slots(peer, now_s):
                    source = peer.subscriptions[slot.publication].publication.track.source.value
                    states[names[room.id], source, slot.state, slot.reason] += 1
                    layers[names[room.id], source, slot.layer or "none"] += 1
        by_state = GaugeMetricFamily(
            "scopecast_media_flows", "Slots of viewers by state", labels=["room", "source", "state", "reason"]
        )
        by_layer = GaugeMetricFamily(
            "scopecast_media_flow_layers", "Slots of viewers by layer", labels=["room", "source", "layer"]
        )
        for labels, count in states.items():
            by_state.add_metric(labels, count)
        for labels, count in layers.items():
            by_layer.add_metric(labels, count)
        yield from (by_state, by_layer)

    def _arriving(self, rooms: Iterable[Room], names: Mapping[str, str]) -> Iterator[Metric]:
        rates: Counter[tuple[str, ...]] = Counter()
        for room in rooms:
            sources = {one.plane_id: one.track.source.value for one in room.publications.values()}
            for key in {one.holder.key for one in room.publications.values()}:
                for track in self._plane.peer_stats(key).tracks:
                    for layer in track.layers if track.publication in sources else ():
                        place = names[room.id], sources[track.publication], layer.rid
                        rates[place] += layer.bitrate_bps
        family = GaugeMetricFamily(
            "scopecast_media_received_bits_per_second",
            "What comes from publishers now",
            labels=["room", "source", "rid"],
        )
        for labels, rate in rates.items():
            family.add_metric(labels, rate)
        yield family

    def _sums(self, rooms: Iterable[Room], names: Mapping[str, str]) -> Iterator[Metric]:
        for room in rooms:
            for peer in room.peers.values():
                self._connections.read(peer)
        ledger = self._connections.ledger
        ledger.forget_rooms(frozenset(names))
        named: dict[tuple[str, str], Sums] = {}
        for (room_id, source), sums in ledger.sums.items():
            named.setdefault((names[room_id], source), Sums()).add(sums)
        for name, field, text in _SUMS:
            family = CounterMetricFamily(f"scopecast_media_{name}", text, labels=["room", "source"])
            for labels, sums in named.items():
                family.add_metric(labels, getattr(sums, field))
            yield family
