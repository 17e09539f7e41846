"""One peer connection of a participant: its transport, what it sends, where it receives."""

from collections.abc import Mapping

from media.control import SlotClockMoved, publication_id
from media.negotiation.agreement import AgreedTrack, Agreement
from media.negotiation.machine import Negotiation
from media.plane import LineEstimate, SlotClockPoint, SlotSpec, TrackSpec
from media.subscription import Subscription
from media.transport.peer import PeerTransport
from platform_api.kernel.ids import PeerId, PublicationId
from platform_api.kernel.rooms import Source


class Peer:
    """`key` is its name on the plane; `age` tells the newer of two, `begun_s` when it came."""

    def __init__(
        self,
        *,
        id: str,
        room: str,
        participant: str,
        key: PeerId,
        age: int,
        begun_s: float,
        transport: PeerTransport,
    ) -> None:
        self.id = id
        self.room = room
        self.participant = participant
        self.key = key
        self.age = age
        self.begun_s = begun_s
        self.transport = transport
        self.negotiation = Negotiation(transport.local, transport.renew)
        self.may_subscribe: frozenset[Source] = frozenset()
        self.tracks: Mapping[Source, AgreedTrack] = {}
        self.slots: Mapping[str, SlotSpec] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.is_connected = False
        self.shown: Mapping[str, tuple[int, int]] = {}
        self.estimate: LineEstimate | None = None

    def agree(self, agreement: Agreement, may_subscribe: frozenset[Source]) -> None:
        """Takes over what was negotiated."""
        self.tracks = {track.source: track for track in agreement.tracks}
        self.slots = {slot.mid: slot for slot in agreement.slots}
        self.may_subscribe = may_subscribe
        self.transport.set_receiving(bool(self.slots))

    def plane_id(self, publication: str) -> PublicationId:
        """The name on the plane of this peer's sending of a publication."""
        return PublicationId(f"{self.key}/{publication}")

    def specs(self) -> list[TrackSpec]:
        """What the peer sends, as the plane takes it."""
        return [
            track.spec(self.plane_id(publication_id(self.participant, source)))
            for source, track in self.tracks.items()
        ]

    def slot_clock(self, mid: str, point: SlotClockPoint) -> SlotClockMoved:
        return SlotClockMoved(
            room=self.room,
            participant=self.participant,
            peer=self.id,
            mid=mid,
            rtp_timestamp=point.rtp_timestamp,
            source_rtp_timestamp=point.source_rtp_timestamp,
            rid=point.rid,
            capture_ms=point.capture_ms,
            clock_rate=point.clock_rate,
        )

    def free_slot(self, track: AgreedTrack) -> SlotSpec | None:
        """A slot of the track's kind and codec that carries nothing."""
        taken = {subscription.slot.mid for subscription in self.subscriptions.values()}
        for slot in self.slots.values():
            if slot.mid not in taken and slot.kind == track.kind and track.codec in slot.payload_types:
                return slot
        return None
