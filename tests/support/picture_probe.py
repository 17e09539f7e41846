"""What a page really shows: every frame of its pictures with its time, size, number and age; its voices' gaps.

The numbers and ages come from the strip of the demonstration's pictures; cameras have none. Contexts need
`watch.keep_peers` for the voices.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import Page

from tests.support.people import READ_STRIP

FREEZE_MS: Final = 200.0

# One row of [ms of the page, width, number or null, age ms or null] for each frame shown, by name.
_WATCH: Final = f"""
(tiles) => {{
  const read = {READ_STRIP};
  const probe = (window.pictureProbe = {{ rows: {{}}, tracks: {{}}, on: true }});
  const follow = (name, find) => {{
    const rows = (probe.rows[name] = []);
    let seen = null;
    const look = () => {{
      if (!probe.on) return;
      const video = find();
      probe.tracks[name] = video?.srcObject?.getVideoTracks()[0]?.id ?? null;
      if (video !== seen && video) {{
        seen = video;
        const note = (now, facts) => {{
          if (!probe.on || seen !== video) return;
          video.requestVideoFrameCallback(note);
          const stamp = name.startsWith("-") ? null : read(video);
          const age = stamp ? (Date.now() % 4294967296) - stamp.clock : null;
          rows.push([now, facts.width, stamp ? stamp.counter : null, age]);
        }};
        video.requestVideoFrameCallback(note);
      }}
      setTimeout(look, 250);
    }};
    look();
  }};
  for (const [name, selector, index] of tiles)
    follow(name, () => document.querySelectorAll(selector)[index]?.querySelector("video"));
}}
"""
_TAKE: Final = """
async () => {
  const { tracks } = window.pictureProbe;
  const decoded = Object.fromEntries(Object.keys(tracks).map((name) => [name, [0, 0]]));
  for (const peer of window.peersOfThePage)
    for (const row of (await peer.getStats()).values())
      for (const name of Object.keys(tracks))
        if (row.type === "inbound-rtp" && row.trackIdentifier === tracks[name])
          decoded[name] = [row.framesDecoded ?? 0, row.bytesReceived ?? 0];
  const rows = Object.entries(window.pictureProbe.rows).map(([name, each]) => [name, each.splice(0)]);
  return { now: performance.now(), rows: Object.fromEntries(rows), decoded };
}
"""
_VOICES: Final = """
async () => {
  const sum = { voices: {}, lost: 0, nacks: 0, repaired: 0, freezes: 0 };
  for (const peer of window.peersOfThePage) {
    if (peer.connectionState !== "connected") continue;
    for (const row of (await peer.getStats()).values()) {
      if (row.type !== "inbound-rtp") continue;
      if (row.kind === "audio" && row.packetsReceived > 0)
        sum.voices[row.trackIdentifier] = [row.packetsReceived, row.concealedSamples, row.totalSamplesReceived];
      if (row.kind === "video") {
        sum.lost += row.packetsLost; sum.nacks += row.nackCount;
        sum.repaired += row.retransmittedPacketsReceived ?? 0; sum.freezes += row.freezeCount ?? 0;
      }
    }
  }
  return sum;
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A picture to watch: the `index`th that this selector finds. Without a strip it has no numbers."""

    name: str
    selector: str
    index: int = 0
    strip: bool = True

    @property
    def key(self) -> str:
        return self.name if self.strip else f"-{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """The frames that one picture showed between two moments (ms of the page).

    On a busy machine the screen is drawn less often than frames are decoded: `decoded` is what the line gave.
    """

    began_ms: float
    ended_ms: float
    shown_ms: tuple[float, ...]
    widths: tuple[int, ...]
    numbers: tuple[int, ...]
    ages_ms: tuple[float, ...]
    decoded: int
    received: int
    """Bytes of its packets."""

    @property
    def a_second(self) -> float:
        return len(self.shown_ms) * 1000 / (self.ended_ms - self.began_ms)

    @property
    def decoded_a_second(self) -> float:
        return self.decoded * 1000 / (self.ended_ms - self.began_ms)

    @property
    def share_shown(self) -> float:
        """Of the frames that were sent, those shown, by their numbers."""
        return len(set(self.numbers)) / self._sent if len(self.numbers) > 1 else 0.0

    @property
    def share_decoded(self) -> float:
        """Of the frames that were sent, those decoded; sent as the numbers shown tell."""
        if len(self.numbers) < 2:
            return 0.0
        seconds = (self.shown_ms[-1] - self.shown_ms[0]) / 1000
        return min(1.0, self.decoded_a_second * seconds / (self._sent - 1))

    @property
    def _sent(self) -> int:
        return max(self.numbers) - min(self.numbers) + 1

    @property
    def gaps_ms(self) -> list[float]:
        """From each to the next; the beginning and the end count as frames."""
        moments = [self.began_ms, *self.shown_ms, self.ended_ms]
        return [later - earlier for earlier, later in itertools.pairwise(moments)]

    @property
    def freezes(self) -> list[float]:
        return [gap for gap in self.gaps_ms if gap > FREEZE_MS]

    @property
    def longest_ms(self) -> float:
        return max(self.gaps_ms)

    @property
    def width(self) -> int:
        """The width that most frames had; 0 for no frame."""
        return max(set(self.widths), key=self.widths.count, default=0)

    def between(self, from_ms: float, to_ms: float) -> "Frames":
        """A part of them."""
        chosen = [index for index, at in enumerate(self.shown_ms) if from_ms <= at < to_ms]
        return Frames(
            began_ms=from_ms,
            ended_ms=to_ms,
            shown_ms=tuple(self.shown_ms[index] for index in chosen),
            widths=tuple(self.widths[index] for index in chosen),
            numbers=(),
            ages_ms=(),
            decoded=0,
            received=0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """Since the page was loaded: each voice, and the pictures' repairs."""

    voices: dict[str, tuple[int, int, int]]
    """By track: packets that came, samples made up, samples played."""
    lost: int
    nacks: int
    repaired: int
    freezes: int

    def concealed_since(self, before: "Sound") -> float:
        """Share 0..1 of the samples since then, of the voices that spoke; 1 if none did."""
        made_up = played = 0
        for track, (packets, concealed, samples) in self.voices.items():
            earlier = before.voices.get(track, (0, 0, 0))
            if packets > earlier[0]:
                made_up += concealed - earlier[1]
                played += samples - earlier[2]
        return made_up / played if played else 1.0


async def watch_pictures(page: Page, tiles: Sequence[Tile]) -> None:
    """Begins to note every frame of these; tiles that are not there yet are waited for."""
    await page.evaluate(_WATCH, [[tile.key, tile.selector, tile.index] for tile in tiles])
    await page.evaluate("() => { window.probedBefore = { now: performance.now(), decoded: {} }; }")


async def take_frames(page: Page) -> dict[str, Frames]:
    """What was shown since the last call, by name of the tile; the first call only begins the counting."""
    before: dict[str, Any] = await page.evaluate("() => window.probedBefore")
    found: dict[str, Any] = await page.evaluate(_TAKE)
    await page.evaluate("(found) => { window.probedBefore = { ...found, rows: null }; }", found)
    return {name.removeprefix("-"): _frames(name, before, found) for name in found["rows"]}


def _frames(name: str, before: dict[str, Any], found: dict[str, Any]) -> Frames:
    rows: list[list[Any]] = found["rows"][name]
    earlier, later = (each["decoded"].get(name, (0, 0)) for each in (before, found))
    return Frames(
        began_ms=before["now"],
        ended_ms=max(found["now"], before["now"] + 1),
        shown_ms=tuple(row[0] for row in rows),
        widths=tuple(row[1] for row in rows),
        numbers=tuple(row[2] for row in rows if row[2] is not None),
        ages_ms=tuple(row[3] for row in rows if row[3] is not None),
        decoded=later[0] - earlier[0] if later[0] >= earlier[0] else later[0],
        received=later[1] - earlier[1] if later[1] >= earlier[1] else later[1],
    )


async def sound(page: Page) -> Sound:
    return Sound(**await page.evaluate(_VOICES))
