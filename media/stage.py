"""What is on air in the rooms of a node: how publications begin, change hands, switch and end."""

from collections.abc import Callable

from media.client import MediaRefused
from media.control import NodeEvent, publication_id
from media.errors import MediaErrorCode
from media.peer import Peer
from media.plane import PacketPlane
from media.publication import Publication
from media.room import Room
from media.taps import Taps
from platform_api.kernel.ids import PublicationId


class Stage:
    """Keeps publications, the plane's tracks and slots, subscriptions and taps in agreement."""

    def __init__(self, plane: PacketPlane, taps: Taps, tell: Callable[[NodeEvent], None]) -> None:
        self._plane = plane
        self._taps = taps
        self._tell = tell
        self._by_plane_id: dict[PublicationId, Publication] = {}

    def find(self, plane_id: PublicationId) -> Publication | None:
        """The publication that this peer's sending counts for; None while another peer carries it."""
        return self._by_plane_id.get(plane_id)

    def set(self, room: Room, peer: Peer) -> None:
        """Puts what the peer has negotiated on the plane."""
        names = {source: publication_id(peer.participant, source) for source in peer.tracks}
        self._plane.set_tracks(peer.key, peer.specs())
        self._plane.set_slots(peer.key, list(peer.slots.values()))
        for publication in room.held_by(peer):
            if publication.id not in names.values():
                self._end(room, publication)
        for source, track in peer.tracks.items():
            known = room.publications.get(names[source])
            if known is None:
                self._begin(room, peer, names[source])
            elif known.holder is peer:
                known.track = track
        self._drop_lost_slots(peer)

    def take_over(self, room: Room, peer: Peer) -> None:
        """The connected peer carries its sources from now on, in place of the participant's other peers."""
        for source, track in peer.tracks.items():
            publication = room.publications.get(publication_id(peer.participant, source))
            if publication is None:
                self._begin(room, peer, publication_id(peer.participant, source))
            elif publication.holder is not peer:
                self._taps.disconnect(publication)
                self._by_plane_id.pop(publication.plane_id, None)
                publication.hand_over(peer, track, peer.plane_id(publication.id))
                self._by_plane_id[publication.plane_id] = publication
                self._plane.set_publication_on(publication.plane_id, publication.on)
                self._connect(room, publication)

    def leave(self, room: Room, peer: Peer) -> None:
        """The peer is gone: another connected one of its participant carries on, or its publications end."""
        for subscription in peer.subscriptions.values():
            subscription.end(self._plane)
        peer.subscriptions.clear()
        held = room.held_by(peer)
        participant = room.participants.get(peer.participant)
        for other in participant.successor(peer) if participant is not None else []:
            self.take_over(room, other)
        for publication in held:
            if publication.holder is peer:
                self._end(room, publication)

    def switch(self, room: Room, publication: str, *, on: bool) -> Publication:
        """Off: no packet of it is forwarded or tapped. Holds until switched on or ended."""
        found = room.publications.get(publication)
        if found is None:
            raise MediaRefused(MediaErrorCode.SOURCE_UNKNOWN)
        if found.on != on:
            found.on = on
            self._plane.set_publication_on(found.plane_id, on)
            self._tell(found.changed())
        return found

    def track_started(self, room: Room, publication: Publication, rid: str) -> None:
        """A layer's first packet came: the room is told, and who wants a layer is aimed anew."""
        if rid in publication.layers:
            return
        first = not publication.is_started
        publication.layers.append(rid)
        for subscription in room.subscriptions_to(publication):
            subscription.aim(self._plane)
        if first:
            self._tell(publication.started())
            for clock in publication.clocks.values():
                self._tell(clock)
        else:
            self._tell(publication.changed())

    def _begin(self, room: Room, peer: Peer, name: str) -> None:
        track = next(
            track for source, track in peer.tracks.items() if publication_id(peer.participant, source) == name
        )
        publication = Publication(
            id=name,
            room=room.id,
            participant=peer.participant,
            holder=peer,
            track=track,
            plane_id=peer.plane_id(name),
        )
        room.publications[name] = publication
        self._by_plane_id[publication.plane_id] = publication
        self._taps.connect(publication)

    def _connect(self, room: Room, publication: Publication) -> None:
        """Has the publication flow to all who want it, from its present holder."""
        self._taps.connect(publication)
        for subscription in list(room.subscriptions_to(publication)):
            subscription.apply(self._plane)
        if publication.on and publication.track.kind == "video":
            self._plane.request_keyframe(publication.plane_id)

    def _end(self, room: Room, publication: Publication) -> None:
        self._taps.disconnect(publication)
        for subscription in list(room.subscriptions_to(publication)):
            subscription.end(self._plane)
            del subscription.peer.subscriptions[publication.id]
        self._by_plane_id.pop(publication.plane_id, None)
        room.publications.pop(publication.id, None)
        if publication.is_started:
            self._tell(publication.ended())

    def _drop_lost_slots(self, peer: Peer) -> None:
        """Ends subscriptions whose section is gone; renews the others' payload types."""
        for name, subscription in list(peer.subscriptions.items()):
            slot = peer.slots.get(subscription.slot.mid)
            if slot is None:
                del peer.subscriptions[name]
            else:
                subscription.slot = slot
