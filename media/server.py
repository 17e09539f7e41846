"""The control channel of a node: one WebSocket a client, on a Unix socket that only its user may open."""

import asyncio
from collections import Counter, deque
from pathlib import Path
from typing import Final

from aiohttp import WSMsgType, web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import ValidationError

from media.control import (
    FRAME,
    Answer,
    AnswerFrame,
    CloseRoom,
    Disconnect,
    Done,
    EventFrame,
    Failed,
    Figures,
    GetFigures,
    GetStats,
    HelloFrame,
    LookAtRoom,
    LookAtRooms,
    Negotiate,
    NodeEvent,
    Request,
    RequestFrame,
    RequestKeyframe,
    RestartIce,
    SetPublication,
    SetViewport,
    Subscribe,
    Tap,
    Watch,
)
from media.control import Candidate as CandidateRequest
from media.errors import MediaErrorCode
from media.exposition import read
from media.node import MediaNode
from media.plane import TapPacket
from media.tap_wire import MAX_PACKETS_PER_FRAME, TapBatch, encode_batch
from platform_api.kernel.errors import AppError
from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import TaskOwner

MAX_REQUEST_BYTES: Final = 512 * 1024
MAX_QUEUED_EVENTS: Final = 8192
MAX_TAPPED_PACKETS: Final = 8192
FLUSH_INTERVAL_S: Final = 0.02
SOCKET_MODE: Final = 0o600


class TapQueue:
    """Packets of one tap on their way out: the oldest are dropped, and counted, when the client is slow."""

    def __init__(self, room: str, publication: str, counters: Counter[str]) -> None:
        self._room = room
        self._publication = publication
        self._packets: deque[TapPacket] = deque(maxlen=MAX_TAPPED_PACKETS)
        self._dropped = 0
        self._counters = counters

    def put(self, packet: TapPacket) -> None:
        if len(self._packets) == MAX_TAPPED_PACKETS:
            self._dropped += 1
            self._counters["tap_dropped"] += 1
        self._packets.append(packet)

    def take(self) -> bytes | None:
        """The next frame; None: nothing waits."""
        if not self._packets:
            return None
        count = min(len(self._packets), MAX_PACKETS_PER_FRAME)
        packets = tuple(self._packets.popleft() for _ in range(count))
        dropped, self._dropped = self._dropped, 0
        return encode_batch(
            TapBatch(room=self._room, publication=self._publication, dropped=dropped, packets=packets)
        )


class ControlConnection:
    """One client: its requests in order, the events of the rooms it watches, its taps."""

    def __init__(self, node: MediaNode, socket: web.WebSocketResponse) -> None:
        self._node = node
        self._socket = socket
        self._watched: set[str] = set()
        self._taps: dict[tuple[str, str], TapQueue] = {}
        self._outgoing: asyncio.Queue[str] = asyncio.Queue(MAX_QUEUED_EVENTS)
        self._log = get_logger("media.server")

    async def serve(self) -> None:
        """Until the client leaves, or is so slow that its events do not fit any more."""
        self._send(HelloFrame(instance=self._node.instance).model_dump_json())
        stop_listening = self._node.listen(self._hear)
        try:
            async with TaskOwner("media.server") as tasks:
                tasks.spawn(self._write_frames(), name="media-control-write")
                tasks.spawn(self._write_taps(), name="media-control-taps")
                async for message in self._socket:
                    if message.type is WSMsgType.TEXT:
                        await self._receive(message.data)
        finally:
            stop_listening()
            for room, publication in self._taps:
                self._node.untap(room, publication, self)

    async def _receive(self, text: str) -> None:
        try:
            frame = FRAME.validate_json(text)
        except ValidationError:
            self._node.counters["bad_control_frames"] += 1
            self._log.warning("frame.foreign", size=len(text))
            return
        if isinstance(frame, RequestFrame):
            answer = await self._answer(frame.request)
            self._send(AnswerFrame(id=frame.id, answer=answer).model_dump_json())

    async def _answer(self, request: Request) -> Answer:
        try:
            return await self._perform(request)
        except AppError as error:
            return Failed(code=error.code)
        except Exception:  # noqa: BLE001 - a fault of one request is an answer, not the end of all rooms
            self._log.exception("request.failed", op=request.op)
            return Failed(code=MediaErrorCode.AWAY)

    async def _perform(self, request: Request) -> Answer:
        node = self._node
        match request:
            case Negotiate():
                return await node.negotiate(request)
            case Subscribe():
                return await node.subscribe(request)
            case GetStats():
                return node.census.stats(request.room)
            case SetViewport():
                await node.set_viewport(request)
            case LookAtRooms():
                return node.census.inspector.rooms(request.among)
            case LookAtRoom():
                return node.census.inspector.room(request.room)
            case GetFigures():
                return Figures(families=read(node.census.registry))
            case SetPublication():
                await node.set_publication(request)
            case CandidateRequest():
                await node.candidate(request)
            case RestartIce():
                return await node.restart_ice(request)
            case Disconnect():
                await node.disconnect(request)
            case CloseRoom():
                await node.close_room(request)
            case RequestKeyframe():
                await node.request_keyframe(request)
            case Watch():
                self._watched.add(request.room)
                for event in node.census.present(request.room):
                    self._hear(event)
            case Tap():
                self._tap(request)
        return Done()

    def _tap(self, request: Tap) -> None:
        key = (request.room, request.publication)
        if not request.on:
            self._taps.pop(key, None)
            self._node.untap(*key, self)
            return
        queue = self._taps.get(key)
        if queue is None:
            queue = self._taps[key] = TapQueue(*key, self._node.counters)
        self._node.tap(*key, self, queue.put, request.layers)

    def _hear(self, event: NodeEvent) -> None:
        if event.room in self._watched:
            self._send(EventFrame(event=event).model_dump_json())

    def _send(self, text: str) -> None:
        try:
            self._outgoing.put_nowait(text)
        except asyncio.QueueFull:
            # What it missed cannot be told later: it comes back and hears the present anew.
            self._node.counters["slow_control_clients"] += 1
            transport = self._socket.get_extra_info("transport")
            if transport is not None:
                transport.abort()

    async def _write_frames(self) -> None:
        while True:
            text = await self._outgoing.get()
            try:
                await self._socket.send_str(text)
            except ConnectionError:
                return

    async def _write_taps(self) -> None:
        """Every 20 ms, so that a busy tap costs few frames."""
        while True:
            await asyncio.sleep(FLUSH_INTERVAL_S)
            for queue in list(self._taps.values()):
                try:
                    while (frame := queue.take()) is not None:
                        await self._socket.send_bytes(frame)
                except ConnectionError:
                    return


class ControlServer:
    """Serves a node on a Unix socket at `/control`, and its figures at `/metrics`."""

    def __init__(self, node: MediaNode, socket: Path) -> None:
        self._node = node
        self._path = socket
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Replaces a socket that a killed predecessor left."""
        app = web.Application()
        app.router.add_get("/control", self._serve)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        await web.UnixSite(self._runner, str(self._path)).start()
        self._path.chmod(SOCKET_MODE)

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        self._path.unlink(missing_ok=True)

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=MAX_REQUEST_BYTES, heartbeat=10.0)
        await socket.prepare(request)
        await ControlConnection(self._node, socket).serve()
        return socket

    async def _metrics(self, _: web.Request) -> web.Response:
        data = generate_latest(self._node.census.registry)
        return web.Response(body=data, headers={"Content-Type": CONTENT_TYPE_LATEST})
