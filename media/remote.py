"""A media node in another process, over the control channel on its Unix socket."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from media.client import MediaAway, MediaRefused, TapBatch
from media.control import (
    FRAME,
    Answer,
    AnswerFrame,
    CloseRoom,
    Disconnect,
    EventFrame,
    Failed,
    Figures,
    GetFigures,
    GetStats,
    HelloFrame,
    IceRestarted,
    LookAtRoom,
    LookAtRooms,
    Negotiate,
    Negotiated,
    NodeEvent,
    Request,
    RequestFrame,
    RequestKeyframe,
    RestartIce,
    RoomSeen,
    RoomsSeen,
    SetPublication,
    SetViewport,
    Stats,
    Subscribe,
    Subscribed,
    Tap,
    TapLayers,
    Watch,
)
from media.control import Candidate as CandidateRequest
from media.errors import MediaErrorCode
from media.known import KnownPublications
from media.listeners import Listeners
from media.tap_wire import MAX_FRAME_BYTES, TapFrameInvalid, decode_batch
from platform_api.kernel.log import get_logger
from platform_api.kernel.unix_link import UnixLink

Frame = RequestFrame | AnswerFrame | EventFrame | HelloFrame
TapSink = Callable[[TapBatch], None]
A = TypeVar("A")


class RemoteMediaClient:
    """A `TapClient` of the node behind `socket`; finds it again by itself after either side restarts.

    After a lost link everything watched and tapped is asked for again, and what ended meanwhile is told. If
    the node is another one, the reset listeners are called first: they forget all and hear the present anew.
    """

    def __init__(self, socket: Path) -> None:
        self._listeners = Listeners()
        self._watched: set[str] = set()
        self._taps: dict[tuple[str, str], tuple[TapSink, TapLayers]] = {}
        self._known = KnownPublications()
        self._instance: str | None = None
        self._log = get_logger("media.remote")
        self._link: UnixLink[Frame, Answer] = UnixLink(
            socket,
            service="media",
            area="media.remote",
            away=MediaAway,
            max_frame_bytes=MAX_FRAME_BYTES * 2,
            greet=self._greet,
            restore=self._restore,
            read=FRAME.validate_json,
            hear=self._hear,
            hear_bytes=self._hear_tap,
            lost=self._known.lose_link,
        )

    async def start(self) -> None:
        """Begins to look for the node; does not wait for it."""
        self._link.start()

    async def close(self) -> None:
        """Leaves the node; rooms there go on."""
        await self._link.close()

    async def linked(self) -> None:
        """Returns when the node is there."""
        await self._link.up()

    def on_event(self, listener: Callable[[NodeEvent], None]) -> None:
        self._listeners.on_event(listener)

    def on_reset(self, listener: Callable[[], None]) -> None:
        self._listeners.on_reset(listener)

    async def negotiate(self, request: Negotiate) -> Negotiated:
        return _expect(await self._ask(request), Negotiated)

    async def subscribe(self, request: Subscribe) -> Subscribed:
        return _expect(await self._ask(request), Subscribed)

    async def set_viewport(self, request: SetViewport) -> None:
        await self._ask(request)

    async def set_publication(self, request: SetPublication) -> None:
        await self._ask(request)

    async def candidate(self, request: CandidateRequest) -> None:
        await self._ask(request)

    async def restart_ice(self, request: RestartIce) -> IceRestarted:
        return _expect(await self._ask(request), IceRestarted)

    async def disconnect(self, request: Disconnect) -> None:
        await self._ask(request)

    async def close_room(self, request: CloseRoom) -> None:
        await self._ask(request)
        self._watched.discard(request.room)
        self._known.forget(request.room)

    async def request_keyframe(self, request: RequestKeyframe) -> None:
        await self._ask(request)

    async def stats(self, room: str) -> Stats:
        return _expect(await self._ask(GetStats(room=room)), Stats)

    async def look_at_rooms(self, among: Sequence[str]) -> RoomsSeen:
        return _expect(await self._ask(LookAtRooms(among=tuple(among))), RoomsSeen)

    async def look_at_room(self, room: str) -> RoomSeen:
        return _expect(await self._ask(LookAtRoom(room=room)), RoomSeen)

    async def figures(self) -> Figures:
        return _expect(await self._ask(GetFigures()), Figures)

    async def watch(self, room: str) -> None:
        self._watched.add(room)
        await self._ask(Watch(room=room))

    async def tap(
        self, room: str, publication: str, sink: TapSink, *, layers: TapLayers = TapLayers.ALL
    ) -> None:
        self._taps[room, publication] = sink, layers
        await self._ask(Tap(room=room, publication=publication, layers=layers))

    async def untap(self, room: str, publication: str) -> None:
        if self._taps.pop((room, publication), None) is not None:
            await self._ask(Tap(room=room, publication=publication, on=False))

    async def _ask(self, request: Request) -> Answer:
        """The node's answer; raises MediaRefused or MediaAway."""
        answer = await self._link.ask(
            lambda number: RequestFrame(id=number, request=request).model_dump_json()
        )
        if isinstance(answer, Failed):
            if answer.code == MediaErrorCode.AWAY:
                raise MediaAway
            raise MediaRefused(answer.code, params={"detail": answer.detail})
        return answer

    def _greet(self, text: str) -> None:
        """Hears which node it is, and has all forget the one before if it is another."""
        hello = HelloFrame.model_validate_json(text)
        before, self._instance = self._instance, hello.instance
        if before not in (None, hello.instance):
            self._known.forget()
            self._listeners.reset()

    async def _restore(self) -> None:
        """Asks again for everything that is watched and tapped, in case the link is a new one."""
        for room in sorted(self._watched):
            await self._ask(Watch(room=room))
            for event in self._known.ended(room):
                self._listeners.tell(event)
        for (room, publication), (_, layers) in list(self._taps.items()):
            await self._ask(Tap(room=room, publication=publication, layers=layers))

    def _hear(self, frame: Frame) -> tuple[int, Answer] | None:
        if isinstance(frame, AnswerFrame):
            return frame.id, frame.answer
        if isinstance(frame, EventFrame):
            self._known.hear(frame.event)
            self._listeners.tell(frame.event)
        return None

    def _hear_tap(self, frame: bytes) -> None:
        try:
            batch = decode_batch(frame)
        except TapFrameInvalid:
            self._log.warning("tap.foreign", size=len(frame))
            return
        found = self._taps.get((batch.room, batch.publication))
        if found is None:
            return
        sink, _ = found
        try:
            sink(batch)
        except Exception:  # noqa: BLE001 - a sink's fault must not end the link of all
            self._log.exception("tap.sink_failed", publication=batch.publication)


def _expect(answer: Answer, kind: type[A]) -> A:
    if not isinstance(answer, kind):
        raise MediaAway
    return answer
