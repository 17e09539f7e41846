"""The recorder as a process: its control WebSocket on a Unix socket (`/control`), and its running."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

from aiohttp import WSMsgType, web
from pydantic import ValidationError

from media.client import TapClient
from platform_api.kernel.clock import Clock, SystemClock
from platform_api.kernel.errors import AppError
from platform_api.kernel.log import get_logger
from platform_api.kernel.sealed_folder import SealedFolders
from platform_api.kernel.tasks import TaskOwner
from recording.config import RecorderPlaces, RecordingSettings
from recording.messages import (
    MAX_FRAME_BYTES,
    REQUEST,
    Answer,
    AnswerFrame,
    Changed,
    Done,
    EventFrame,
    Failed,
    Request,
    Start,
    Statuses,
    Stop,
)
from recording.retention import delete_due, seal_old
from recording.service import Recorder
from recording.store import MANIFEST

MAX_WAITING: Final = 256
RETENTION_EVERY_S: Final = 3600.0
STANDBY_LOOKS_S: Final = 0.1
_log = get_logger("recorder.server")


class ControlServer:
    """Answers requests and tells changes; one connection is the front's, more may look on."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._runner: web.AppRunner | None = None
        self._sockets: set[web.WebSocketResponse] = set()

    async def start(self, places: RecorderPlaces) -> None:
        app = web.Application()
        app.router.add_get("/control", self._serve)
        places.socket.parent.mkdir(parents=True, exist_ok=True)
        places.socket.unlink(missing_ok=True)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        await web.UnixSite(self._runner, str(places.socket)).start()
        os.chmod(places.socket, 0o600)

    async def close(self) -> None:
        for socket in tuple(self._sockets):
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(heartbeat=20.0, max_msg_size=MAX_FRAME_BYTES)
        await socket.prepare(request)
        self._sockets.add(socket)
        out: asyncio.Queue[str] = asyncio.Queue(MAX_WAITING)
        end = self._recorder.on_changed(lambda change: _offer(out, change))
        for status in self._recorder.statuses():
            _offer(out, Changed(**status.model_dump(exclude={"tracks"})))
        try:
            async with TaskOwner("recorder.server") as tasks:
                tasks.spawn(_send(socket, out), name="recorder-send")
                async for message in socket:
                    if message.type is WSMsgType.TEXT:
                        await out.put(await self._answer(message.data))
        finally:
            end()
            self._sockets.discard(socket)
        return socket

    async def _answer(self, text: str) -> str:
        try:
            frame = REQUEST.validate_json(text)
        except ValidationError:
            return AnswerFrame(id=0, answer=Failed(code="message.invalid")).model_dump_json()
        try:
            answer = await self._do(frame.request)
        except AppError as error:
            answer = Failed(code=error.code)
        return AnswerFrame(id=frame.id, answer=answer).model_dump_json()

    async def _do(self, request: Request) -> Answer:
        if isinstance(request, Start):
            await self._recorder.start(
                recording=request.recording,
                room=request.room,
                node=request.node,
                title=request.title,
                session=request.session,
            )
        elif isinstance(request, Stop):
            await self._recorder.stop(recording=request.recording)
        else:
            return Statuses(recordings=self._recorder.statuses())
        return Done()


def _offer(out: asyncio.Queue[str], change: Changed) -> None:
    """Queues a change; a listener that does not read loses changes, and hears all states when it returns."""
    if out.full():
        _log.warning("listener.slow")
        return
    out.put_nowait(EventFrame(event=change).model_dump_json())


async def _send(socket: web.WebSocketResponse, out: asyncio.Queue[str]) -> None:
    while not socket.closed:
        try:
            await socket.send_str(await out.get())
        except ConnectionError:
            return


async def _retain(recordings: SealedFolders, settings: RecordingSettings, clock: Clock) -> None:
    while True:
        await asyncio.to_thread(seal_old, recordings, holding=MANIFEST)
        await asyncio.to_thread(delete_due, recordings, now=clock.now(), keep_days=settings.keep_days)
        await asyncio.sleep(RETENTION_EVERY_S)


@asynccontextmanager
async def alone(places: RecorderPlaces, stop: asyncio.Event) -> AsyncIterator[bool]:
    """Waits until no other recorder of this machine runs, and is the one until the end; False: told to stop.

    A second recorder process thus stands by with everything loaded: the kernel lets go of the lock of a
    process that was killed, and the other takes up its recordings a moment later.
    """
    places.recordings.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = places.socket.with_suffix(".lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        first = _locked(descriptor)
        while not first and not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), STANDBY_LOOKS_S)
            first = not stop.is_set() and _locked(descriptor)
        yield first
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def run_recorder(
    settings: RecordingSettings,
    places: RecorderPlaces,
    nodes: Mapping[str, TapClient],
    *,
    stop: asyncio.Event,
    ready: Callable[[], None] = lambda: None,
    clock: Clock | None = None,
) -> None:
    """Runs the recorder until `stop` is set: repairs, resumes, listens. The clients are the caller's.

    While another recorder of the same places runs, it stands by.
    """
    async with alone(places, stop) as first:
        if first:
            await _run(settings, places, nodes, stop, ready, clock or SystemClock())


async def _run(
    settings: RecordingSettings,
    places: RecorderPlaces,
    nodes: Mapping[str, TapClient],
    stop: asyncio.Event,
    ready: Callable[[], None],
    clock: Clock,
) -> None:
    recorder = Recorder(places.recordings, nodes, clock, tick_s=settings.tick_s, layers=settings.layers)
    server = ControlServer(recorder)
    async with TaskOwner("recorder") as tasks:
        try:
            await recorder.recover()
            await server.start(places)
            tasks.spawn(_retain(places.recordings, settings, clock), name="retention")
            ready()
            await stop.wait()
        finally:
            await server.close()
            await recorder.close()
