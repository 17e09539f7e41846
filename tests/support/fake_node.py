"""A media node's edge for recorder tests: plays recorded packets into a `TapClient` at chosen times."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from media.client import MediaAway, TapBatch, TapPacket
from media.control import Candidate as CandidateRequest
from media.control import (
    ClockMoved,
    CloseRoom,
    Disconnect,
    Figures,
    IceRestarted,
    Negotiate,
    Negotiated,
    NodeEvent,
    PublicationStarted,
    RequestKeyframe,
    RestartIce,
    RoomSeen,
    RoomsSeen,
    SetPublication,
    SetViewport,
    Stats,
    Subscribe,
    Subscribed,
    TapLayers,
)
from platform_api.kernel.rooms import AUDIO_SOURCES, Source
from tests.support.packetise import Frame, Sender


@dataclass
class FakeNode:
    """Hears what the recorder asks, and gives it what a test says."""

    room: str = "room"
    watched: set[str] = field(default_factory=set)
    sinks: dict[str, Callable[[TapBatch], None]] = field(default_factory=dict)
    layers_needed: dict[str, TapLayers] = field(default_factory=dict)
    keyframes_asked: list[str] = field(default_factory=list)
    listeners: list[Callable[[NodeEvent], None]] = field(default_factory=list)

    async def watch(self, room: str) -> None:
        self.watched.add(room)

    async def tap(
        self,
        room: str,
        publication: str,
        sink: Callable[[TapBatch], None],
        *,
        layers: TapLayers = TapLayers.ALL,
    ) -> None:
        self.sinks[publication] = sink
        self.layers_needed[publication] = layers

    async def untap(self, room: str, publication: str) -> None:
        self.sinks.pop(publication, None)

    async def request_keyframe(self, request: RequestKeyframe) -> None:
        self.keyframes_asked.append(request.publication)

    def on_event(self, listener: Callable[[NodeEvent], None]) -> None:
        self.listeners.append(listener)

    def on_reset(self, listener: Callable[[], None]) -> None: ...

    async def negotiate(self, request: Negotiate) -> Negotiated:
        raise MediaAway

    async def subscribe(self, request: Subscribe) -> Subscribed:
        raise MediaAway

    async def set_viewport(self, request: SetViewport) -> None:
        raise MediaAway

    async def set_publication(self, request: SetPublication) -> None:
        raise MediaAway

    async def candidate(self, request: CandidateRequest) -> None:
        raise MediaAway

    async def restart_ice(self, request: RestartIce) -> IceRestarted:
        raise MediaAway

    async def disconnect(self, request: Disconnect) -> None:
        raise MediaAway

    async def close_room(self, request: CloseRoom) -> None:
        raise MediaAway

    async def stats(self, room: str) -> Stats:
        raise MediaAway

    async def look_at_rooms(self, among: Sequence[str]) -> RoomsSeen:
        raise MediaAway

    async def look_at_room(self, room: str) -> RoomSeen:
        raise MediaAway

    async def figures(self) -> Figures:
        raise MediaAway

    def tell(self, event: NodeEvent) -> None:
        for listener in self.listeners:
            listener(event)

    def publish(self, participant: str, source: Source, sender: Sender) -> str:
        """The publication is on air."""
        publication = f"{participant}.{source.value}"
        self.tell(
            PublicationStarted(
                room=self.room,
                participant=participant,
                publication=publication,
                source=source,
                kind="audio" if source in AUDIO_SOURCES else "video",
                codec=sender.codec,
                clock_rate=sender.clock_rate,
            )
        )
        return publication

    def clock(
        self, publication: str, sender: Sender, capture_ms: float, wall_ms: float, rid: str = ""
    ) -> None:
        """This capture time of the sender is this wall time."""
        self.tell(
            ClockMoved(
                room=self.room,
                publication=publication,
                rid=rid,
                rtp_timestamp=sender.timestamp(capture_ms),
                capture_ms=wall_ms,
                clock_rate=sender.clock_rate,
            )
        )

    def send(self, publication: str, packets: Iterable[bytes], arrival_ms: float, rid: str = "") -> None:
        """The packets arrive now."""
        sink = self.sinks.get(publication)
        if sink is not None:
            batch = tuple(TapPacket(rid, arrival_ms, data) for data in packets)
            sink(TapBatch(room=self.room, publication=publication, dropped=0, packets=batch))

    def send_frame(self, publication: str, sender: Sender, frame: Frame, arrival_ms: float) -> None:
        self.send(publication, sender.packets(frame), arrival_ms)
