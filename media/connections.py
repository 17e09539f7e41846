"""How connections began and ended: two lines of log for each, and what the figures need of it."""

from collections import Counter
from enum import StrEnum
from typing import Final

from prometheus_client import CollectorRegistry, Histogram

from media.ledger import Ledger, Sums
from media.peer import Peer
from media.plane import PacketPlane
from platform_api.kernel.clock import Clock
from platform_api.kernel.log import get_logger
from platform_api.kernel.named_rooms import NamedRooms

JOIN_BUCKETS_S: Final = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)


class EndReason(StrEnum):
    """Why a connection is no more."""

    LEFT = "left"
    REPLACED = "replaced"
    CROWDED = "crowded"
    CLOSED_BY_PEER = "closed_by_peer"
    LOST = "lost"
    NEVER_CONNECTED = "never_connected"
    ROOM_CLOSED = "room_closed"
    FLOODED = "flooded"


class Connections:
    """Ends nothing; no line names a person or a participant."""

    def __init__(self, plane: PacketPlane, clock: Clock) -> None:
        self._plane = plane
        self._clock = clock
        self.registry = CollectorRegistry()
        self._totals: dict[str, Sums] = {}
        self.ledger = Ledger()
        self.ended: Counter[EndReason] = Counter()
        self._joins = Histogram(
            "scopecast_media_join_seconds",
            "From a first offer to a connection with keys",
            ["room"],
            buckets=JOIN_BUCKETS_S,
            registry=self.registry,
        )
        self._rooms = NamedRooms(clock, lambda room: self._joins.remove_by_labels({"room": room}))
        self._log = get_logger("media.connections")

    def connected(self, peer: Peer) -> None:
        """The peer has its keys."""
        took_s = self._clock.monotonic_s() - peer.begun_s
        self._joins.labels(self._rooms.name(peer.room)).observe(took_s)
        self._log.info(
            "peer.connected",
            room=peer.room,
            peer=peer.id,
            took_ms=round(took_s * 1000),
            sends=sorted(source.value for source in peer.tracks),
            slots=len(peer.slots),
        )

    def read(self, peer: Peer) -> None:
        """Adds what the peer sent and got since the last reading."""
        risen = self.ledger.read(peer.room, self._plane.peer_stats(peer.key))
        self._totals.setdefault(peer.key, Sums()).add(risen)

    def end(self, peer: Peer, reason: EndReason) -> None:
        """The peer is going; the plane still has its counters."""
        if not peer.is_connected and reason is EndReason.LOST:
            reason = EndReason.NEVER_CONNECTED
        self.read(peer)
        totals = self._totals.pop(peer.key)
        self.ledger.forget_peer(peer.key)
        self.ended[reason] += 1
        self._log.info(
            "peer.ended",
            room=peer.room,
            peer=peer.id,
            reason=reason.value,
            lasted_s=round(self._clock.monotonic_s() - peer.begun_s, 1),
            packets_in=totals.packets_in,
            octets_in=totals.octets_in,
            lost_in=totals.lost_in,
            packets_out=totals.packets_out,
            octets_out=totals.octets_out,
            repaired_out=totals.repaired_out,
        )
