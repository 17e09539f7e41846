"""The quality matrix: what one viewer sees and hears on bad lines. `python -m tests.bench loss [--matrix | --full]`.

Ten cells in three minutes; `--matrix` has 36 in nine, `--full` 96 in twenty-five. Single ones by their loss in per
cent, round trip in ms and rate in kbit/s: `loss 10/50/0 5/50/2000`.

Scope (720p25, 2.5 Mbit/s), hand (360p25, 0.8 Mbit/s) and voice of the demonstration, as WHIP sends them: one layer
each. Losses are independent and in both directions; half of the round trip lies on each way; the rate is the way
down, with a queue of 200 ms. Shares of frames are by the numbers in the picture.
"""

import asyncio
import itertools
import re
import sys
from typing import Final

from tests.bench.network.away import Away, load, titled, told, viewer_away
from tests.bench.table import Table, percentile
from tests.support.impair_model import Line
from tests.support.picture_probe import Frames, Tile, sound, take_frames, watch_pictures
from tests.support.room import HAND, SCOPE

Cell = tuple[float, float, float]  # loss share, round trip ms, kbit/s (0: no limit)
SMALL: Final[list[Cell]] = [
    *itertools.product((0.0, 0.05, 0.1, 0.2), (50.0,), (0.0,)),
    *itertools.product((0.05, 0.1), (150.0,), (0.0,)),
    *itertools.product((0.0, 0.05), (50.0,), (4000.0, 2000.0)),
]
FULL: Final[list[Cell]] = list(
    itertools.product(
        (0.0, 0.01, 0.02, 0.05, 0.1, 0.2), (20.0, 50.0, 150.0, 300.0), (0.0, 6000.0, 4000.0, 2000.0)
    )
)
MATRIX: Final[list[Cell]] = list(
    itertools.product((0.0, 0.05, 0.1, 0.2), (50.0, 150.0, 300.0), (0.0, 4000.0, 2000.0))
)
_CELL: Final = re.compile(r"(\d+)/(\d+)/(\d+)")
SETTLE_S: Final = 4.0
MEASURE_S: Final = 10.0
HEADERS: Final = (
    "loss",
    "RTT ms",
    "Mbit/s",
    "scope fps decoded",
    "of frames",
    "fps shown",
    "freezes > 200 ms",
    "longest ms",
    "age p50",
    "age p95",
    "width",
    "hand fps decoded",
    "voice made up",
    "new joins",
    "load",
)


def line_of(cell: Cell) -> tuple[Line, Line]:
    """Down and up."""
    loss, round_trip_ms, rate_kbps = cell
    up = Line(loss=loss, delay_ms=round_trip_ms / 2)
    return Line(loss=loss, delay_ms=round_trip_ms / 2, rate_kbps=rate_kbps), up


async def measure(away: Away, cell: Cell) -> tuple[str, ...]:
    """One row."""
    down, up = line_of(cell)
    away.line.set(down=down, up=up)
    joins = away.said.count("room.join") + away.said.count("media.offer")
    await asyncio.sleep(SETTLE_S)
    await take_frames(away.viewer)
    before = await sound(away.viewer)
    await asyncio.sleep(MEASURE_S)
    frames = await take_frames(away.viewer)
    concealed = (await sound(away.viewer)).concealed_since(before)
    again = away.said.count("room.join") + away.said.count("media.offer") - joins
    return row(cell, frames["scope"], frames["hand"], concealed, again)


def row(cell: Cell, scope: Frames, hand: Frames, concealed: float, again: int) -> tuple[str, ...]:
    return (
        f"{cell[0] * 100:.0f} %",
        f"{cell[1]:.0f}",
        f"{cell[2] / 1000:.1f}" if cell[2] else "-",
        f"{scope.decoded_a_second:.1f}",
        f"{scope.share_decoded * 100:.0f} %",
        f"{scope.a_second:.1f}",
        str(len(scope.freezes)),
        f"{scope.longest_ms:.0f}",
        f"{percentile(scope.ages_ms, 0.5):.0f}",
        f"{percentile(scope.ages_ms, 0.95):.0f}",
        str(scope.width),
        f"{hand.decoded_a_second:.1f}",
        f"{concealed * 100:.1f} %",
        str(again),
        load(),
    )


async def run(cells: list[Cell]) -> list[Table]:
    rows = []
    async with viewer_away() as away:
        await watch_pictures(
            away.viewer, [Tile(name="scope", selector=SCOPE), Tile(name="hand", selector=HAND)]
        )
        for cell in cells:
            rows.append(await measure(away, cell))
            told(" | ".join(rows[-1]))
    return [titled("One viewer on bad lines, Chromium, demonstration session", HEADERS, rows)]


def tables() -> list[Table]:
    named = [found for word in sys.argv if (found := _CELL.fullmatch(word))]
    cells = [
        (int(loss) / 100, float(rtt), float(rate)) for loss, rtt, rate in (each.groups() for each in named)
    ]
    wider = FULL if "--full" in sys.argv else MATRIX if "--matrix" in sys.argv else SMALL
    return asyncio.run(run(cells or wider))
