"""A media node in another process, over the control channel on its Unix socket."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import aiohttp
from pydantic import ValidationError

from media.client import MediaAway, MediaRefused, TapBatch
from media.control import (
    FRAME,
    Answer,
    AnswerFrame,
    CloseRoom,
    Disconnect,
    EventFrame,
    Failed,
    GetStats,
    HelloFrame,
    Negotiate,
    Negotiated,
    NodeEvent,
    Request,
    RequestFrame,
    RequestKeyframe,
    SetPublication,
    Stats,
    Subscribe,
    Subscribed,
    Tap,
    Watch,
)
from media.control import Candidate as CandidateRequest
from media.errors import MediaErrorCode
from media.known import KnownPublications
from media.listeners import Listeners
from media.tap_wire import MAX_FRAME_BYTES, TapFrameInvalid, decode_batch
from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import TaskOwner

ANSWER_TIMEOUT_S: Final = 10.0
LINK_WAIT_S: Final = 2.0
FIRST_BACKOFF_S: Final = 0.05
MAX_BACKOFF_S: Final = 2.0

TapSink = Callable[[TapBatch], None]
A = TypeVar("A")


class RemoteMediaClient:
    """A `TapClient` of the node behind `socket`; finds it again by itself after either side restarts.

    After a lost link everything watched and tapped is asked for again, and what ended meanwhile is told. If
    the node is another one, the reset listeners are called first: they forget all and hear the present anew.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._listeners = Listeners()
        self._tasks = TaskOwner("media.remote")
        self._link: aiohttp.ClientWebSocketResponse | None = None
        self._up = asyncio.Event()
        self._pending: dict[int, asyncio.Future[Answer]] = {}
        self._next_id = 0
        self._watched: set[str] = set()
        self._taps: dict[tuple[str, str], TapSink] = {}
        self._known = KnownPublications()
        self._instance: str | None = None
        self._log = get_logger("media.remote")

    async def start(self) -> None:
        """Begins to look for the node; does not wait for it."""
        self._tasks.spawn(self._keep_linked(), name="media-link")

    async def close(self) -> None:
        """Leaves the node; rooms there go on."""
        await self._tasks.close()
        self._lose_link()

    async def linked(self) -> None:
        """Returns when the node is there."""
        await self._up.wait()

    def on_event(self, listener: Callable[[NodeEvent], None]) -> None:
        self._listeners.on_event(listener)

    def on_reset(self, listener: Callable[[], None]) -> None:
        self._listeners.on_reset(listener)

    async def negotiate(self, request: Negotiate) -> Negotiated:
        return _expect(await self._ask(request), Negotiated)

    async def subscribe(self, request: Subscribe) -> Subscribed:
        return _expect(await self._ask(request), Subscribed)

    async def set_publication(self, request: SetPublication) -> None:
        await self._ask(request)

    async def candidate(self, request: CandidateRequest) -> None:
        await self._ask(request)

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

    async def watch(self, room: str) -> None:
        self._watched.add(room)
        await self._ask(Watch(room=room))

    async def tap(self, room: str, publication: str, sink: TapSink) -> None:
        self._taps[room, publication] = sink
        await self._ask(Tap(room=room, publication=publication))

    async def untap(self, room: str, publication: str) -> None:
        if self._taps.pop((room, publication), None) is not None:
            await self._ask(Tap(room=room, publication=publication, on=False))

    async def _ask(self, request: Request) -> Answer:
        """The node's answer; raises MediaRefused or MediaAway."""
        try:
            async with asyncio.timeout(LINK_WAIT_S):
                await self._up.wait()
        except TimeoutError as error:
            raise MediaAway from error
        answer = await self._exchange(request)
        if isinstance(answer, Failed):
            if answer.code == MediaErrorCode.AWAY:
                raise MediaAway
            raise MediaRefused(answer.code, params={"detail": answer.detail})
        return answer

    async def _exchange(self, request: Request) -> Answer:
        link = self._link
        if link is None:
            raise MediaAway
        self._next_id += 1
        number = self._next_id
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._pending[number] = answer
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await link.send_str(RequestFrame(id=number, request=request).model_dump_json())
                return await answer
        except (TimeoutError, ConnectionError, aiohttp.ClientError) as error:
            raise MediaAway from error
        finally:
            del self._pending[number]

    async def _keep_linked(self) -> None:
        backoff_s = FIRST_BACKOFF_S
        while True:
            try:
                connector = aiohttp.UnixConnector(str(self._socket))
                async with (
                    aiohttp.ClientSession(connector=connector) as http,
                    http.ws_connect("http://media/control", max_msg_size=MAX_FRAME_BYTES * 2) as link,
                ):
                    backoff_s = FIRST_BACKOFF_S
                    await self._serve_link(link)
            except (aiohttp.ClientError, OSError) as error:
                self._log.debug("link.refused", reason=type(error).__name__)
            self._lose_link()
            await asyncio.sleep(backoff_s)
            backoff_s = min(backoff_s * 2, MAX_BACKOFF_S)

    async def _serve_link(self, link: aiohttp.ClientWebSocketResponse) -> None:
        if not await self._greeted(link):
            return
        self._link = link
        self._up.set()
        async with TaskOwner("media.remote") as restoring:
            restoring.spawn(self._restore(), name="media-restore")
            async for message in link:
                if message.type is aiohttp.WSMsgType.BINARY:
                    self._hear_tap(message.data)
                elif message.type is aiohttp.WSMsgType.TEXT:
                    self._hear(message.data)

    async def _greeted(self, link: aiohttp.ClientWebSocketResponse) -> bool:
        """Hears which node it is, and has all forget the one before if it is another."""
        try:
            hello = HelloFrame.model_validate_json(await link.receive_str(timeout=ANSWER_TIMEOUT_S))
        except (ValidationError, TypeError, TimeoutError) as error:
            self._log.warning("hello.foreign", reason=type(error).__name__)
            return False
        before, self._instance = self._instance, hello.instance
        if before not in (None, hello.instance):
            self._known.forget()
            self._listeners.reset()
        return True

    async def _restore(self) -> None:
        """Asks again for everything that is watched and tapped, in case the link is a new one."""
        for room in sorted(self._watched):
            await self._ask(Watch(room=room))
            for event in self._known.ended(room):
                self._listeners.tell(event)
        for room, publication in list(self._taps):
            await self._ask(Tap(room=room, publication=publication))

    def _lose_link(self) -> None:
        self._link = None
        self._known.lose_link()
        self._up.clear()
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(MediaAway())

    def _hear(self, text: str) -> None:
        try:
            frame = FRAME.validate_json(text)
        except ValidationError:
            self._log.warning("frame.foreign", size=len(text))
            return
        if isinstance(frame, AnswerFrame):
            answer = self._pending.get(frame.id)
            if answer is not None and not answer.done():
                answer.set_result(frame.answer)
        elif isinstance(frame, EventFrame):
            self._known.hear(frame.event)
            self._listeners.tell(frame.event)

    def _hear_tap(self, frame: bytes) -> None:
        try:
            batch = decode_batch(frame)
        except TapFrameInvalid:
            self._log.warning("tap.foreign", size=len(frame))
            return
        sink = self._taps.get((batch.room, batch.publication))
        if sink is None:
            return
        try:
            sink(batch)
        except Exception:  # noqa: BLE001 - a sink's fault must not end the link of all
            self._log.exception("tap.sink_failed", publication=batch.publication)


def _expect(answer: Answer, kind: type[A]) -> A:
    if not isinstance(answer, kind):
        raise MediaAway
    return answer
