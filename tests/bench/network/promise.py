"""The scope's promise: everything of a room on a line that gets thinner and wide again. `python -m tests.bench promise`.

One viewer in Chromium with scope, hand, voice and three cameras (360p15, layers of 1, 0.35 and 0.12 Mbit/s at most). The way
down is stepped; both ways have 25 ms of delay, the queue holds 200 ms. The scope comes from a browser, as an expert without
an encoder sends it (540p25, three layers: 4, 1.2 and 0.3 Mbit/s at most; hand 360p25, 0.8 Mbit/s); with `--one-layer` from the
demonstration's encoder (720p25, 2.5 Mbit/s, hand 360p25, 0.8 Mbit/s): then there is nothing that could give way but whole tracks. `--quick` goes down once.
"""

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from platform_api.kernel.rooms import Role
from tests.bench.network.away import Away, layered_expert, load, near_by, titled, told, viewer_away
from tests.bench.table import Table
from tests.support.cheap_people import CAMERA, Cast, CheapPerson
from tests.support.impair_model import Line
from tests.support.picture_probe import FREEZE_MS, Frames, Sound, Tile, sound, take_frames, watch_pictures
from tests.support.room import HAND, SCOPE
from tests.support.watch import PATIENCE_MS

ONE_LAYER: Final = "--one-layer"
FACE: Final = "[data-testid=room-face]"
FACES: Final = 3
TILES: Final = (
    Tile(name="scope", selector=SCOPE, strip=False),
    Tile(name="hand", selector=HAND, strip=False),
    *(Tile(name=f"camera {index + 1}", selector=FACE, index=index, strip=False) for index in range(FACES)),
)
STEPS: Final = ((20.0, 10), (6.0, 10), (3.0, 12), (1.5, 12), (0.5, 12), (20.0, 24))
"""Mbit/s and seconds."""
QUICK: Final = ((20.0, 12), (1.5, 10), (20.0, 12))
DELAY_MS: Final = 25.0
SETTLE_S: Final = 6.0


_PUBLICATIONS: Final = """
(tiles) => tiles.map(([selector, index]) => document.querySelectorAll(selector)[index]?.dataset.publication ?? "")
"""


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
    publications: dict[str, str] = field(default_factory=dict)

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

    def said(self, name: str) -> str:
        """What the room said of it, each change: layer, state and why."""
        publication = self.publications.get(name)
        slots = [slot for each in self.flow for slot in each["slots"] if slot["publication"] == publication]
        found = [f"{slot['layer'] or '-'} {slot['state']} ({slot['reason']})" for slot in slots]
        return " → ".join(text for text, _ in list(itertools.groupby(found))[-4:]) or "nothing new"


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
    found = await away.viewer.evaluate(_PUBLICATIONS, [[tile.selector, tile.index] for tile in TILES])
    step.publications = dict(zip([tile.name for tile in TILES], found, strict=True))
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
            step.said(tile.name),
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


async def senders(people: list[CheapPerson]) -> Table:
    """What the browsers of those who send say at the end, and what was wanted of them."""
    rows: list[tuple[str, ...]] = []
    for person in people:
        said, sent = _by_source(person), await person.sent()
        for row in sent["rows"]:
            size = f"{row['width']} at {row['fps']:.0f}/s, {row['target'] / 1000:.0f} kbit/s, held by {row['why']}"
            wanted = " → ".join(said.get(row["source"], ["all, never asked otherwise"])[-6:])
            line = f"{sent['line'] / 1e6:.1f}"
            rows.append((person.name, f"{row['source']} {row['rid']}", line, size, wanted))
    headers = ("who", "source", "its line Mbit/s", "sent at the end", "wanted, the last")
    return titled("Those who send", headers, rows)


def _by_source(person: CheapPerson) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for wish in person.asked:
        what = ("".join(wish["rids"]) or "all") if wish["wanted"] else "nothing"
        found.setdefault(wish["source"], []).append(what)
    return found


@asynccontextmanager
async def everybody(away: Away) -> AsyncIterator[list[CheapPerson]]:
    """The expert, if it is not to be the demonstration's encoder, and three cameras are there and seen."""
    faces = [Cast(name=f"camera{index + 1}", role=Role.VIEWER, plans=(CAMERA,)) for index in range(FACES)]
    sending = near_by(away, faces) if ONE_LAYER in sys.argv else layered_expert(away, beside=faces)
    async with sending as people:
        await away.viewer.wait_for_function(
            f"() => document.querySelectorAll('{FACE}').length === {FACES}", timeout=PATIENCE_MS
        )
        yield people


async def run() -> list[Table]:
    async with viewer_away() as away, everybody(away) as people:
        await watch_pictures(away.viewer, TILES)
        await asyncio.sleep(SETTLE_S)
        steps = [
            await one_step(away, mbit, seconds)
            for mbit, seconds in (QUICK if "--quick" in sys.argv else STEPS)
        ]
        asked = await senders(people)
    what = "one layer" if ONE_LAYER in sys.argv else "three layers"
    headers = (
        "Mbit/s",
        "track",
        "frames decoded in each second",
        "widths",
        "kbit/s",
        "freezes > 200 ms",
        "longest ms",
        "the room says",
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
        titled(f"The scope's promise, {what}: tracks", headers, list(track_rows(steps))),
        titled(f"The scope's promise, {what}: the line", line_headers, [line_row(step) for step in steps]),
        asked,
    ]


def tables() -> list[Table]:
    return asyncio.run(run())
