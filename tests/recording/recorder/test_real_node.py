"""The recorder at a real media node with a real WebRTC publisher, over the control socket."""

import asyncio
import fractions
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from aiortc import VideoStreamTrack
from av import VideoFrame

from deploy.launch.demo.strip import Stamp, read_stamp, write_stamp
from media.control import PublicationStarted
from media.remote import RemoteMediaClient
from media.server import ControlServer
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.rooms import Source
from platform_api.kernel.sealed_folder import SealedFolder
from recording.manifest import Manifest, RecordingState
from recording.messages import Changed
from recording.repair import files_of, read_manifest
from recording.service import Recorder
from tests.support.aiortc_peer import AiortcPeer, Events, running_node
from tests.support.recordings import decoded
from tests.support.sealed import folder_of, folders_of

WIDTH, HEIGHT, FPS = 640, 360, 15


class StampedVideo(VideoStreamTrack):
    """Frames whose strip says when they were made."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.enough = asyncio.Event()

    async def recv(self) -> VideoFrame:
        await asyncio.sleep(1 / FPS)
        now_ms = time.time() * 1000
        luma = np.full((HEIGHT, WIDTH), 90, np.uint8)
        write_stamp(luma, Stamp(self.count, int(now_ms)))
        chroma = np.full((HEIGHT // 2, WIDTH), 128, np.uint8)
        frame = VideoFrame.from_ndarray(np.concatenate([luma, chroma]), format="yuv420p")
        frame.pts = int(now_ms * 90)
        frame.time_base = fractions.Fraction(1, 90_000)
        self.count += 1
        if self.count >= FPS * 2:
            self.enough.set()
        return frame


@asynccontextmanager
async def publishing(socket: Path, publication: str) -> AsyncIterator[StampedVideo]:
    """A node with its control socket, and one H264 publisher on it."""
    async with running_node() as (node, client):
        server = ControlServer(node, socket)
        await server.start()
        events = Events(client)
        await client.watch("room")
        peer = AiortcPeer(client, room="room", participant=publication.partition(".")[0])
        video = StampedVideo()
        peer.publish(Source.SCOPE, codec="H264", track=video)
        try:
            await peer.connect()
            await events.until(PublicationStarted, publication=publication)
            yield video
        finally:
            await peer.close()
            await server.close()


def errors_ms(folder: SealedFolder, manifest: Manifest, part: int) -> list[float]:
    """How far the time of each picture on the axis is from the time its strip says."""
    row = manifest.tracks[0].parts[part]
    out = []
    for at_ms, luma in decoded(folder, row):
        stamp = read_stamp(luma)
        assert stamp is not None
        wall_ms = int(manifest.origin_ms + at_ms)
        out.append(float(((wall_ms - stamp.clock_ms + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)))
    return out


async def test_a_publisher_is_recorded_through_the_death_of_its_node(tmp_path: Path) -> None:
    socket, root = tmp_path / "node.sock", tmp_path / "recordings"
    client = RemoteMediaClient(socket)
    await client.start()
    recorder = Recorder(folders_of(root), {"media-1": client}, SystemClock(), tick_s=0.25)
    complete = asyncio.Event()
    ready: list[float] = []

    def hear(change: Changed) -> None:
        if change.state is RecordingState.COMPLETE:
            ready.append(time.monotonic())
            complete.set()

    recorder.on_changed(hear)
    await recorder.start(recording="rec", room="room", node="media-1", title="")
    try:
        for _ in range(2):
            async with publishing(socket, "p1.scope") as video:
                await asyncio.wait_for(video.enough.wait(), 30)
            await asyncio.sleep(1.2)
        stopped = time.monotonic()
        await recorder.stop(recording="rec")
        await asyncio.wait_for(complete.wait(), 10)
    finally:
        await recorder.close()
        await client.close()

    manifest = read_manifest(folder_of(root / "rec"))
    assert manifest is not None
    assert [len(track.parts) for track in manifest.tracks] == [2]
    assert ready[0] - stopped < 10
    assert all(folder_of(root / "rec").has(name) for name in files_of(manifest))
    for part in range(2):
        errors = errors_ms(folder_of(root / "rec"), manifest, part)
        assert len(errors) >= FPS
        assert float(np.median(np.abs(errors))) < 60
        assert max(errors) - min(errors) == pytest.approx(0, abs=80)
