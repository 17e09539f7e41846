"""How each participant's lines fare, from the plane's counters."""

from media.control import QualityRow
from media.plane import PacketPlane, PeerStats
from media.room import Room


class QualityMeter:
    """Rates and losses of the time since it was last asked, per peer."""

    def __init__(self, plane: PacketPlane) -> None:
        self._plane = plane
        self._seen: dict[str, tuple[int, int]] = {}

    def rows(self, room: Room, *, advance: bool) -> tuple[QualityRow, ...]:
        """One row a participant, of its newest connected peer; `advance` begins the next interval of loss."""
        rows = []
        for participant in room.participants.values():
            connected = [peer for peer in participant.peers.values() if peer.is_connected]
            if connected:
                newest = max(connected, key=lambda peer: peer.age)
                rows.append(self._row(participant.id, self._plane.peer_stats(newest.key), advance=advance))
        return tuple(rows)

    def forget(self, key: str) -> None:
        self._seen.pop(key, None)

    def _row(self, participant: str, stats: PeerStats, *, advance: bool) -> QualityRow:
        layers = [layer for track in stats.tracks for layer in track.layers]
        flowing = [slot for slot in stats.slots if slot.publication is not None]
        round_trips = [slot.rtt_ms for slot in flowing if slot.rtt_ms is not None]
        return QualityRow(
            participant=participant,
            up_bps=sum(layer.bitrate_bps for layer in layers),
            up_loss=self._up_loss(stats, advance=advance) if layers else None,
            down_bps=sum(slot.bitrate_bps for slot in flowing),
            down_loss=max((slot.fraction_lost for slot in flowing), default=None),
            rtt_ms=max(round_trips, default=None),
        )

    def _up_loss(self, stats: PeerStats, *, advance: bool) -> float | None:
        layers = [layer for track in stats.tracks for layer in track.layers]
        received, lost = sum(layer.packets for layer in layers), sum(max(layer.lost, 0) for layer in layers)
        before_received, before_lost = self._seen.get(stats.peer, (0, 0))
        if advance:
            self._seen[stats.peer] = (received, lost)
        new_lost = max(lost - before_lost, 0)
        expected = max(received - before_received, 0) + new_lost
        return min(new_lost / expected, 1.0) if expected else None
