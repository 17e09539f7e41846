"""What a page is seen to do from outside: pictures that move, voices that come, words on its line."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import anyio
from playwright.async_api import BrowserContext, Page, WebSocket

PATIENCE_MS = 45_000

# Keeps every peer connection of the page where a test can read its figures.
_KEEP_PEERS = """
window.peersOfThePage = [];
const Plain = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Plain {
  constructor(...given) { super(...given); window.peersOfThePage.push(this); }
};
"""

# How many voices come with sound in them, over the peer connections that are up.
_VOICES = """
async (least) => {
  let sounding = 0;
  for (const peer of window.peersOfThePage) {
    if (peer.connectionState !== "connected") continue;
    for (const row of (await peer.getStats()).values())
      if (row.type === "inbound-rtp" && row.kind === "audio" && row.totalAudioEnergy > 1e-5) sounding += 1;
  }
  return sounding >= least;
}
"""


# By what each peer connection that is up is carried.
_CARRIED_BY = """
async () => {
  const found = [];
  for (const peer of window.peersOfThePage) {
    if (peer.connectionState !== "connected") continue;
    const rows = await peer.getStats();
    for (const row of rows.values()) {
      if (row.type !== "transport" || !row.selectedCandidatePairId) continue;
      const local = rows.get(rows.get(row.selectedCandidatePairId).localCandidateId);
      found.push(local.candidateType === "relay" ? `relay ${local.relayProtocol}` : local.protocol);
    }
  }
  return found;
}
"""


async def carried_by(page: Page) -> list[str]:
    """`udp`, `tcp` or `relay …` for each connection; the context needs `keep_peers`."""
    return list(await page.evaluate(_CARRIED_BY))


async def keep_peers(context: BrowserContext) -> None:
    """To be called before the first page of the context is opened."""
    await context.add_init_script(_KEEP_PEERS)


async def until_voices(page: Page, least: int) -> None:
    """Waits until so many voices come in with sound; the context needs `keep_peers`."""
    await page.wait_for_function(_VOICES, arg=least, timeout=PATIENCE_MS, polling=300)


async def frames_shown(page: Page, tile: str) -> int:
    """How many decoded frames this picture has shown since the page was loaded."""
    return int(await page.locator(tile).get_attribute("data-frames") or 0)


async def until_moving(page: Page, tile: str, *, frames: int = 15, timeout_ms: float = PATIENCE_MS) -> None:
    """Waits until this picture has shown that many frames more than now."""
    await page.locator(tile).wait_for(timeout=timeout_ms)
    await page.wait_for_function(
        "([tile, least]) => Number(document.querySelector(tile)?.dataset.frames ?? 0) >= least",
        arg=[tile, await frames_shown(page, tile) + frames],
        timeout=timeout_ms,
    )


async def until(fact: Callable[[], bool], what: str, *, within_s: float = PATIENCE_MS / 1000) -> float:
    """Waits for something that can only be looked at (a file); gives the seconds it took."""
    started = time.monotonic()
    while not fact():
        if time.monotonic() - started > within_s:
            raise AssertionError(f"not within {within_s:g} s: {what}")
        await anyio.sleep(0.05)
    return time.monotonic() - started


@dataclass(slots=True)
class Said:
    """What the page says on its sockets, and what it is told there, as the frames' texts."""

    frames: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    sockets: int = 0

    def count(self, name: str) -> int:
        """How often this request was made."""
        return sum(f'["{name}"' in frame for frame in self.frames)


def hear(page: Page) -> Said:
    """Listens from the page's next socket on."""
    said = Said()

    def opened(socket: WebSocket) -> None:
        said.sockets += 1
        socket.on("framesent", lambda frame: said.frames.append(str(frame)))
        socket.on("framereceived", lambda frame: said.told.append(str(frame)))

    page.on("websocket", opened)
    return said
