"""A media node without packets: keeps publications in memory and tells what a real node would tell."""

from collections.abc import Callable, Sequence

from media.client import MediaAway
from media.control import (
    Assignment,
    Candidate,
    CloseRoom,
    Disconnect,
    Figures,
    IceRestarted,
    Negotiate,
    Negotiated,
    NodeEvent,
    PeerStateChanged,
    PublicationChanged,
    PublicationEnded,
    PublicationStarted,
    QualityRow,
    RequestKeyframe,
    RestartIce,
    RoomLook,
    RoomSeen,
    RoomsSeen,
    SetPublication,
    SetViewport,
    SlotInfo,
    Stats,
    Subscribe,
    Subscribed,
    publication_id,
)
from platform_api.kernel.rooms import AUDIO_SOURCES, Source


class FakeMedia:
    """A `MediaClient`; a publication is on air as soon as it is offered."""

    def __init__(self) -> None:
        self.publications: dict[str, PublicationStarted] = {}
        self.offers: list[Negotiate] = []
        self.wanted: list[Subscribe] = []
        self.viewports: list[SetViewport] = []
        self.closed: list[str] = []
        self.disconnected: list[Disconnect] = []
        self.away = False
        self._events: list[Callable[[NodeEvent], None]] = []
        self._resets: list[Callable[[], None]] = []

    def on_event(self, listener: Callable[[NodeEvent], None]) -> None:
        self._events.append(listener)

    def on_reset(self, listener: Callable[[], None]) -> None:
        self._resets.append(listener)

    def tell(self, event: NodeEvent) -> None:
        for listener in self._events:
            listener(event)

    def lose_everything(self) -> None:
        self.publications.clear()
        for listener in self._resets:
            listener()

    def publish(self, room: str, participant: str, source: Source) -> str:
        """A track comes on air, as from WHIP or after an offer."""
        name = publication_id(participant, source)
        self.publications[name] = PublicationStarted(
            room=room,
            participant=participant,
            publication=name,
            source=source,
            kind="audio" if source in AUDIO_SOURCES else "video",
            codec="opus" if source in AUDIO_SOURCES else "VP8",
            clock_rate=48000 if source in AUDIO_SOURCES else 90000,
        )
        self.tell(self.publications[name])
        return name

    def end(self, name: str) -> None:
        gone = self.publications.pop(name)
        self.tell(PublicationEnded(room=gone.room, participant=gone.participant, publication=name))

    async def negotiate(self, request: Negotiate) -> Negotiated:
        self._require_link()
        self.offers.append(request)
        for item in request.publications:
            self.publish(request.room, request.participant, item.source)
        return Negotiated(answer="v=0", slots=(SlotInfo(mid="0", kind="video"),))

    async def subscribe(self, request: Subscribe) -> Subscribed:
        self._require_link()
        self.wanted.append(request)
        return Subscribed(
            assignments=tuple(
                Assignment(
                    publication=want.publication, mid="0" if want.publication in self.publications else None
                )
                for want in request.want
            )
        )

    async def set_viewport(self, request: SetViewport) -> None:
        self._require_link()
        self.viewports.append(request)

    async def set_publication(self, request: SetPublication) -> None:
        self._require_link()
        old = self.publications[request.publication]
        self.publications[request.publication] = old.model_copy(update={"on": request.on})
        self.tell(PublicationChanged(room=request.room, publication=request.publication, on=request.on))

    async def candidate(self, request: Candidate) -> None:
        self._require_link()

    async def restart_ice(self, request: RestartIce) -> IceRestarted:
        self._require_link()
        return IceRestarted(ufrag="fresh", password="p" * 24, candidates=(), kind="video", mid="0")

    async def disconnect(self, request: Disconnect) -> None:
        self._require_link()
        self.disconnected.append(request)
        for name, publication in tuple(self.publications.items()):
            if (publication.room, publication.participant) == (request.room, request.participant):
                self.end(name)

    async def close_room(self, request: CloseRoom) -> None:
        self._require_link()
        self.closed.append(request.room)
        for name, publication in tuple(self.publications.items()):
            if publication.room == request.room:
                self.end(name)
        for offer in self.offers:
            if offer.room == request.room:
                who, peer = offer.participant, offer.peer
                self.tell(PeerStateChanged(room=offer.room, participant=who, peer=peer, state="closed"))

    async def request_keyframe(self, request: RequestKeyframe) -> None:
        self._require_link()

    async def stats(self, room: str) -> Stats:
        self._require_link()
        rows: tuple[QualityRow, ...] = ()
        return Stats(rows=rows, counters={})

    async def look_at_rooms(self, among: Sequence[str]) -> RoomsSeen:
        self._require_link()
        return RoomsSeen(rooms=(), left_off=0)

    async def look_at_room(self, room: str) -> RoomSeen:
        self._require_link()
        return RoomSeen(
            room=RoomLook(room=room, participants=0, peers=0, publications=()), peers=(), left_off=0
        )

    async def figures(self) -> Figures:
        self._require_link()
        return Figures(families=())

    async def watch(self, room: str) -> None:
        self._require_link()
        for publication in tuple(self.publications.values()):
            if publication.room == room:
                self.tell(publication)

    def _require_link(self) -> None:
        if self.away:
            raise MediaAway
