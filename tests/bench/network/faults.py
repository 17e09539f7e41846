"""Faults F13 to F18, F20 and F21 on one viewer's line. `python -m tests.bench faults [F14 F15 …] [--full]`.

In real Chromium with the demonstration's scope, hand and voice (one layer each); F17 also with the three layers that an
expert's browser sends: of one layer of 2.5 Mbit/s keyframes alone fit a line of 500 kbit/s. Each fault lasts seconds here, where the
checklist names minutes; `--full` adds the long ones. What does not hold is printed as such, not asserted. Each figure is
also a line of JSON, as the checklist wants it. Voice is what was heard: the share that the browser did not make up.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from tests.bench.network.away import Away, layered_expert, load, titled, told, viewer_away
from tests.bench.table import Table, percentile
from tests.support.fault_line import fault_line
from tests.support.impair_model import Line
from tests.support.people import until_picture
from tests.support.picture_probe import Frames, Tile, sound, take_frames, watch_pictures
from tests.support.room import HAND, SCOPE, SCOPE_VIDEO
from tests.support.seat import seats, until_live
from tests.support.watch import until_moving

WAY_MS: Final = 25.0
SETTLE_S: Final = 4.0
FITS_KBPS: Final = 450.0
GOOD: Final = Line(delay_ms=WAY_MS)
TILES: Final = (Tile(name="scope", selector=SCOPE), Tile(name="hand", selector=HAND))
HEADERS: Final = ("row", "fault", "figure", "found", "asked", "holds", "load")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A stretch of time at the viewer; shares are 0..1."""

    scope: Frames
    voice_made_up: float
    joins: int


def asked_anew(away: Away) -> int:
    """How often the page asked for a seat or a peer connection."""
    return away.said.count("room.join") + away.said.count("media.offer")


async def stretch(away: Away, line: Line, seconds: float, *, settle_s: float = SETTLE_S) -> Seen:
    """The same line both ways for so long; what is seen after it has settled."""
    joins = asked_anew(away)
    away.line.both(line)
    await asyncio.sleep(settle_s)
    await take_frames(away.viewer)
    before = await sound(away.viewer)
    await asyncio.sleep(seconds)
    frames = await take_frames(away.viewer)
    made_up = (await sound(away.viewer)).concealed_since(before)
    return Seen(scope=frames["scope"], voice_made_up=made_up, joins=asked_anew(away) - joins)


class Report:
    """Rows of what was found against what is asked."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, ...]] = []

    def say(self, row: str, fault: str, figure: str, found: str, asked: str, holds: bool) -> None:
        self.rows.append((row, fault, figure, found, asked, "yes" if holds else "NO", load()))
        told(fault_line(row, figure, found, holds=holds))

    def joins(self, row: str, fault: str, count: int) -> None:
        self.say(row, fault, "joins or offers anew", str(count), "0", count == 0)


async def loss_5(away: Away, report: Report) -> None:
    seen = await stretch(away, Line(loss=0.05, delay_ms=WAY_MS), 12)
    share, frozen = seen.scope.share_decoded, sum(seen.scope.freezes)
    part = frozen / (seen.scope.ended_ms - seen.scope.began_ms)
    fault = "5 % loss each way, RTT 50 ms"
    report.say("F13", fault, "scope frames decoded", f"{share * 100:.1f} %", ">= 98 %", share >= 0.98)
    report.say("F13", fault, "time frozen (> 200 ms)", f"{part * 100:.1f} %", "< 1 %", part < 0.01)
    report.say(
        "F13", fault, "voice made up", f"{seen.voice_made_up * 100:.1f} %", "-", seen.voice_made_up < 0.05
    )


async def loss_10(away: Away, report: Report) -> None:
    seen = await stretch(away, Line(loss=0.1, delay_ms=WAY_MS), 12)
    share, longest = seen.scope.share_decoded, seen.scope.longest_ms
    fps, fault = seen.scope.decoded_a_second, "10 % loss each way, RTT 50 ms"
    report.say("F14", fault, "scope frames decoded", f"{share * 100:.1f} %", ">= 95 %", share >= 0.95)
    report.say("F14", fault, "longest standstill", f"{longest:.0f} ms", "<= 500 ms", longest <= 500)
    report.say("F14", fault, "scope frames a second", f"{fps:.1f}", ">= 10", fps >= 10)
    report.say(
        "F14",
        fault,
        "voice made up",
        f"{seen.voice_made_up * 100:.1f} %",
        "<= 5 %",
        seen.voice_made_up <= 0.05,
    )
    report.joins("F14", fault, seen.joins)


async def loss_20(away: Away, report: Report) -> None:
    seconds = 600 if "--full" in sys.argv else 20
    seen = await stretch(away, Line(loss=0.2, delay_ms=WAY_MS), seconds)
    fault, heard = f"20 % loss each way, RTT 50 ms, {seconds} s", 1 - seen.voice_made_up
    report.joins("F15", fault, seen.joins)
    report.say("F15", fault, "voice as heard", f"{heard * 100:.1f} %", ">= 90 %", heard >= 0.9)
    report.say("F15", fault, "scope frames a second", f"{seen.scope.decoded_a_second:.1f}", "-", True)


async def jitter(away: Away, report: Report) -> None:
    seen = await stretch(away, Line(delay_ms=30, jitter_ms=200), 12, settle_s=8)
    fault, age = "jitter up to 200 ms on 30 ms", percentile(seen.scope.ages_ms, 0.95)
    made_up = seen.voice_made_up
    report.say("F16", fault, "voice made up", f"{made_up * 100:.1f} %", "<= 2 %", made_up <= 0.02)
    report.say("F16", fault, "age of the scope, p95", f"{age:.0f} ms", "<= 500 ms", age <= 500)
    report.joins("F16", fault, seen.joins)


async def rate_drop(away: Away, report: Report) -> None:
    await one_rate_drop(away, report, "one layer")
    away.line.both(GOOD)
    async with layered_expert(away):
        await watch_pictures(away.viewer, [Tile(name="scope", selector=SCOPE, strip=False)])
        await one_rate_drop(away, report, "three layers")
    await until_picture(away.viewer, SCOPE_VIDEO)
    await watch_pictures(away.viewer, TILES)


async def one_rate_drop(away: Away, report: Report, what: str) -> None:
    thin_s = 60 if "--full" in sys.argv else 15
    await stretch(away, Line(delay_ms=WAY_MS, rate_kbps=4000), 4)
    joins, heard, told_before = asked_anew(away), await sound(away.viewer), len(away.flow)
    away.line.both(Line(delay_ms=WAY_MS, rate_kbps=500))
    kbps: list[float] = []
    for _ in range(thin_s):
        before = away.line.counts()["down"]
        await asyncio.sleep(1)
        after = away.line.counts()["down"]
        kbps.append((after["bytes_in"] - before["bytes_in"]) * 8 / 1000)
    told(f"sent in each second, kbit/s: {' '.join(f'{rate:.0f}' for rate in kbps)}")
    scope = (await take_frames(away.viewer))["scope"]
    made_up = (await sound(away.viewer)).concealed_since(heard)
    told(f"the room says of the scope: {scope_states(away, told_before)}")
    away.line.both(Line(delay_ms=WAY_MS, rate_kbps=4000))
    back_s = await back(away, 40)
    fault = f"4 Mbit/s -> 500 kbit/s for {thin_s} s -> 4 Mbit/s, {what}"
    fits_s = next((second for second, rate in enumerate(kbps) if rate <= FITS_KBPS), thin_s)
    late = "never" if fits_s == thin_s else f"{fits_s + 1} s"
    report.say("F17", fault, "until what is sent fits", late, "<= 3 s", fits_s < 3)
    report.say(
        "F17",
        fault,
        "longest standstill of the scope",
        f"{scope.longest_ms:.0f} ms",
        "<= 2 s",
        scope.longest_ms <= 2000,
    )
    report.say("F17", fault, "scope frames a second", f"{scope.decoded_a_second:.1f}", "-", True)
    report.say("F17", fault, "voice made up", f"{made_up * 100:.1f} %", "<= 5 %", made_up <= 0.05)
    report.say("F17", fault, "scope back after its end", _seconds(back_s), "<= 15 s", 0 <= back_s <= 15)
    report.joins("F17", fault, asked_anew(away) - joins)


def scope_states(away: Away, since: int) -> str:
    """What the page was told of the scope, each state once in its order."""
    slots = [
        slot for flow in away.flow[since:] for slot in flow["slots"] if slot["publication"].endswith(".scope")
    ]
    words = [f"{slot['state']} {slot['layer']} every {slot['every_s']} s" for slot in slots]
    return " -> ".join(word for at, word in enumerate(words) if at == 0 or word != words[at - 1])


async def dead(away: Away, report: Report) -> None:
    for seconds, limit_s in ((5, 2), (25, 4), *(((84, 8),) if "--full" in sys.argv else ())):
        before = seats(away.product)
        away.line.both(Line(dead=True))
        await asyncio.sleep(seconds)
        away.line.both(GOOD)
        back_s = await back(away, 40)
        same = seats(away.product) == before
        fault = f"line dead for {seconds} s"
        report.say(
            "F18", fault, "picture moves after", _seconds(back_s), f"<= {limit_s} s", 0 <= back_s <= limit_s
        )
        report.say("F18", fault, "same seat", "yes" if same else "no", "yes", same)
        await until_live(away.viewer)


async def one_side(away: Away, report: Report) -> None:
    """Media up and signalling down, and the reverse: the seat stays one, and all agrees after."""
    before = seats(away.product)
    cases = (("signalling", Line(delay_ms=WAY_MS, tcp=False)), ("media", Line(delay_ms=WAY_MS, udp=False)))
    for what, line in cases:
        away.line.both(line)
        await asyncio.sleep(12)
        away.line.both(GOOD)
        began = time.monotonic()
        moves_s = await back(away, 30)
        await until_live(away.viewer)
        took_s, fault = time.monotonic() - began, f"only {what} down for 12 s"
        report.say(
            "F21",
            fault,
            "picture moves, line live",
            _seconds(took_s),
            "<= 10 s",
            0 <= moves_s <= took_s <= 10,
        )
        same = seats(away.product) == before
        report.say("F21", fault, "same seat, none other", "yes" if same else "no", "yes", same)


async def no_udp(away: Away, report: Report) -> None:
    away.line.both(Line(delay_ms=WAY_MS, udp=False))
    began = time.monotonic()
    await away.viewer.reload()
    try:
        await until_picture(away.viewer, SCOPE_VIDEO, timeout_ms=30_000)
        took_s = time.monotonic() - began
    except Exception as error:  # noqa: BLE001 - whatever it was, there was no picture: that is the figure
        told(f"no picture without UDP: {type(error).__name__}")
        took_s = -1.0
    report.say(
        "F20", "UDP blocked, page opened", "picture after", _seconds(took_s), "<= 10 s", 0 <= took_s <= 10
    )
    away.line.both(GOOD)


async def back(away: Away, within_s: float) -> float:
    """Seconds until the scope moves again; -1 if it does not within that time."""
    began = time.monotonic()
    try:
        await until_moving(away.viewer, SCOPE, frames=5, timeout_ms=within_s * 1000)
    except Exception as error:  # noqa: BLE001 - standing still is the figure
        told(f"the scope stands still: {type(error).__name__}")
        return -1.0
    return time.monotonic() - began


def _seconds(found: float) -> str:
    return "not at all" if found < 0 else f"{found:.1f} s"


Fault = Callable[[Away, Report], Awaitable[None]]
FAULTS: Final[dict[str, Fault]] = {
    "F13": loss_5,
    "F14": loss_10,
    "F15": loss_20,
    "F16": jitter,
    "F17": rate_drop,
    "F18": dead,
    "F21": one_side,
    "F20": no_udp,
}
"""In this order: the last begins the page anew."""


async def run(names: list[str]) -> list[Table]:
    report = Report()
    async with viewer_away() as away:
        await watch_pictures(away.viewer, TILES)
        for name in names:
            await FAULTS[name](away, report)
            away.line.both(GOOD)
            if name != names[-1]:
                await asyncio.sleep(SETTLE_S)
    return [titled("Faults of one viewer's line, Chromium", HEADERS, report.rows)]


def tables() -> list[Table]:
    asked = [name for name in FAULTS if name in sys.argv]
    return asyncio.run(run(asked or list(FAULTS)))
