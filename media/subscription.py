"""One peer's forwarding of one publication on one of its slots."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from media.control import Want
from media.plane import PacketPlane, SlotSpec

if TYPE_CHECKING:
    from media.peer import Peer
    from media.publication import Publication


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What is given of what is wanted: nothing, or this layer (None: the best there is).

    `glimpses_bps`: keyframes alone of it, so fast.
    """

    paused: bool
    rid: str | None
    glimpses_bps: int | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Subscription:
    """Lives while it is wanted, its peer lives and its publication lives; the slot is its own meanwhile."""

    peer: "Peer"
    publication: "Publication"
    slot: SlotSpec
    want: Want
    share: Share | None = None

    @property
    def fits(self) -> bool:
        """Whether the subscriber negotiated the publication's codec for this slot."""
        track = self.publication.track
        return self.slot.kind == track.kind and track.codec in self.slot.payload_types

    def give(self, plane: PacketPlane, share: Share) -> None:
        """Has the plane send this much of it from now on."""
        if share == self.share:
            return
        self.share = share
        if self.fits:
            self._pause(plane)
            self.aim(plane)

    def apply(self, plane: PacketPlane) -> None:
        """Makes the plane do what is wanted and given now."""
        key, mid = self.peer.key, self.slot.mid
        if not self.fits:
            plane.attach(key, mid, None)
            return
        self._pause(plane)
        self.aim(plane)
        plane.attach(key, mid, self.publication.plane_id)

    def aim(self, plane: PacketPlane) -> None:
        """Chooses the layer: the given one, until then the wanted one among those that arrive now."""
        rid = self.publication.rid_for(self.want.layer) if self.share is None else self.share.rid
        plane.set_layer(self.peer.key, self.slot.mid, rid)
        rate = None if self.share is None else self.share.glimpses_bps
        plane.set_glimpses(self.peer.key, self.slot.mid, rate)

    def _pause(self, plane: PacketPlane) -> None:
        paused = self.want.paused or (self.share is not None and self.share.paused)
        plane.set_paused(self.peer.key, self.slot.mid, paused)

    def end(self, plane: PacketPlane) -> None:
        """Frees the slot."""
        plane.attach(self.peer.key, self.slot.mid, None)
