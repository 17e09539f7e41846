"""The scope's promise: everything of a room on a line that gets thinner and wide again. `python -m tests.bench promise`.

One viewer in Chromium with scope (one layer, 720p25, 2.5 Mbit/s), hand (one layer, 360p25, 0.8 Mbit/s) and voice of the
demonstration, and three cameras of three layers each (360p15, 1 Mbit/s at most). The way down is stepped; both ways have
25 ms of delay, the queue holds 200 ms.
"""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tests.bench.network.away import Away, load, titled, told, viewer_away
from tests.bench.table import Table
from tests.support.browser import chromium
from tests.support.cheap_cameras import CheapCamera, cheap_cameras
from tests.support.impair_model import Line
from tests.support.lines import MAY_RESOLVE
from tests.support.picture_probe import FREEZE_MS, Frames, Sound, Tile, sound, take_frames, watch_pictures
from tests.support.planning import PRETENDED_CAMERAS
from tests.support.room import HAND, SCOPE
from tests.support.watch import PATIENCE_MS

FACE: Final = "[data-testid=room-face]"
FACES: Final = 3
TILES: Final = (
    Tile(name="scope", selector=SCOPE),
    Tile(name="hand", selector=HAND),
    *(Tile(name=f"camera {index + 1}", selector=FACE, index=index, strip=False) for index in range(FACES)),
)
STEPS: Final = ((20.0, 10), (6.0, 10), (3.0, 12), (1.5, 12), (0.5, 12), (20.0, 24))
"""Mbit/s and seconds."""
DELAY_MS: Final = 25.0
SETTLE_S: Final = 6.0


@dataclass(slots=True)
class Step:
    """What was seen and heard while the line had this rate, second by second."""

    mbit: float
    seconds: list[dict[str, Frames]] = field(default_factory=list)
    concealed: float = 0.0
    flow: list[dict[str, Any]] = field(default_factory=list)
    bytes_down: float = 0.0
    full: float = 0.0
    load: str = ""

    def longest_ms(self, name: str) -> float:
        parts = [second[name] for second in self.seconds]
        moments = [parts[0].began_ms, *(at for part in parts for at in part.shown_ms), parts[-1].ended_ms]
        return max(later - earlier for earlier, later in itertools.pairwise(moments))

    def freezes(self, name: str) -> int:
        parts = [second[name] for second in self.seconds]
        moments = [parts[0].began_ms, *(at for part in parts for at in part.shown_ms), parts[-1].ended_ms]
        return sum(later - earlier > FREEZE_MS for earlier, later in itertools.pairwise(moments))

    def rates(self, name: str) -> str:
        """Frames decoded in each second."""
        return " ".join(f"{second[name].decoded_a_second:.0f}" for second in self.seconds)

    def widths(self, name: str) -> str:
        """The widths it had, one after the other."""
        found = [second[name].width for second in self.seconds if second[name].width]
        return " ".join(str(width) for width, _ in itertools.groupby(found)) or "-"

    def kbps(self, name: str) -> float:
        seconds = (self.seconds[-1][name].ended_ms - self.seconds[0][name].began_ms) / 1000
        return sum(second[name].received for second in self.seconds) * 8 / 1000 / seconds


async def one_step(away: Away, mbit: float, seconds: int) -> Step:
    step = Step(mbit)
    before: Sound = await sound(away.viewer)
    away.line.set(down=Line(rate_kbps=mbit * 1000, delay_ms=DELAY_MS), up=Line(delay_ms=DELAY_MS))
    counted, flowed = away.line.counts()["down"], len(away.flow)
    await take_frames(away.viewer)
    for _ in range(seconds):
        await asyncio.sleep(1)
        step.seconds.append(await take_frames(away.viewer))
    after = away.line.counts()["down"]
    step.concealed = (await sound(away.viewer)).concealed_since(before)
    step.bytes_down = after["bytes_out"] - counted["bytes_out"]
    step.full = after["full"] - counted["full"]
    step.flow, step.load = away.flow[flowed:], load()
    for row in (*track_rows([step]), line_row(step)):
        told(" | ".join(row))
    return step


def track_rows(steps: list[Step]) -> Iterator[tuple[str, ...]]:
    for step, tile in itertools.product(steps, TILES):
        yield (
            f"{step.mbit:g}",
            tile.name,
            step.rates(tile.name),
            step.widths(tile.name),
            f"{step.kbps(tile.name):.0f}",
            str(step.freezes(tile.name)),
            f"{step.longest_ms(tile.name):.0f}",
        )


def line_row(step: Step) -> tuple[str, ...]:
    estimates = [each["line"]["estimate_bps"] for each in step.flow if each["line"].get("estimate_bps")]
    return (
        f"{step.mbit:g}",
        f"{step.bytes_down * 8 / 1e6 / len(step.seconds):.2f}",
        f"{step.full:.0f}",
        f"{estimates[0] / 1e6:.2f} → {estimates[-1] / 1e6:.2f}" if estimates else "not said",
        f"{step.concealed * 100:.1f} %",
        step.load,
    )


def wishes(cameras: list[CheapCamera]) -> Table:
    rows = [(camera.name, str(len(camera.asked)), _last(camera)) for camera in cameras]
    return titled("What was wanted of the cameras", ("camera", "times", "last"), rows)


def _last(camera: CheapCamera) -> str:
    if not camera.asked:
        return "never asked"
    return " ".join(camera.asked[-1]["rids"]) if camera.asked[-1]["wanted"] else "nothing"


async def run() -> list[Table]:
    names = [f"camera{index + 1}" for index in range(FACES)]
    async with (
        viewer_away() as away,
        chromium(MAY_RESOLVE, PRETENDED_CAMERAS) as near,
        cheap_cameras(near, away.product, names) as cameras,
    ):
        await away.viewer.wait_for_function(
            f"() => document.querySelectorAll('{FACE}').length === {FACES}", timeout=PATIENCE_MS
        )
        await watch_pictures(away.viewer, TILES)
        await asyncio.sleep(SETTLE_S)
        steps = [await one_step(away, mbit, seconds) for mbit, seconds in STEPS]
        asked = wishes(cameras)
    headers = (
        "Mbit/s",
        "track",
        "frames decoded in each second",
        "widths",
        "kbit/s",
        "freezes > 200 ms",
        "longest ms",
    )
    line_headers = (
        "Mbit/s",
        "came down Mbit/s",
        "dropped by the queue",
        "estimate Mbit/s",
        "voice made up",
        "load",
    )
    return [
        titled("The scope's promise: tracks", headers, list(track_rows(steps))),
        titled("The scope's promise: the line", line_headers, [line_row(step) for step in steps]),
        asked,
    ]


def tables() -> list[Table]:
    return asyncio.run(run())
