"""Somebody or something in a room: one seat, over as many peers as the network makes of it."""

from media.peer import Peer


class Participant:
    """Lives while it has a peer. Two peers overlap only while a newer one takes over."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.peers: dict[str, Peer] = {}

    def older_than(self, peer: Peer) -> list[Peer]:
        return [other for other in self.peers.values() if other.age < peer.age]

    def successor(self, peer: Peer) -> list[Peer]:
        """Who may carry on what this peer carried: connected ones, the newest first."""
        others = [other for other in self.peers.values() if other is not peer and other.is_connected]
        return sorted(others, key=lambda other: -other.age)
