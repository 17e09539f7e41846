"""Which publication flows on which slot of a peer."""

from collections.abc import Sequence

from media.control import Assignment, Want
from media.peer import Peer
from media.plane import PacketPlane
from media.room import Room
from media.subscription import Subscription


def assign(plane: PacketPlane, room: Room, peer: Peer, wants: Sequence[Want]) -> tuple[Assignment, ...]:
    """Makes the peer's subscriptions exactly these; what it already sees stays on its slot.

    A want without a publication, without the right, or without a free slot of its codec gets mid None.
    """
    wanted = {want.publication: want for want in wants}
    for publication_id in [known for known in peer.subscriptions if known not in wanted]:
        peer.subscriptions.pop(publication_id).end(plane)
    for want in wanted.values():
        known = peer.subscriptions.get(want.publication)
        if known is None:
            _begin(plane, room, peer, want)
        elif known.want != want:
            known.want = want
            known.apply(plane)
    return tuple(
        Assignment(publication=want.publication, mid=_mid(peer, want.publication)) for want in wanted.values()
    )


def _begin(plane: PacketPlane, room: Room, peer: Peer, want: Want) -> None:
    publication = room.publications.get(want.publication)
    if publication is None or publication.track.source not in peer.may_subscribe:
        return
    slot = peer.free_slot(publication.track)
    if slot is None:
        return
    subscription = Subscription(peer=peer, publication=publication, slot=slot, want=want)
    peer.subscriptions[publication.id] = subscription
    subscription.apply(plane)


def _mid(peer: Peer, publication: str) -> str | None:
    subscription = peer.subscriptions.get(publication)
    return subscription.slot.mid if subscription is not None and subscription.fits else None
