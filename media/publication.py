"""One source of one participant on air, whichever of the participant's peers carries it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from media.control import ClockMoved, PublicationChanged, PublicationEnded, PublicationStarted
from media.negotiation.agreement import AgreedTrack
from media.plane import ClockPoint, GradeStats, LayerStats
from platform_api.kernel.ids import PublicationId

if TYPE_CHECKING:
    from media.peer import Peer

# Names that clients give to simulcast layers, best first; others count in the order of the offer.
KNOWN_RIDS: Final = (("high", "mid", "low"), ("h", "m", "l"), ("f", "h", "q"), ("2", "1", "0"))


@dataclass(slots=True, kw_only=True, eq=False)
class Publication:
    """Lives from its first offer until nobody of its participant carries it any more.

    `plane_id` is its name on the plane, one a peer, so that the old and the new peer of a participant may
    both send it while the new one takes over.
    """

    id: str
    room: str
    participant: str
    holder: "Peer"
    track: AgreedTrack
    plane_id: PublicationId
    on: bool = True
    layers: list[str] = field(default_factory=list)
    grades: tuple[GradeStats, ...] = ()
    clocks: dict[str, ClockMoved] = field(default_factory=dict)

    @property
    def is_started(self) -> bool:
        """Whether a packet has come from the present holder."""
        return bool(self.layers)

    def hand_over(self, holder: "Peer", track: AgreedTrack, plane_id: PublicationId) -> None:
        """Another peer of the participant carries it from now on."""
        self.holder, self.track, self.plane_id = holder, track, plane_id
        self.layers.clear()
        self.clocks.clear()
        self.grades = ()

    def rid_for(self, layer: str) -> str | None:
        """The rid of `high`, `mid` or `low` among those that arrive; None: the best, or there are no layers.

        A browser with a picture below 960x540 offers three layers and sends two.
        """
        ranked = self._choices() or ranked_rids(self.track.rids)
        if layer == "auto" or not ranked:
            return None
        return {"high": ranked[0], "mid": ranked[len(ranked) // 2], "low": ranked[-1]}[layer]

    def clock(self, rid: str, point: ClockPoint) -> ClockMoved:
        return ClockMoved(
            room=self.room,
            publication=self.id,
            rid=rid,
            rtp_timestamp=point.rtp_timestamp,
            capture_ms=point.capture_ms,
            clock_rate=point.clock_rate,
        )

    def started(self) -> PublicationStarted:
        return PublicationStarted(
            room=self.room,
            participant=self.participant,
            publication=self.id,
            source=self.track.source,
            kind="audio" if self.track.kind == "audio" else "video",
            codec=self.track.codec.value,
            codec_parameters=self.track.codec_parameters,
            clock_rate=self.track.clock_rate,
            layers=self.shown_layers(),
            on=self.on,
        )

    def changed(self) -> PublicationChanged:
        return PublicationChanged(room=self.room, publication=self.id, on=self.on, layers=self.shown_layers())

    def ended(self) -> PublicationEnded:
        return PublicationEnded(room=self.room, participant=self.participant, publication=self.id)

    def _choices(self) -> tuple[str, ...]:
        """What may be chosen by hand, best first: sizes where there are several, else speeds."""
        if not self.grades:
            return self.shown_layers()
        whole = [grade for grade in self.grades if grade.temporal == self.grades[-1].temporal]
        return tuple(grade.name("") for grade in reversed(whole if len(whole) > 1 else self.grades))

    def see(self, layers: Sequence[LayerStats]) -> bool:
        """Takes what a single flow has inside; whether that is other than before."""
        if self.track.rids or len(layers) != 1:
            return False
        before = self.shown_layers()
        self.grades = layers[0].grades
        return before != self.shown_layers()

    def shown_layers(self) -> tuple[str, ...]:
        """The rids that arrive, best first; without simulcast the grades of what flows, if any."""
        if not self.track.rids:
            return tuple(grade.name("") for grade in reversed(self.grades))
        return tuple(rid for rid in ranked_rids(self.track.rids) if rid in self.layers)


def ranked_rids(rids: tuple[str, ...]) -> tuple[str, ...]:
    """The same, best first."""
    for names in KNOWN_RIDS:
        if set(rids) <= set(names):
            return tuple(name for name in names if name in rids)
    return rids
