"""Real encoders that put several sizes and speeds of a picture into one flow, watched in real Chromium."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Page

from media.client import MediaClient
from media.control import Want
from media.plane import GradeStats, PacketPlane
from media.plane_python.plane import PythonPlane
from platform_api.kernel.ids import PeerId
from tests.media.plane_native.conftest import native_plane
from tests.media.test_chromium import WAIT_S, connect, pages, watch
from tests.support.aiortc_peer import running_node
from tests.support.product import free_media_port

FPS = 15
EXPERT, DOCTOR = PeerId("room-1/peer-of-expert#1"), PeerId("room-1/peer-of-doctor#2")
DESCRIPTOR = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"

PREPARE = """
uri => {
  window.ask = transceiver => {
    const known = transceiver.getHeaderExtensionsToNegotiate();
    for (const each of known) if (each.uri === uri) each.direction = 'sendrecv';
    transceiver.setHeaderExtensionsToNegotiate(known);
  };
  window.look = async kind => {
    for (const row of (await peer.getStats()).values())
      if (row.type === kind && row.kind === 'video') return row;
    return {};
  };
}
"""
PUBLISH = """
async ([codec, mode, width, height, frameRate]) => {
  const media = await navigator.mediaDevices.getUserMedia({video: {width, height, frameRate}});
  const section = peer.addTransceiver(media.getVideoTracks()[0], {
    direction: 'sendonly', sendEncodings: [{scalabilityMode: mode, maxBitrate: 1500000}]});
  section.setCodecPreferences(
    preferred('video').filter(item => ['video/rtx', `video/${codec}`].includes(item.mimeType)));
  ask(section);
  senders.scope = section;
}
"""


@dataclass(slots=True)
class Watched:
    """One publisher and one viewer; `mid` is the viewer's slot."""

    plane: PacketPlane
    client: MediaClient
    expert: Page
    doctor: Page
    mid: str

    async def until(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The viewer's figures once they are so."""
        now: dict[str, Any] = {}
        try:
            async with asyncio.timeout(WAIT_S):
                while not condition(now := await self.doctor.evaluate("look('inbound-rtp')")):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            pytest.fail(f"the viewer's figures stayed {now}")
        return now

    async def further(self, frames: int, *, width: int) -> dict[str, Any]:
        """So many more frames of this width."""
        begun = await self.until(lambda now: now.get("frameWidth") == width)
        return await self.until(
            lambda now: now["framesDecoded"] >= begun["framesDecoded"] + frames and now["frameWidth"] == width
        )

    async def grades(self, count: int) -> tuple[GradeStats, ...]:
        """What arrives of the publisher's flow, once there are so many grades with a rate each."""
        async with asyncio.timeout(WAIT_S):
            while True:
                tracks = self.plane.peer_stats(EXPERT).tracks
                grades = tracks[0].layers[0].grades if tracks and tracks[0].layers else ()
                if len(grades) == count and all(grade.bitrate_bps for grade in grades):
                    return grades
                await asyncio.sleep(0.1)

    async def want(self, layer: str) -> None:
        await watch(
            self.client, "doctor", Want.model_validate({"publication": "expert.scope", "layer": layer})
        )


@asynccontextmanager
async def watched(plane: PacketPlane, codec: str, mode: str, width: int) -> AsyncIterator[Watched]:
    async with running_node(plane=plane) as (_, client), pages(2) as (expert, doctor):
        for page in (expert, doctor):
            await page.evaluate(PREPARE, DESCRIPTOR)
        await expert.evaluate(PUBLISH, [codec, mode, width, width * 9 // 16, FPS])
        await connect(expert, client, "expert")
        await doctor.evaluate("receive(1, 0); peer.getTransceivers().forEach(ask)")
        await connect(doctor, client, "doctor")
        (mid,) = await watch(client, "doctor", Want(publication="expert.scope"))
        assert mid is not None
        yield Watched(plane, client, expert, doctor, mid)


def made(kind: str) -> PacketPlane:
    if kind == "native":
        return native_plane(port=free_media_port(), host="127.0.0.1", host6=None)
    return PythonPlane(port=free_media_port(), host6=None)


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("kind", "codec", "width", "sizes"),
    [("native", "VP9", 960, 3), ("python", "AV1", 640, 2)],
)
async def test_a_viewer_held_at_a_small_picture_sees_it_whole_and_rises_at_a_keyframe(
    kind: str, codec: str, width: int, sizes: int
) -> None:
    """Chromium makes as many sizes of the three that it is asked for as there is room for above 120 lines."""
    async with watched(made(kind), codec, "L3T3_KEY", width) as room:
        grades = await room.grades(2 + sizes)
        await room.further(5, width=width)
        await room.want("low")
        small = await room.further(5, width=width >> sizes - 1)
        held = await room.further(45, width=width >> sizes - 1)
        await room.want("high")
        risen = await room.further(30, width=width)

        assert [grade.spatial for grade in grades] == [0, 0, *range(sizes)]
        assert held["freezeCount"] == small["freezeCount"]
        assert held["keyFramesDecoded"] == small["keyFramesDecoded"]
        assert risen["keyFramesDecoded"] > held["keyFramesDecoded"]
        # The viewer's decoder missed nothing and asked for nothing, neither held nor as it rose.
        assert (risen["pliCount"], risen["packetsLost"], risen["nackCount"]) == (0, 0, 0)


@pytest.mark.e2e
@pytest.mark.parametrize(("kind", "codec"), [("native", "AV1"), ("python", "VP8")])
async def test_a_viewer_held_at_slow_pictures_rises_to_quick_ones_without_a_keyframe(
    kind: str, codec: str
) -> None:
    async with watched(made(kind), codec, "L1T3", 320) as room:
        await room.grades(3)
        await room.until(lambda now: now.get("framesPerSecond", 0) > FPS / 2)
        room.plane.set_layer(DOCTOR, room.mid, ".s0t0")
        slow = await room.until(lambda now: 0 < now["framesPerSecond"] <= FPS / 2)
        slow = await room.until(lambda now: now["framesDecoded"] >= slow["framesDecoded"] + 8)
        room.plane.set_layer(DOCTOR, room.mid, None)
        quick = await room.until(lambda now: now["framesPerSecond"] > FPS / 2)
        quick = await room.until(lambda now: now["framesDecoded"] >= quick["framesDecoded"] + FPS)

        assert quick["keyFramesDecoded"] == slow["keyFramesDecoded"] == 1
        assert (quick["pliCount"], quick["packetsLost"], quick["nackCount"]) == (0, 0, 0)
