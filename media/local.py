"""A media node in this process, behind the same protocol as a remote one."""

from collections.abc import Callable, Sequence

from media.client import TapBatch
from media.control import Candidate as CandidateRequest
from media.control import (
    CloseRoom,
    Disconnect,
    Figures,
    IceRestarted,
    Negotiate,
    Negotiated,
    NodeEvent,
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
from media.exposition import read
from media.listeners import Listeners
from media.node import MediaNode
from media.plane import TapPacket


class LocalMediaClient:
    """A `TapClient`; taps come one packet a batch, nothing is ever dropped, and the link is never lost."""

    def __init__(self, node: MediaNode) -> None:
        self._node = node
        self._listeners = Listeners()
        self._watched: set[str] = set()
        self._stop_listening = node.listen(self._hear)

    def close(self) -> None:
        self._stop_listening()

    def on_event(self, listener: Callable[[NodeEvent], None]) -> None:
        self._listeners.on_event(listener)

    def on_reset(self, listener: Callable[[], None]) -> None:
        self._listeners.on_reset(listener)

    async def negotiate(self, request: Negotiate) -> Negotiated:
        return await self._node.negotiate(request)

    async def subscribe(self, request: Subscribe) -> Subscribed:
        return await self._node.subscribe(request)

    async def set_viewport(self, request: SetViewport) -> None:
        await self._node.set_viewport(request)

    async def set_publication(self, request: SetPublication) -> None:
        await self._node.set_publication(request)

    async def candidate(self, request: CandidateRequest) -> None:
        await self._node.candidate(request)

    async def restart_ice(self, request: RestartIce) -> IceRestarted:
        return await self._node.restart_ice(request)

    async def disconnect(self, request: Disconnect) -> None:
        await self._node.disconnect(request)

    async def close_room(self, request: CloseRoom) -> None:
        await self._node.close_room(request)

    async def request_keyframe(self, request: RequestKeyframe) -> None:
        await self._node.request_keyframe(request)

    async def stats(self, room: str) -> Stats:
        return self._node.census.stats(room)

    async def look_at_rooms(self, among: Sequence[str]) -> RoomsSeen:
        return self._node.census.inspector.rooms(among)

    async def look_at_room(self, room: str) -> RoomSeen:
        return self._node.census.inspector.room(room)

    async def figures(self) -> Figures:
        return Figures(families=read(self._node.census.registry))

    async def watch(self, room: str) -> None:
        self._watched.add(room)
        for event in self._node.census.present(room):
            self._listeners.tell(event)

    async def tap(
        self,
        room: str,
        publication: str,
        sink: Callable[[TapBatch], None],
        *,
        layers: TapLayers = TapLayers.ALL,
    ) -> None:
        def pass_on(packet: TapPacket) -> None:
            sink(TapBatch(room=room, publication=publication, dropped=0, packets=(packet,)))

        self._node.tap(room, publication, self, pass_on, layers)

    async def untap(self, room: str, publication: str) -> None:
        self._node.untap(room, publication, self)

    def _hear(self, event: NodeEvent) -> None:
        if event.room in self._watched:
            self._listeners.tell(event)
