"""All recordings of one recorder: starts, stops, and takes up after a restart what its disk says."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

from media.client import TapClient
from media.control import NodeEvent, TapLayers
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound, Unavailable
from platform_api.kernel.log import get_logger
from platform_api.kernel.sealed_folder import SealedFolder, SealedFolders
from recording.errors import RecordingRefused
from recording.manifest import Manifest, RecordingState
from recording.messages import Changed, Status
from recording.recorder import TICK_S, RoomRecorder, RunFile
from recording.repair import read_manifest
from recording.store import RUN_FILE, NameRefused, recording_folder


class Recorder:
    """Owns the room recorders; one each recording."""

    def __init__(
        self,
        recordings: SealedFolders,
        nodes: Mapping[str, TapClient],
        clock: Clock,
        *,
        tick_s: float = TICK_S,
        layers: TapLayers = TapLayers.BEST,
    ) -> None:
        self._recordings = recordings
        self._nodes = dict(nodes)
        self._clock = clock
        self._tick_s = tick_s
        self._layers = layers
        self._rooms: dict[str, RoomRecorder] = {}
        self._listeners: list[Callable[[Changed], None]] = []
        self._starting = asyncio.Lock()
        self._log = get_logger("recorder")
        for name, client in self._nodes.items():
            client.on_event(partial(self._on_event, name))

    def on_changed(self, listener: Callable[[Changed], None]) -> Callable[[], None]:
        """Has changes told; returns the call that ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, change: Changed) -> None:
        for listener in tuple(self._listeners):
            listener(change)

    def _on_event(self, node: str, event: NodeEvent) -> None:
        for room in self._rooms.values():
            if room.run.room == event.room and room.run.node == node:
                room.on_event(event)

    async def recover(self) -> None:
        """Repairs what a crash left and goes on with it, or finishes what was being stopped."""
        self._recordings.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in self._recordings.all():
            if folder.has(RUN_FILE) and not folder.is_ready:
                await asyncio.to_thread(folder.make)
            run = RunFile.read(folder)
            if run is None:
                continue
            manifest = read_manifest(folder)
            if manifest is not None and manifest.state is RecordingState.COMPLETE:
                folder.remove(RUN_FILE)
                continue
            try:
                await self._begin(folder, run)
            except (OSError, NotFound):
                self._log.exception("recording.not_resumed", recording=run.recording)

    async def start(
        self, *, recording: str, room: str, node: str, title: str, session: str | None = None
    ) -> None:
        """Records the room from now; a recording that runs already goes on, a complete one is refused."""
        async with self._starting:
            if recording in self._rooms and not self._rooms[recording].complete.is_set():
                return
            try:
                folder = recording_folder(self._recordings, recording)
            except NameRefused as error:
                raise NotFound from error
            if folder.path.is_dir():
                await asyncio.to_thread(folder.make)
            manifest = read_manifest(folder)
            if manifest is not None and manifest.state is RecordingState.COMPLETE:
                self._tell_over(manifest)
                raise RecordingRefused("recording.over")
            origin_ms = manifest.origin_ms if manifest else self._clock.now().timestamp() * 1000
            run = RunFile(
                recording=recording,
                room=room,
                node=node,
                title=title,
                session=session,
                origin_ms=origin_ms,
            )
            try:
                await self._begin(folder, run)
            except OSError as error:
                raise Unavailable("storage.full") from error

    async def _begin(self, folder: SealedFolder, run: RunFile) -> None:
        media = self._nodes.get(run.node)
        if media is None:
            raise NotFound("recording.node_unknown")
        self._rooms = {name: held for name, held in self._rooms.items() if not held.complete.is_set()}
        room = RoomRecorder(
            folder, run, media, self._clock, self._tell, tick_s=self._tick_s, layers=self._layers
        )
        self._rooms[run.recording] = room
        try:
            await room.begin()
        except OSError:
            del self._rooms[run.recording]
            raise

    async def stop(self, *, recording: str) -> None:
        """Begins the end; that a recording has ended already is told again. Unknown ones are ignored."""
        room = self._rooms.get(recording)
        if room is not None and not room.complete.is_set():
            room.stop()
            return
        try:
            manifest = read_manifest(recording_folder(self._recordings, recording))
        except NameRefused as error:
            raise NotFound from error
        if manifest is not None and manifest.state is RecordingState.COMPLETE:
            self._tell_over(manifest)

    def _tell_over(self, manifest: Manifest) -> None:
        self._tell(
            Changed(
                recording=manifest.recording,
                room=manifest.room,
                state=manifest.state,
                duration_ms=manifest.duration_ms,
            )
        )

    def statuses(self) -> tuple[Status, ...]:
        return tuple(room.status for room in self._rooms.values())

    def room(self, recording: str) -> RoomRecorder | None:
        """The recorder of a recording that is held."""
        return self._rooms.get(recording)

    async def close(self) -> None:
        """Writes what has arrived; the recordings go on when a recorder starts again."""
        await asyncio.gather(*(room.close() for room in self._rooms.values()))
