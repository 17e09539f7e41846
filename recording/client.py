"""The recorder in another process, over its control socket: a `RecorderClient` for the front.

What runs is asked for again whenever the link is new, so that neither side's restart ends a recording; a
stop that could not be said is said as soon as the recorder is back.
"""

from collections.abc import Callable
from pathlib import Path

from platform_api.kernel.ids import RecordingId, RoomId, SessionId
from platform_api.kernel.log import get_logger
from platform_api.kernel.unix_link import UnixLink
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


class RemoteRecorderClient:
    """Speaks to the recorder behind `socket` and finds it again by itself."""

    def __init__(self, socket: Path) -> None:
        self._running: dict[str, Start] = {}
        self._stopping: set[str] = set()
        self._listeners: list[Callable[[Changed], None]] = []
        self._log = get_logger("recorder.client")
        self._link: UnixLink[AnswerFrame | EventFrame, Answer] = UnixLink(
            socket,
            service="recorder",
            area="recorder.client",
            away=RecorderAway,
            max_frame_bytes=MAX_FRAME_BYTES,
            restore=self._restore,
            read=HEARD.validate_json,
            hear=self._hear,
        )

    async def open(self) -> None:
        """Begins to look for the recorder; does not wait for it."""
        self._link.start()

    async def close(self) -> None:
        """Leaves the recorder; recordings go on."""
        await self._link.close()

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
        """The recorder's answer; raises RecordingRefused or RecorderAway."""
        answer = await self._link.ask(
            lambda number: RequestFrame(id=number, request=request).model_dump_json()
        )
        if isinstance(answer, Failed):
            raise RecordingRefused(answer.code)
        return answer

    async def _restore(self) -> None:
        """Says again what runs and what was to stop."""
        wanted: list[Request] = list(self._running.values())
        wanted += [Stop(recording=recording) for recording in sorted(self._stopping)]
        for request in wanted:
            try:
                await self._ask(request)
            except RecordingRefused as error:
                self._log.warning("restore.refused", code=error.code)

    def _hear(self, frame: AnswerFrame | EventFrame) -> tuple[int, Answer] | None:
        if isinstance(frame, AnswerFrame):
            return frame.id, frame.answer
        self._changed(frame.event)
        return None

    def _changed(self, change: Changed) -> None:
        if change.state is RecordingState.COMPLETE:
            self._stopping.discard(change.recording)
            self._running.pop(change.recording, None)
        for listener in self._listeners:
            listener(change)
