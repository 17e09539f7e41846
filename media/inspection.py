"""What an operator sees of the rooms of a node: who is there, what comes, what goes, and why so much."""

from collections.abc import Iterable, Mapping
from typing import Final

from media.allocation.loop import Allocations
from media.client import MediaRefused
from media.control import LayerLook, PeerLook, PublicationLook, RoomLook, RoomSeen, RoomsSeen, SlotLook
from media.errors import MediaErrorCode
from media.peer import Peer
from media.plane import PacketPlane, TrackStats
from media.publication import Publication
from media.room import Room
from media.taps import Taps
from platform_api.kernel.clock import Clock

MAX_ROOMS_SEEN: Final = 100
MAX_PEERS_SEEN: Final = 100
"""So that an answer fits in a frame of the control channel."""

_WANTING: Final = frozenset({"line", "publisher"})


class Inspector:
    """Looks at the node's rooms and changes nothing."""

    def __init__(
        self,
        plane: PacketPlane,
        rooms: Mapping[str, Room],
        *,
        allocations: Allocations,
        taps: Taps,
        clock: Clock,
    ) -> None:
        self._plane = plane
        self._rooms = rooms
        self._allocations = allocations
        self._taps = taps
        self._clock = clock

    def rooms(self, among: Iterable[str]) -> RoomsSeen:
        """Those of these rooms that are here, the fullest first."""
        here = (self._rooms[name] for name in set(among) if name in self._rooms)
        known = sorted(here, key=lambda room: (-len(room.peers), room.id))
        seen = tuple(self._room(room) for room in known[:MAX_ROOMS_SEEN])
        return RoomsSeen(rooms=seen, left_off=len(known) - len(seen))

    def room(self, name: str) -> RoomSeen:
        """One room with its peers; raises MediaRefused for an unknown one."""
        room = self._rooms.get(name)
        if room is None:
            raise MediaRefused(MediaErrorCode.UNKNOWN_ROOM)
        now_s = self._clock.monotonic_s()
        peers = sorted((self._peer(peer, now_s) for peer in room.peers.values()), key=_by_want)
        seen = tuple(peers[:MAX_PEERS_SEEN])
        return RoomSeen(room=self._room(room), peers=seen, left_off=len(peers) - len(seen))

    def _room(self, room: Room) -> RoomLook:
        holders = {publication.holder.key for publication in room.publications.values()}
        tracks = {track.publication: track for key in holders for track in self._plane.peer_stats(key).tracks}
        return RoomLook(
            room=room.id,
            participants=len(room.participants),
            peers=len(room.peers),
            publications=tuple(
                self._publication(room, publication, tracks.get(publication.plane_id))
                for publication in room.publications.values()
            ),
        )

    def _publication(self, room: Room, publication: Publication, track: TrackStats | None) -> PublicationLook:
        return PublicationLook(
            publication=publication.id,
            participant=publication.participant,
            source=publication.track.source,
            kind="audio" if publication.track.kind == "audio" else "video",
            codec=publication.track.codec.value,
            on=publication.on,
            layers=tuple(
                LayerLook(
                    rid=layer.rid, bitrate_bps=layer.bitrate_bps, packets=layer.packets, lost=layer.lost
                )
                for layer in (track.layers if track is not None else ())
            ),
            subscribers=sum(1 for _ in room.subscriptions_to(publication)),
            tapped=self._taps.hears(publication),
            wanted_rids=self._allocations.wanted_rids(publication),
        )

    def _peer(self, peer: Peer, now_s: float) -> PeerLook:
        sent = {slot.mid: slot for slot in self._plane.peer_stats(peer.key).slots}
        estimate = peer.estimate
        return PeerLook(
            participant=peer.participant,
            peer=peer.id,
            connected=peer.is_connected,
            age_s=round(now_s - peer.begun_s, 1),
            estimate_bps=estimate.bitrate_bps if estimate is not None else None,
            loss=estimate.fraction_lost if estimate is not None else None,
            rtt_ms=estimate.rtt_ms if estimate is not None else None,
            goal_bps=self._allocations.line(peer).goal_bps,
            slots=tuple(
                SlotLook(
                    **flow.model_dump(),
                    source=peer.subscriptions[flow.publication].publication.track.source,
                    bitrate_bps=sent[flow.mid].bitrate_bps,
                    packets=sent[flow.mid].packets,
                    retransmitted=sent[flow.mid].retransmitted,
                    loss=sent[flow.mid].fraction_lost,
                )
                for flow in self._allocations.slots(peer, now_s)
                if flow.mid in sent
            ),
        )


def _by_want(peer: PeerLook) -> tuple[bool, str, str]:
    return not any(slot.reason in _WANTING for slot in peer.slots), peer.participant, peer.peer
