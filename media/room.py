"""The live place: its participants and what is on air."""

from collections.abc import Iterator

from media.client import MediaRefused
from media.errors import MediaErrorCode
from media.participant import Participant
from media.peer import Peer
from media.publication import Publication
from media.subscription import Subscription


class Room:
    """Comes into being with its first peer; freed when it has been empty for a while."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.participants: dict[str, Participant] = {}
        self.peers: dict[str, Peer] = {}
        self.publications: dict[str, Publication] = {}
        self.empty_since_s: float | None = None

    def add(self, peer: Peer) -> Participant:
        participant = self.participants.setdefault(peer.participant, Participant(peer.participant))
        participant.peers[peer.id] = peer
        self.peers[peer.id] = peer
        return participant

    def remove(self, peer: Peer) -> None:
        self.peers.pop(peer.id, None)
        participant = self.participants.get(peer.participant)
        if participant is not None:
            participant.peers.pop(peer.id, None)
            if not participant.peers:
                del self.participants[peer.participant]

    def peer_of(self, participant: str, peer: str) -> Peer:
        """The participant's own peer; raises MediaRefused `media.unknown_peer` for any other."""
        found = self.peers.get(peer)
        if found is None or found.participant != participant:
            raise MediaRefused(MediaErrorCode.UNKNOWN_PEER)
        return found

    def subscriptions_to(self, publication: Publication) -> Iterator[Subscription]:
        for peer in self.peers.values():
            subscription = peer.subscriptions.get(publication.id)
            if subscription is not None:
                yield subscription

    def held_by(self, peer: Peer) -> list[Publication]:
        return [publication for publication in self.publications.values() if publication.holder is peer]
