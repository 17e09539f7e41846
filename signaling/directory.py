"""Which rooms are open here, and on which media node; opens them, ends them, frees the empty ones."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from media.client import MediaAway, MediaClient, MediaRefused
from media.control import CloseRoom, Disconnect, NodeEvent
from platform_api.kernel.clock import Clock, unix_ms
from platform_api.kernel.errors import AppError
from platform_api.kernel.events import Event as Fact
from platform_api.kernel.ids import RecordingId, RoomId
from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import TaskOwner
from recording.control import JournalFull, JournalStore, RecorderClient
from signaling.admission import RoomFacts
from signaling.config import SignalingSettings
from signaling.errors import StorageFull
from signaling.messages.room import LeaveReason, RoomStateChanged
from signaling.node_events import NodeEvents
from signaling.outbox import Outbox
from signaling.room import Room

RECORDING_OVER: Final = "recording.over"
SERVER_FAULT: Final = 500
RecordingWord = Literal["off", "on", "interrupted"]


@dataclass(frozen=True, slots=True)
class Edges:
    """What the live layer reaches outside itself."""

    media: MediaClient
    recorder: RecorderClient
    journals: JournalStore
    outbox: Outbox
    clock: Clock


@dataclass(slots=True)
class OpenRoom:
    """A room with what watches over it; `ready` once its journal is folded in."""

    room: Room
    node_events: NodeEvents
    ready: asyncio.Event


class Directory:
    """All open rooms by id. Rooms of a session stay until it ends, others until they are empty."""

    def __init__(
        self, *, edges: Edges, settings: SignalingSettings, tell: Callable[[Fact], None], tasks: TaskOwner
    ) -> None:
        self._edges = edges
        self._settings = settings
        self._tell = tell
        self._tasks = tasks
        self._rooms: dict[str, OpenRoom] = {}
        self._log = get_logger("signaling.directory")
        edges.media.on_event(self._hear)
        edges.media.on_reset(self._reset)

    def __len__(self) -> int:
        return len(self._rooms)

    def __iter__(self) -> Iterator[Room]:
        return iter([opened.room for opened in self._rooms.values()])

    def get(self, room: str) -> Room | None:
        opened = self._rooms.get(room)
        return opened.room if opened is not None else None

    async def open(self, facts: RoomFacts) -> Room:
        """The room, made from its journal if it is not open yet; raises StorageFull."""
        opened = self._rooms.get(facts.room)
        if opened is not None:
            await opened.ready.wait()
            if self._rooms.get(facts.room) is not opened:
                return await self.open(facts)
            opened.room.touch()
            return opened.room
        room = self._make(facts)
        opened = OpenRoom(
            room, NodeEvents(room, media=self._edges.media, clock=self._edges.clock), asyncio.Event()
        )
        self._rooms[facts.room] = opened
        try:
            await self._begin(opened)
        except BaseException:
            del self._rooms[facts.room]
            await room.close(LeaveReason.ENDED)
            raise
        finally:
            opened.ready.set()
        return room

    def _make(self, facts: RoomFacts) -> Room:
        key = facts.recording or f"room:{facts.room}"
        try:
            journal = self._edges.journals.open(key)
        except JournalFull as error:
            raise StorageFull from error
        room = Room(
            facts,
            journal=journal,
            outbox=self._edges.outbox,
            clock=self._edges.clock,
            tell=self._tell,
            history_events=self._settings.history_events,
            max_participants=self._settings.max_participants,
        )
        room.rebuild(journal.read())
        return room

    async def _begin(self, opened: OpenRoom) -> None:
        room = opened.room
        await room.seats_found()
        async with room.order:
            over = room.state.status.state == "ended" and room.facts.session is None
            if room.seq == 0 or over:
                await room.commit(RoomStateChanged(state="open", on_air_since_ms=None, recording="off"))
        room.tell_on_air()
        opened.node_events.start()
        if room.facts.recording is not None:
            room.tasks.spawn(self._start_recorder(room, room.facts.recording), name="start-recorder")
        self._log.info("room.opened", room=room.facts.room, events=room.seq)

    async def _start_recorder(self, room: Room, recording: RecordingId) -> None:
        """Asks until the recorder has begun; meanwhile all see that it is interrupted."""
        while True:
            try:
                await self._edges.recorder.start(
                    recording=recording,
                    room=room.facts.room,
                    node=self._settings.node,
                    title=room.facts.title,
                    session=room.facts.session,
                )
            except AppError as error:
                self._log.warning("recorder.refused", room=room.facts.room, code=error.code)
                await self.set_recording(room, "interrupted")
                if error.code == RECORDING_OVER:
                    return
                await asyncio.sleep(self._settings.recorder_retry_s)
            else:
                await self.set_recording(room, "on")
                return

    async def set_recording(self, room: Room, word: RecordingWord) -> None:
        """All see whether the room is being recorded."""
        async with room.order:
            status = room.state.status
            if status.recording == word or status.state == "ended":
                return
            since = status.recording_since_ms
            if word == "on" and since is None:
                since = unix_ms(self._edges.clock.now())
            update = {"recording": word, "recording_since_ms": since}
            await room.commit(status.model_copy(update=update))

    async def end(self, room_id: str) -> None:
        """Ends the room for everybody; its connections are told elsewhere. Safe to ask again."""
        opened = self._rooms.get(room_id)
        if opened is None:
            return
        await opened.ready.wait()
        if self._rooms.get(room_id) is not opened:
            return
        room = opened.room
        opened.ready.clear()
        async with room.order:
            status = room.state.status
            try:
                await room.commit(status.model_copy(update={"state": "ended", "recording": "off"}))
            except StorageFull:
                self._log.error("room.end_not_kept", room=room_id)
        await self._let_go(opened, LeaveReason.ENDED)
        if room.facts.recording is not None:
            self._tasks.spawn(self._stop_recorder(room.facts.recording), name="stop-recorder")
        self._log.info("room.ended", room=room_id)

    async def _stop_recorder(self, recording: RecordingId) -> None:
        while True:
            try:
                await self._edges.recorder.stop(recording=recording)
            except AppError as error:
                self._log.warning("recorder.not_stopped", recording=recording, code=error.code)
                if error.status_hint < SERVER_FAULT:
                    return
                await asyncio.sleep(self._settings.recorder_retry_s)
            else:
                return

    async def _close_media(self, room_id: str) -> None:
        try:
            await self._edges.media.close_room(CloseRoom(room=room_id))
        except (MediaAway, MediaRefused) as error:
            self._log.info("media.not_closed", room=room_id, code=error.code)

    async def hang_up(self, room: RoomId, participant: str) -> None:
        """Ends the participant's media, if there is any."""
        try:
            await self._edges.media.disconnect(Disconnect(room=room, participant=participant))
        except (MediaAway, MediaRefused) as error:
            self._log.info("media.not_disconnected", room=room, code=error.code)

    async def tick(self) -> None:
        """Gives up seats that were kept long enough and frees rooms that nobody needs."""
        now_s = self._edges.clock.monotonic_s()
        for opened in tuple(self._rooms.values()):
            room = opened.room
            for participant in room.presence.expired(now_s, self._settings.seat_kept_s):
                await room.give_up(participant, LeaveReason.TIMED_OUT)
                await self.hang_up(room.facts.room, participant)
            if opened.ready.is_set() and self._is_idle(room, now_s):
                await self._let_go(opened, LeaveReason.TIMED_OUT)
                self._log.info("room.freed", room=room.facts.room)

    def _is_idle(self, room: Room, now_s: float) -> bool:
        empty = room.empty_since_s
        return (
            room.facts.session is None
            and empty is not None
            and now_s - empty >= self._settings.room_idle_s
            and len(room.presence) == 0
            and not room.state.publications
        )

    async def _let_go(self, opened: OpenRoom, reason: LeaveReason) -> None:
        """Closes the room; whoever asks for it meanwhile waits, and opens it anew."""
        opened.ready.clear()
        room = opened.room
        try:
            await room.close(reason)
            await self._close_media(room.facts.room)
        finally:
            self._rooms.pop(room.facts.room, None)
            opened.ready.set()

    async def close(self) -> None:
        """Lets go of all rooms; they and their recordings go on in their journals and at their nodes."""
        for opened in tuple(self._rooms.values()):
            await opened.room.close(LeaveReason.LEFT)
        self._rooms.clear()

    def _hear(self, event: NodeEvent) -> None:
        opened = self._rooms.get(event.room)
        if opened is not None:
            opened.node_events.hear(event)

    def _reset(self) -> None:
        for opened in self._rooms.values():
            opened.node_events.reset()
