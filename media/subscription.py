"""One peer's forwarding of one publication on one of its slots."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from media.control import Want
from media.plane import PacketPlane, SlotSpec

if TYPE_CHECKING:
    from media.peer import Peer
    from media.publication import Publication


@dataclass(slots=True, kw_only=True, eq=False)
class Subscription:
    """Lives while it is wanted, its peer lives and its publication lives; the slot is its own meanwhile."""

    peer: "Peer"
    publication: "Publication"
    slot: SlotSpec
    want: Want

    @property
    def fits(self) -> bool:
        """Whether the subscriber negotiated the publication's codec for this slot."""
        track = self.publication.track
        return self.slot.kind == track.kind and track.codec in self.slot.payload_types

    def apply(self, plane: PacketPlane) -> None:
        """Makes the plane do what is wanted now."""
        key, mid = self.peer.key, self.slot.mid
        if not self.fits:
            plane.attach(key, mid, None)
            return
        plane.set_paused(key, mid, self.want.paused)
        self.aim(plane)
        plane.attach(key, mid, self.publication.plane_id)

    def aim(self, plane: PacketPlane) -> None:
        """Chooses the layer among those that arrive now."""
        plane.set_layer(self.peer.key, self.slot.mid, self.publication.rid_for(self.want.layer))

    def end(self, plane: PacketPlane) -> None:
        """Frees the slot."""
        plane.attach(self.peer.key, self.slot.mid, None)
