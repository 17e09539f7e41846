"""MD-07: the recorder goes on while an admitted peer sends ten times its share."""

import asyncio
import os
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from media.control import PublicationStarted
from media.plane import PacketPlane
from media.plane_python.plane import PythonPlane
from media.remote import RemoteMediaClient
from media.server import ControlServer
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.rooms import Source
from recording.manifest import RecordingState
from recording.messages import Changed
from recording.repair import read_manifest
from recording.service import Recorder
from tests.media.plane_native.conftest import native_plane
from tests.support.aiortc_peer import AiortcPeer, CountingVideo, Events, peers, running_node
from tests.support.fault_line import fault_line
from tests.support.media_factory import video_track, vp8
from tests.support.product import free_media_port
from tests.support.recordings import decoded
from tests.support.rtp_peer import RtpPeer
from tests.support.sealed import folder_of, folders_of

FLOOD_S: Final = 4.0
TURN_S: Final = 1 / 60
PACKETS_A_TURN: Final = 20
"""1200 a second of 1000 bytes: ten times a scope."""
TEN_TIMES: Final = 10 * 260
"""Of what a scope sends in a second: a machine that is busy takes longer for it."""


@pytest.fixture(params=["python", "native"])
def make_plane(request: pytest.FixtureRequest) -> Callable[[], PacketPlane]:
    def made() -> PacketPlane:
        port = free_media_port()
        if request.param == "python":
            return PythonPlane(port=port, host6=None)
        return native_plane(port=port, host="0.0.0.0", host6=None)

    return made


async def flood(plane: PacketPlane) -> int:
    """What an admitted peer sends that is out of its mind; how many packets it were."""
    sequence, ends, body = 0, time.monotonic() + FLOOD_S, os.urandom(1000)
    with RtpPeer(plane, "mallory") as mallory:
        plane.set_tracks(mallory.id, [video_track("mallory.camera")])
        while time.monotonic() < ends or sequence <= TEN_TIMES:
            for _ in range(PACKETS_A_TURN):
                mallory.send(vp8(body), sequence=sequence % 65536, timestamp=sequence * 3000, ssrc=77)
                sequence += 1
            await asyncio.sleep(TURN_S)  # the rhythm of the flood, not a wait for something
        plane.remove_peer(mallory.id)
    return sequence


async def test_MD_07_no_second_is_missing_in_the_recording_of_a_flooded_node(
    make_plane: Callable[[], PacketPlane], tmp_path: Path
) -> None:
    plane, socket, root = make_plane(), tmp_path / "node.sock", tmp_path / "recordings"
    async with running_node(plane=plane) as (node, client):
        server, watcher = ControlServer(node, socket), RemoteMediaClient(socket)
        await server.start()
        await watcher.start()
        recorder = Recorder(folders_of(root), {"media-1": watcher}, SystemClock(), tick_s=0.25)
        complete = asyncio.Event()

        def hear(change: Changed) -> None:
            if change.state is RecordingState.COMPLETE:
                complete.set()

        recorder.on_changed(hear)
        await recorder.start(recording="rec", room="room", node="media-1", title="")
        events = Events(client)
        await client.watch("room")
        expert = AiortcPeer(client, room="room", participant="expert")
        try:
            async with peers(expert):
                picture = CountingVideo()
                expert.publish(Source.SCOPE, codec="H264", track=picture)
                await expert.connect()
                await events.until(PublicationStarted, publication="expert.scope")
                before_s, sent = picture.shown_s, await flood(plane)
                flooded_s = picture.shown_s - before_s
            await recorder.stop(recording="rec")
            await asyncio.wait_for(complete.wait(), 20)
        finally:
            await recorder.close()
            await watcher.close()
            await server.close()

    manifest = read_manifest(folder_of(root / "rec"))
    assert manifest is not None
    (track,) = manifest.tracks
    shown = [at_ms / 1000 for part in track.parts for at_ms, _ in decoded(folder_of(root / "rec"), part)]
    gaps = [later - earlier for earlier, later in pairwise(shown)]
    print(fault_line("MD-07", "gap in the recording", gaps, holds=max(gaps) <= 1, unit="s", lost=0))
    assert sent > TEN_TIMES
    assert flooded_s > 0
    assert shown[-1] - shown[0] >= flooded_s - 1
    assert max(gaps) <= 1.0
