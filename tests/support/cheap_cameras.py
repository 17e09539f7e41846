"""Participants who are no more than a camera: one page for all, three layers each, nothing received.

The page only makes peer connections; joining, offering and hearing what is wanted of them is done here, as a
browser of the product would (`media.wanted_layers` is obeyed).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from playwright.async_api import Browser, Page

from deploy.launch.token import operator_token
from platform_api.kernel.config import Settings
from platform_api.kernel.ids import new_id
from platform_api.kernel.keys import load_keys
from platform_api.kernel.rooms import Role, Source
from tests.support.browser import person
from tests.support.live import Caller
from tests.support.people import new_page
from tests.support.product import Product

LOOK_EVERY_S: Final = 0.2
_OFFER: Final = """
async ([name, width, height, fps]) => {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width, height, frameRate: fps } });
  const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  const sending = peer.addTransceiver(stream.getVideoTracks()[0], {
    direction: "sendonly",
    sendEncodings: [
      { rid: "l", scaleResolutionDownBy: 4, maxBitrate: 120_000 },
      { rid: "m", scaleResolutionDownBy: 2, maxBitrate: 350_000 },
      { rid: "h", scaleResolutionDownBy: 1, maxBitrate: 1_000_000 },
    ],
  });
  const codecs = RTCRtpSender.getCapabilities("video").codecs;
  sending.setCodecPreferences(codecs.filter((each) => /VP8|rtx/i.test(each.mimeType)));
  await peer.setLocalDescription(await peer.createOffer());
  (window.cameras ??= {})[name] = { peer, sending };
  return { mid: sending.mid, sdp: peer.localDescription.sdp };
}
"""
_ANSWER: Final = """
async ([name, sdp]) => {
  const { peer } = window.cameras[name];
  await peer.setRemoteDescription({ type: "answer", sdp });
  if (peer.connectionState !== "connected")
    await new Promise((resolve) => { peer.onconnectionstatechange = () => peer.connectionState === "connected" && resolve(); });
}
"""
_SEND: Final = """
async ([name, wanted, rids]) => {
  const { sender } = window.cameras[name].sending;
  const parameters = sender.getParameters();
  for (const each of parameters.encodings) each.active = wanted && (rids.length === 0 || rids.includes(each.rid));
  await sender.setParameters(parameters);
}
"""


@dataclass(slots=True)
class CheapCamera:
    """One of them: where it sits, and how many messages of its line were obeyed."""

    name: str
    caller: Caller
    page: Page
    heard: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def go_on(self, *, width: int, height: int, fps: int) -> None:
        """Joins, offers its camera, and is connected."""
        await self.caller.connect()
        await self.caller.join()
        offer = await self.page.evaluate(_OFFER, [self.name, width, height, fps])
        publications = [{"mid": offer["mid"], "source": "camera"}]
        answer = await self.caller.do(
            "media.offer", {"peer": new_id(), "sdp": offer["sdp"], "publications": publications}
        )
        await self.page.evaluate(_ANSWER, [self.name, answer["sdp"]])

    async def obey(self) -> None:
        """Sends what the room wanted of it last, if it said anything new."""
        fresh, self.heard = self.caller.passing[self.heard :], len(self.caller.passing)
        wishes = [frame["data"] for frame in fresh if frame["name"] == "media.wanted_layers"]
        self.asked += wishes
        if wishes:
            await self.page.evaluate(_SEND, [self.name, wishes[-1]["wanted"], list(wishes[-1]["rids"])])


@asynccontextmanager
async def cheap_cameras(
    browser: Browser,
    product: Product,
    names: Sequence[str],
    *,
    width: int = 640,
    height: int = 360,
    fps: int = 15,
) -> AsyncIterator[list[CheapCamera]]:
    """So many more faces in the demonstration's room while the block runs."""
    page = await new_page(await person(browser, base_url=product.url))
    await page.goto(f"{product.url}/healthz")
    async with AsyncExitStack() as stack:
        cameras = []
        for name in names:
            caller = Caller(product.ready["http"], _token(product, name))
            stack.push_async_callback(caller.close)
            cameras.append(CheapCamera(name, caller, page))
            await cameras[-1].go_on(width=width, height=height, fps=fps)
        obeying = asyncio.ensure_future(_obeying(cameras))
        try:
            yield cameras
        finally:
            obeying.cancel()
            await asyncio.wait([obeying])


async def _obeying(cameras: Sequence[CheapCamera]) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        for camera in cameras:
            await camera.obey()


def _token(product: Product, name: str) -> str:
    keys = load_keys(product.data_dir, Settings.read(None))
    return operator_token(
        keys.signing,
        room=product.ready["demo"]["room"],
        name=name,
        role=Role.VIEWER,
        publish=frozenset({Source.CAMERA}),
        subscribe=frozenset(),
        life=timedelta(hours=1),
    )
