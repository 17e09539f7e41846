"""The recorder in another process, over its control socket: a `RecorderClient` for the front.

What runs is asked for again whenever the link is new, so that neither side's restart ends a recording; a
stop that could not be said is said as soon as the recorder is back.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import aiohttp
from pydantic import ValidationError

from platform_api.kernel.ids import RecordingId, RoomId, SessionId
from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import TaskOwner
from recording.errors import RecorderAway, RecordingRefused
from recording.manifest import RecordingState
from recording.messages import (
    HEARD,
    MAX_FRAME_BYTES,
    Answer,
    AnswerFrame,
    Changed,
    EventFrame,
    Failed,
    GetStatus,
    Request,
    RequestFrame,
    Start,
    Status,
    Statuses,
    Stop,
)

ANSWER_TIMEOUT_S: Final = 10.0
LINK_WAIT_S: Final = 2.0
FIRST_BACKOFF_S: Final = 0.05
MAX_BACKOFF_S: Final = 2.0


class RemoteRecorderClient:
    """Speaks to the recorder behind `socket` and finds it again by itself."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._tasks = TaskOwner("recorder.client")
        self._link: aiohttp.ClientWebSocketResponse | None = None
        self._up = asyncio.Event()
        self._pending: dict[int, asyncio.Future[Answer]] = {}
        self._next_id = 0
        self._running: dict[str, Start] = {}
        self._stopping: set[str] = set()
        self._listeners: list[Callable[[Changed], None]] = []
        self._log = get_logger("recorder.client")

    async def open(self) -> None:
        """Begins to look for the recorder; does not wait for it."""
        self._tasks.spawn(self._keep_linked(), name="recorder-link")

    async def close(self) -> None:
        """Leaves the recorder; recordings go on."""
        await self._tasks.close()
        self._lose_link()

    def on_changed(self, listener: Callable[[Changed], None]) -> None:
        """Has every change of a recording's state told, and all states when the link is new."""
        self._listeners.append(listener)

    async def start(
        self,
        *,
        recording: RecordingId,
        room: RoomId,
        node: str,
        title: str,
        session: SessionId | None = None,
    ) -> None:
        """Starts, now or as soon as the recorder is there; raises RecordingRefused if it refuses."""
        request = Start(recording=recording, room=room, node=node, title=title[:300], session=session)
        self._running[recording] = request
        self._stopping.discard(recording)
        try:
            await self._ask(request)
        except RecorderAway:
            self._log.warning("start.deferred", recording=recording)
        except RecordingRefused:
            self._running.pop(recording, None)
            raise

    async def stop(self, *, recording: RecordingId) -> None:
        """Stops, now or as soon as the recorder is there."""
        self._running.pop(recording, None)
        self._stopping.add(recording)
        try:
            await self._ask(Stop(recording=recording))
        except RecorderAway:
            self._log.warning("stop.deferred", recording=recording)

    async def statuses(self) -> tuple[Status, ...]:
        """What the recorder holds; raises RecorderAway."""
        answer = await self._ask(GetStatus())
        if not isinstance(answer, Statuses):
            raise RecorderAway
        return answer.recordings

    async def _ask(self, request: Request) -> Answer:
        try:
            async with asyncio.timeout(LINK_WAIT_S):
                await self._up.wait()
        except TimeoutError as error:
            raise RecorderAway from error
        answer = await self._exchange(request)
        if isinstance(answer, Failed):
            raise RecordingRefused(answer.code)
        return answer

    async def _exchange(self, request: Request) -> Answer:
        link = self._link
        if link is None:
            raise RecorderAway
        self._next_id += 1
        number = self._next_id
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._pending[number] = answer
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await link.send_str(RequestFrame(id=number, request=request).model_dump_json())
                return await answer
        except (TimeoutError, ConnectionError, aiohttp.ClientError) as error:
            raise RecorderAway from error
        finally:
            del self._pending[number]

    async def _keep_linked(self) -> None:
        backoff_s = FIRST_BACKOFF_S
        while True:
            try:
                connector = aiohttp.UnixConnector(str(self._socket))
                async with (
                    aiohttp.ClientSession(connector=connector) as http,
                    http.ws_connect("http://recorder/control", max_msg_size=MAX_FRAME_BYTES) as link,
                ):
                    backoff_s = FIRST_BACKOFF_S
                    await self._serve(link)
            except (aiohttp.ClientError, OSError) as error:
                self._log.debug("link.refused", reason=type(error).__name__)
            self._lose_link()
            await asyncio.sleep(backoff_s)
            backoff_s = min(backoff_s * 2, MAX_BACKOFF_S)

    async def _serve(self, link: aiohttp.ClientWebSocketResponse) -> None:
        self._link = link
        self._up.set()
        async with TaskOwner("recorder.client") as restoring:
            restoring.spawn(self._restore(), name="recorder-restore")
            async for message in link:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._hear(message.data)

    async def _restore(self) -> None:
        """Says again what runs and what was to stop."""
        wanted: list[Request] = list(self._running.values())
        wanted += [Stop(recording=recording) for recording in sorted(self._stopping)]
        for request in wanted:
            try:
                await self._ask(request)
            except RecordingRefused as error:
                self._log.warning("restore.refused", code=error.code)

    def _lose_link(self) -> None:
        self._link = None
        self._up.clear()
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(RecorderAway())

    def _hear(self, text: str) -> None:
        try:
            frame = HEARD.validate_json(text)
        except ValidationError:
            self._log.warning("frame.foreign", size=len(text))
            return
        if isinstance(frame, AnswerFrame):
            answer = self._pending.get(frame.id)
            if answer is not None and not answer.done():
                answer.set_result(frame.answer)
        elif isinstance(frame, EventFrame):
            self._changed(frame.event)

    def _changed(self, change: Changed) -> None:
        if change.state is RecordingState.COMPLETE:
            self._stopping.discard(change.recording)
            self._running.pop(change.recording, None)
        for listener in self._listeners:
            listener(change)
