"""Participants who only send: one page for all of them, with the product's layers and rates, nothing received.

The page only makes peer connections; joining, offering and hearing what is wanted of them is done here, as a
browser of the product would (`media.wanted_layers` is obeyed). What their cameras see is a file, since Chromium's
pretended picture takes next to no bits.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import imageio_ffmpeg
import psutil
from playwright.async_api import Browser, Page

from deploy.launch.demo.pictures import choose_pictures
from deploy.launch.token import operator_token
from platform_api.kernel.config import Settings
from platform_api.kernel.ids import new_id
from platform_api.kernel.keys import load_keys
from platform_api.kernel.rooms import Role, Source
from tests.support.browser import person
from tests.support.live import Caller
from tests.support.people import new_page
from tests.support.product import ROOT, Product

LOOK_EVERY_S: Final = 0.1
SEEN_S: Final = 8
_OFFER: Final = """
async ([name, plans]) => {
  const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  const kept = (window.cheapPeople ??= {})[name] = { peer, sending: {} };
  for (const { source, width, height, fps, layers } of plans) {
    const video = width ? { width, height, frameRate: fps } : false;
    const stream = await navigator.mediaDevices.getUserMedia({ video, audio: !video });
    const track = stream.getTracks()[0];
    const encodings = layers.map(([rid, part, most]) => ({ rid, scaleResolutionDownBy: part, maxBitrate: most }));
    const many = encodings.length > 1;
    if (many === false) for (const each of encodings) delete each.rid;
    if (source === "scope") track.contentHint = "detail";
    const sending = peer.addTransceiver(track, { direction: "sendonly", ...(video ? { sendEncodings: encodings } : {}) });
    if (video) {
      const codecs = RTCRtpSender.getCapabilities("video").codecs;
      sending.setCodecPreferences(codecs.filter((each) => /VP8|rtx/i.test(each.mimeType)));
    }
    kept.sending[source] = sending;
  }
  await peer.setLocalDescription(await peer.createOffer());
  const publications = Object.entries(kept.sending).map(([source, { mid }]) => ({ mid, source }));
  return { publications, sdp: peer.localDescription.sdp };
}
"""
_ANSWER: Final = """
async ([name, sdp]) => {
  const { peer } = window.cheapPeople[name];
  await peer.setRemoteDescription({ type: "answer", sdp });
  if (peer.connectionState !== "connected")
    await new Promise((resolve) => { peer.onconnectionstatechange = () => peer.connectionState === "connected" && resolve(); });
}
"""
_SEND: Final = """
async ([name, source, wanted, rids]) => {
  const { sender } = window.cheapPeople[name].sending[source];
  const parameters = sender.getParameters();
  for (const each of parameters.encodings) each.active = wanted && (rids.length === 0 || rids.includes(each.rid));
  await sender.setParameters(parameters);
}
"""

_SENT: Final = """
async (name) => {
  const { peer, sending } = window.cheapPeople[name];
  const rows = [];
  let line = 0;
  for (const row of (await peer.getStats()).values())
    if (row.type === "candidate-pair" && row.nominated) line = row.availableOutgoingBitrate ?? 0;
  for (const [source, { sender }] of Object.entries(sending))
    for (const row of (await sender.getStats()).values())
      if (row.type === "outbound-rtp" && row.kind === "video")
        rows.push({ source, rid: row.rid ?? "", width: row.frameWidth ?? 0, fps: row.framesPerSecond ?? 0,
          target: row.targetBitrate ?? 0, why: row.qualityLimitationReason ?? "" });
  return { line, rows };
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPlan:
    """One source: its size (0: a voice) and layers of (rid, part of the size, bits a second at most)."""

    source: str
    width: int = 0
    height: int = 0
    fps: int = 0
    layers: tuple[tuple[str, int, int], ...] = ()


CAMERA: Final = SendPlan(
    source="camera",
    width=640,
    height=360,
    fps=15,
    layers=(("l", 4, 120_000), ("m", 2, 350_000), ("h", 1, 1_000_000)),
)
SCOPE: Final = SendPlan(
    source="scope",
    width=960,
    height=540,
    fps=25,
    layers=(("l", 4, 300_000), ("m", 2, 1_200_000), ("h", 1, 4_000_000)),
)
HAND: Final = SendPlan(source="hand", width=640, height=360, fps=25, layers=(("h", 1, 800_000),))
VOICE: Final = SendPlan(source="voice")


@dataclass(slots=True)
class CheapPerson:
    """One of them: their line, and what was asked of their sources, in order."""

    name: str
    caller: Caller
    page: Page
    heard: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def go_on(self, plans: Sequence[SendPlan]) -> None:
        """Joins, offers the sources, and is connected."""
        await self.caller.connect()
        await self.caller.join()
        offer = await self.page.evaluate(_OFFER, [self.name, [asdict(plan) for plan in plans]])
        answer = await self.caller.do("media.offer", {"peer": new_id(), **offer})
        await self.page.evaluate(_ANSWER, [self.name, answer["sdp"]])

    async def sent(self) -> dict[str, Any]:
        """What the browser says of it: `line` bits a second it believes in, `rows` of layers being sent."""
        found: dict[str, Any] = await self.page.evaluate(_SENT, self.name)
        return found

    async def obey(self) -> None:
        """Sends what the room wanted of each source last, if it said anything new."""
        fresh, self.heard = self.caller.passing[self.heard :], len(self.caller.passing)
        for wish in [frame["data"] for frame in fresh if frame["name"] == "media.wanted_layers"]:
            self.asked.append(wish)
            await self.page.evaluate(_SEND, [self.name, wish["source"], wish["wanted"], list(wish["rids"])])


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who joins and what they send."""

    name: str
    role: Role
    plans: tuple[SendPlan, ...]


def camera_file(folder: Path) -> str:
    """The flags by which every camera of a Chromium sees the demonstration's scope, some seconds over and over."""
    target = folder / "seen.y4m"
    picture = choose_pictures(os.environ, ROOT, folder).scope
    words = ["-v", "error", "-i", str(picture), "-t", str(SEEN_S), "-vf", "fps=25,scale=960:540"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words, "-pix_fmt", "yuv420p", str(target)], check=True)
    return f"--use-file-for-fake-video-capture={target}"


@contextmanager
def demonstration_paused(product: Product) -> Iterator[None]:
    """The demonstration's own publishers fall silent, without a word, while the block runs."""
    demo = psutil.Process(product.pid("demo"))
    demo.suspend()
    try:
        for sender in demo.children(recursive=True):
            sender.send_signal(signal.SIGKILL)
        yield
    finally:
        demo.resume()


@asynccontextmanager
async def cheap_people(
    browser: Browser, product: Product, cast: Sequence[Cast]
) -> AsyncIterator[list[CheapPerson]]:
    """They are in the demonstration's room, and send, while the block runs."""
    page = await new_page(await person(browser, base_url=product.url))
    await page.goto(f"{product.url}/healthz")
    async with AsyncExitStack() as stack:
        people = []
        for each in cast:
            caller = Caller(product.ready["http"], _token(product, each))
            stack.push_async_callback(caller.close)
            people.append(CheapPerson(each.name, caller, page))
            await people[-1].go_on(each.plans)
        obeying = asyncio.ensure_future(_obeying(people))
        try:
            yield people
        finally:
            obeying.cancel()
            await asyncio.wait([obeying])


async def _obeying(people: Sequence[CheapPerson]) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        for each in people:
            await each.obey()


def _token(product: Product, who: Cast) -> str:
    keys = load_keys(product.data_dir, Settings.read(None))
    return operator_token(
        keys.signing,
        room=product.ready["demo"]["room"],
        name=who.name,
        role=who.role,
        publish=frozenset(Source(plan.source) for plan in who.plans),
        subscribe=frozenset(),
        life=timedelta(hours=1),
    )
