"""Sums of packets by room and source that never fall, whoever leaves: what counters of an operator need."""

from dataclasses import dataclass
from typing import Final

from media.plane import PeerStats
from platform_api.kernel.ids import PeerId, PublicationId
from platform_api.kernel.rooms import Source

UNKNOWN: Final = "unknown"
_SOURCES: Final = frozenset(source.value for source in Source)


@dataclass(slots=True)
class Sums:
    """Packets and octets each way; `lost` on the way to us, `repaired` on the way to viewers."""

    packets_in: int = 0
    octets_in: int = 0
    lost_in: int = 0
    packets_out: int = 0
    octets_out: int = 0
    repaired_out: int = 0
    asked: int = 0

    def add(self, other: "Sums") -> None:
        self.packets_in += other.packets_in
        self.octets_in += other.octets_in
        self.lost_in += other.lost_in
        self.packets_out += other.packets_out
        self.octets_out += other.octets_out
        self.repaired_out += other.repaired_out
        self.asked += other.asked


class Ledger:
    """Adds to its sums what counters of peers rose by since they were last read. Pure."""

    def __init__(self) -> None:
        self._seen: dict[PeerId, dict[tuple[str, str], int]] = {}
        self._sources: dict[tuple[PeerId, str], str] = {}
        self.sums: dict[tuple[str, str], Sums] = {}

    def read(self, room: str, stats: PeerStats) -> Sums:
        """Takes a peer's counters of now; gives what they rose by."""
        seen = self._seen.setdefault(stats.peer, {})
        risen = Sums()

        def rise(name: str, figure: str, value: int) -> int:
            before = seen.get((name, figure), 0)
            seen[name, figure] = value
            return value - before if value >= before else value

        for track in stats.tracks:
            here = Sums(asked=rise(track.publication, "asked", track.nacks_sent + track.plis_sent))
            for layer in track.layers:
                name = f"{track.publication} {layer.rid}"
                here.packets_in += rise(name, "packets", layer.packets)
                here.octets_in += rise(name, "octets", layer.octets)
                here.lost_in += rise(name, "lost", max(layer.lost, 0))
            self._book(room, source_of(track.publication), here, risen)
        for slot in stats.slots:
            if slot.publication is not None:
                self._sources[stats.peer, slot.mid] = source_of(slot.publication)
            here = Sums(
                packets_out=rise(slot.mid, "packets", slot.packets),
                octets_out=rise(slot.mid, "octets", slot.octets),
                repaired_out=rise(slot.mid, "repaired", slot.retransmitted),
            )
            self._book(room, self._sources.get((stats.peer, slot.mid), UNKNOWN), here, risen)
        return risen

    def forget_peer(self, peer: PeerId) -> None:
        self._seen.pop(peer, None)
        self._sources = {key: source for key, source in self._sources.items() if key[0] != peer}

    def forget_rooms(self, present: frozenset[str]) -> None:
        """Keeps the sums of these rooms alone."""
        self.sums = {key: sums for key, sums in self.sums.items() if key[0] in present}

    def _book(self, room: str, source: str, here: Sums, risen: Sums) -> None:
        if here != Sums():
            self.sums.setdefault((room, source), Sums()).add(here)
            risen.add(here)


def source_of(publication: PublicationId) -> str:
    """The source that ends a publication's name on the plane."""
    source = publication.rpartition(".")[2]
    return source if source in _SOURCES else UNKNOWN
