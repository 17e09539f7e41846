"""One recording while it runs: the asyncio shell round `RoomRecording`.

Twice a second it writes what arrived, in a thread: first the manifest with rows for new files, then the
files, then the manifest with what is whole. When the disk refuses it cuts back to what is whole, says
`interrupted`, and goes on when there is space.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from media.client import TapBatch, TapClient
from media.control import NodeEvent, RequestKeyframe, TapLayers
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import AppError
from platform_api.kernel.log import get_logger
from platform_api.kernel.sealed_folder import SealedFolder
from platform_api.kernel.sealing import SealBroken
from platform_api.kernel.tasks import TaskOwner
from recording.disk import DiskOperation, perform
from recording.manifest import Manifest, RecordingState
from recording.messages import Changed, Status
from recording.repair import repair, write_manifest
from recording.replay import finish
from recording.room import RoomRecording
from recording.states import Cause, next_state
from recording.store import MIN_FREE_PART, RESUME_FREE_PART, RUN_FILE, free_part

TICK_S: Final = 0.5


class RunFile(BaseModel):
    """What a restarted recorder must know to go on: kept beside the manifest as long as it runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recording: str
    room: str
    node: str
    title: str
    session: str | None = None
    origin_ms: float
    stopped_at_ms: float | None = None

    def write(self, folder: SealedFolder) -> None:
        folder.write(RUN_FILE, self.model_dump_json().encode())

    @classmethod
    def read(cls, folder: SealedFolder) -> "RunFile | None":
        """The folder's run file; None where there is none that can be read."""
        try:
            return cls.model_validate_json(folder.read(RUN_FILE))
        except FileNotFoundError:
            return None
        except (OSError, ValidationError, SealBroken):
            get_logger("recording").exception("run_file.unreadable", recording=folder.name)
            return None


class RoomRecorder:
    """Records one room until it is stopped."""

    def __init__(
        self,
        folder: SealedFolder,
        run: RunFile,
        media: TapClient,
        clock: Clock,
        changed: Callable[[Changed], None],
        *,
        tick_s: float = TICK_S,
        layers: TapLayers = TapLayers.BEST,
    ) -> None:
        self.run = run
        self.state = RecordingState.RECORDING
        self.complete = asyncio.Event()
        self._folder = folder
        self._media = media
        self._clock = clock
        self._changed = changed
        self._tick_s = tick_s
        self._layers = layers
        self._room: RoomRecording | None = None
        self._on_disk: Manifest | None = None
        self._needs_repair = False
        self._tapped: set[str] = set()
        self._tasks = TaskOwner("recording")
        self._stop = asyncio.Event()
        self._work = asyncio.Lock()
        self._log = get_logger("recording").bind(recording=run.recording)

    def _now_ms(self) -> float:
        return self._clock.now().timestamp() * 1000

    @property
    def status(self) -> Status:
        return Status(
            recording=self.run.recording,
            room=self.run.room,
            state=self.state,
            duration_ms=self._duration_ms(),
            tracks=len(self._on_disk.tracks) if self._on_disk else 0,
        )

    def _duration_ms(self) -> int:
        until_ms = self.run.stopped_at_ms or self._now_ms()
        return max(0, round(until_ms - self.run.origin_ms))

    async def begin(self) -> None:
        """Makes or repairs the files and starts; raises OSError if the disk refuses."""
        manifest = await asyncio.to_thread(self._open)
        self._on_disk = manifest
        self._room = RoomRecording(manifest)
        self._tell(RecordingState.RECORDING)
        if self.run.stopped_at_ms is None:
            self._tasks.spawn(self._watch(), name="recording-watch")
        else:
            self._stop.set()
        self._tasks.spawn(self._run(), name="recording-run")
        self._log.info("recording.begun", tracks=len(manifest.tracks))

    def _open(self) -> Manifest:
        self._folder.make()
        if RunFile.read(self._folder) != self.run:
            self.run.write(self._folder)
        manifest = repair(self._folder)
        if manifest is None or manifest.state is not RecordingState.RECORDING:
            manifest = self._first_manifest(manifest)
            write_manifest(self._folder, manifest)
        return manifest

    def _first_manifest(self, earlier: Manifest | None) -> Manifest:
        if earlier is not None:
            state = next_state(earlier.state, Cause.RESUMED)
            return earlier.model_copy(update={"state": state, "session": self.run.session or earlier.session})
        return Manifest(
            recording=self.run.recording,
            room=self.run.room,
            session=self.run.session,
            title=self.run.title,
            origin_ms=self.run.origin_ms,
            duration_ms=0,
            state=RecordingState.RECORDING,
            tracks=(),
        )

    async def _watch(self) -> None:
        try:
            await self._media.watch(self.run.room)
        except AppError as error:
            self._log.warning("watch.deferred", code=error.code)

    def on_event(self, event: NodeEvent) -> None:
        """An event of this recording's room."""
        if self._room is None or self._stop.is_set():
            return
        publication = self._room.on_event(event)
        if publication is not None and publication not in self._tapped:
            self._tapped.add(publication)
            self._tasks.spawn(self._tap(publication), name="recording-tap")

    async def _tap(self, publication: str) -> None:
        try:
            await self._media.tap(self.run.room, publication, self._on_batch, layers=self._layers)
        except AppError as error:
            self._log.warning("tap.deferred", code=error.code)
            self._tapped.discard(publication)

    def _on_batch(self, batch: TapBatch) -> None:
        if self._room is None or self.state is not RecordingState.RECORDING or self._stop.is_set():
            return
        self._room.on_batch(batch)
        if self._room.keyframe_due(batch.publication, self._now_ms()):
            self._tasks.spawn(self._ask_keyframe(batch.publication), name="recording-keyframe")

    async def _ask_keyframe(self, publication: str) -> None:
        try:
            await self._media.request_keyframe(RequestKeyframe(room=self.run.room, publication=publication))
        except AppError as error:
            self._log.debug("keyframe.refused", code=error.code)

    async def _run(self) -> None:
        while not self._stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), self._tick_s)
            if not self._stop.is_set():
                await self.cycle()
        while not await self._finish():  # noqa: ASYNC110 - a disk tells nobody that it has space
            await asyncio.sleep(self._tick_s)
        self.complete.set()
        await self._untap()

    async def cycle(self, *, closing: bool = False) -> None:
        """Writes what has arrived; never raises for what the disk says."""
        async with self._work:
            try:
                if self.state is RecordingState.INTERRUPTED and not await self._space_is_back():
                    return
                low = await asyncio.to_thread(free_part, self._folder.path) < MIN_FREE_PART
                await self._write(closing=closing or low)
                if low:
                    await self._interrupt("low space")
            except OSError as error:
                self._needs_repair = True
                await self._interrupt(error.strerror or "refused")

    async def _write(self, *, closing: bool) -> None:
        room = self._opened()
        operations = room.tick(self._now_ms(), closing=closing)
        await asyncio.to_thread(self._apply, room.manifest(), operations)
        room.tell()
        await asyncio.to_thread(self._apply, room.manifest(), ())

    def _opened(self) -> RoomRecording:
        if self._room is None:
            raise RuntimeError("begin() first")
        return self._room

    def _apply(self, rows: Manifest, operations: Sequence[DiskOperation]) -> None:
        wanted = rows.model_copy(update={"state": self.state, "duration_ms": 0})
        known = self._on_disk and self._on_disk.model_copy(update={"duration_ms": 0})
        if wanted != known:
            manifest = wanted.model_copy(update={"duration_ms": self._duration_ms()})
            write_manifest(self._folder, manifest)
            self._on_disk = manifest
        perform(self._folder, operations)

    async def _interrupt(self, reason: str) -> None:
        """The disk refuses: keeps what is whole, tells it, and waits for space."""
        self._log.error("recording.interrupted", reason=reason)
        before, self.state = self.state, next_state(self.state, Cause.DISK_REFUSED)
        if before is not self.state:
            self._tell(self.state)
        with suppress(OSError):
            await self._cut_back()

    async def _cut_back(self) -> None:
        manifest = await asyncio.to_thread(repair, self._folder)
        room = self._opened()
        room.start_over(manifest.tracks if manifest is not None else ())
        self._on_disk = manifest
        self._needs_repair = False
        await asyncio.to_thread(self._apply, room.manifest(), ())

    async def _space_is_back(self) -> bool:
        if await asyncio.to_thread(free_part, self._folder.path) < RESUME_FREE_PART:
            return False
        if self._needs_repair:
            await self._cut_back()
        self.state = next_state(self.state, Cause.SPACE_BACK)
        self._log.info("recording.goes_on")
        self._tell(self.state)
        return True

    def _tell(self, state: RecordingState) -> None:
        self._changed(
            Changed(
                recording=self.run.recording,
                room=self.run.room,
                state=state,
                duration_ms=self._duration_ms(),
            )
        )

    def stop(self) -> None:
        """Ends the recording; `complete` is set when the manifest says so. Safe to ask again."""
        if not self._stop.is_set():
            self.run = self.run.model_copy(update={"stopped_at_ms": self._now_ms()})
            self._stop.set()

    async def _untap(self) -> None:
        for publication in sorted(self._tapped):
            try:
                await self._media.untap(self.run.room, publication)
            except AppError as error:
                self._log.debug("untap.refused", code=error.code)

    async def _finish(self) -> bool:
        """Writes the end; False if the disk refuses, to be tried again."""
        await self.cycle(closing=True)
        try:
            await asyncio.to_thread(self._complete)
        except OSError as error:
            self._log.error("recording.finish_refused", reason=error.strerror)
            return False
        self.state = next_state(self.state, Cause.STOPPED)
        self._log.info("recording.complete", duration_ms=self._duration_ms())
        self._tell(self.state)
        return True

    def _complete(self) -> None:
        self.run.write(self._folder)
        if self._needs_repair:
            repair(self._folder)
        rows = self._opened().manifest(duration_ms=self._duration_ms())
        self._on_disk = finish(self._folder, rows)
        self._folder.remove(RUN_FILE)

    async def close(self) -> None:
        """The recorder itself ends: what has arrived is written, the recording goes on another time."""
        await self._tasks.close()
        if self._room is not None and not self.complete.is_set():
            await self.cycle(closing=True)
