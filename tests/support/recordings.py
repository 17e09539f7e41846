"""Running a recorder against a fake node in virtual time, and reading back what it made."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from av.container import InputContainer

from deploy.launch.demo.strip import Luma, read_stamp
from platform_api.kernel.clock import ManualClock
from platform_api.kernel.rooms import Source
from platform_api.kernel.sealed_folder import SealedFolder
from recording.manifest import Manifest, Part, Track
from recording.messages import Changed
from recording.names import init_of
from recording.recorder import RoomRecorder
from recording.repair import files_of, read_manifest
from recording.service import Recorder
from tests.support.fake_node import FakeNode
from tests.support.packetise import Frame, Sender
from tests.support.sealed import folders_of

START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
DELAY_MS = 40.0


@dataclass
class Shown:
    """A decoded picture: media time on the recording's axis and what its counter says."""

    at_ms: float
    counter: int | None


class Stage:
    """One recorder, one node, one clock."""

    def __init__(self, root: Path, *, clock: ManualClock | None = None, node: FakeNode | None = None) -> None:
        self.clock = clock or ManualClock(START)
        self.node = node or FakeNode()
        self.root = root
        self.changes: list[Changed] = []
        self.recordings = folders_of(root)
        self.recorder = Recorder(self.recordings, {"media-1": self.node}, self.clock, tick_s=3600)
        self.recorder.on_changed(self.changes.append)

    def folder(self, recording: str = "rec") -> SealedFolder:
        return self.recordings.folder(recording)

    async def start(self, recording: str = "rec") -> RoomRecorder:
        await self.recorder.start(recording=recording, room="room", node="media-1", title="t")
        await settle()
        room = self.recorder.room(recording)
        assert room is not None
        return room

    def now_ms(self) -> float:
        return self.clock.now().timestamp() * 1000

    async def publish(self, participant: str, source: Source, sender: Sender) -> str:
        publication = self.node.publish(participant, source, sender)
        await settle()
        return publication

    async def play(
        self,
        flows: Sequence[tuple[str, Sender, Sequence[Frame]]],
        *,
        base_ms: float | None = None,
        told_clock: bool = True,
        rooms: Sequence[str] = ("rec",),
    ) -> float:
        """Sends frames when they were captured, ticking once a second; gives the wall time of capture 0."""
        base = self.now_ms() if base_ms is None else base_ms
        events = sorted(
            (
                (frame.capture_ms, publication, sender, frame)
                for publication, sender, frames in flows
                for frame in frames
            ),
            key=lambda event: event[0],
        )
        if told_clock:
            for publication, sender, frames in flows:
                self.node.clock(publication, sender, frames[0].capture_ms, base + frames[0].capture_ms)
        next_tick_ms = self.now_ms() + 1000
        for capture_ms, publication, sender, frame in events:
            arrival_ms = base + capture_ms + DELAY_MS
            while arrival_ms >= next_tick_ms:
                await self.tick_at(next_tick_ms, rooms)
                next_tick_ms += 1000
            self.clock.advance(max(0.0, arrival_ms - self.now_ms()) / 1000)
            self.node.send_frame(publication, sender, frame, arrival_ms)
        await self.tick_at(next_tick_ms, rooms)
        return base

    async def tick_at(self, at_ms: float, rooms: Sequence[str] = ("rec",)) -> None:
        self.clock.advance(max(0.0, at_ms - self.now_ms()) / 1000)
        for name in rooms:
            room = self.recorder.room(name)
            assert room is not None
            await room.cycle()

    async def stop(self, recording: str = "rec") -> Manifest:
        await self.recorder.stop(recording=recording)
        room = self.recorder.room(recording)
        assert room is not None
        await asyncio.wait_for(room.complete.wait(), 10)
        manifest = read_manifest(self.recordings.folder(recording))
        assert manifest is not None
        return manifest


async def settle() -> None:
    """Lets tasks that need no outside run."""
    for _ in range(5):
        await asyncio.sleep(0)


def track_of(manifest: Manifest, publication: str) -> Track:
    return next(track for track in manifest.tracks if track.publication == publication)


@contextmanager
def opened(folder: SealedFolder, part: Part) -> Iterator[InputContainer]:
    """A part as a player opens it, through its playlist; its files are in the clear meanwhile."""
    assert part.playlist is not None
    names = [part.playlist, init_of(part.segments[0].name), *(row.name for row in part.segments)]
    with TemporaryDirectory() as place:
        for name in names:
            (Path(place) / name).write_bytes(folder.read(name))
        options = {"allowed_extensions": "ALL"}
        with av.open(f"{place}/{part.playlist}", "r", format="hls", options=options) as container:
            yield container


def decoded(folder: SealedFolder, part: Part) -> Iterator[tuple[float, Luma]]:
    """Media time (ms) and luma of every picture of a part."""
    with opened(folder, part) as container:
        for frame in container.decode(video=0):
            assert frame.pts is not None
            assert frame.time_base is not None
            luma = frame.to_ndarray(format="gray").astype(np.uint8)
            yield float(frame.pts * frame.time_base * 1000), luma


def shown(folder: SealedFolder, part: Part) -> list[Shown]:
    """Every picture of a part with the counter that its strip shows."""
    out = []
    for at_ms, luma in decoded(folder, part):
        stamp = read_stamp(luma)
        out.append(Shown(at_ms, stamp.counter if stamp else None))
    return out


def heard_samples(folder: SealedFolder, part: Part) -> int:
    """How many samples of sound a part decodes to."""
    with opened(folder, part) as container:
        return sum(frame.samples for frame in container.decode(audio=0))


def files_without_row(folder: SealedFolder, manifest: Manifest) -> set[str]:
    with suppress(FileNotFoundError):
        present = {name for name in folder.names() if name.endswith((".m4s", ".mp4"))}
        return present - files_of(manifest)
    return set()


def rows_without_file(folder: SealedFolder, manifest: Manifest) -> set[str]:
    return {name for name in files_of(manifest) if not folder.has(name)}
