"""F14, F15, F18: behind a bad line a viewer keeps seat, call and voice, and the picture comes back."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final

import pytest

from tests.bench.network.away import Away, viewer_away
from tests.support.fault_line import fault_line
from tests.support.impair_model import Line
from tests.support.picture_probe import sound
from tests.support.room import SCOPE
from tests.support.seat import seats, until_live
from tests.support.watch import until_moving

pytestmark = pytest.mark.e2e

LISTEN_S: Final = 6.0
WAY_MS: Final = 25.0


@pytest.fixture
async def away() -> AsyncIterator[Away]:
    async with viewer_away(seed=14) as made:
        yield made


def asked_anew(away: Away) -> int:
    """How often the page asked for a seat or a peer connection."""
    return away.said.count("room.join") + away.said.count("media.offer")


async def heard_through(away: Away, line: Line) -> float:
    """Share of the voice that came as it was sent, on this line."""
    away.line.both(line)
    before = await sound(away.viewer)
    await asyncio.sleep(LISTEN_S)  # what is measured is a share of this time
    return 1 - (await sound(away.viewer)).concealed_since(before)


async def test_F14_F15_F18_loss_ends_no_call_and_a_dead_line_no_seat(away: Away) -> None:
    before, sitting = asked_anew(away), seats(away.product)

    heard_10 = await heard_through(away, Line(loss=0.1, delay_ms=WAY_MS))
    await until_moving(away.viewer, SCOPE, frames=20)
    heard_20 = await heard_through(away, Line(loss=0.2, delay_ms=WAY_MS))
    again = asked_anew(away) - before
    away.line.both(Line(dead=True))
    await asyncio.sleep(5)
    away.line.both(Line(delay_ms=WAY_MS))
    began = time.monotonic()
    await until_moving(away.viewer, SCOPE, frames=20)
    back_s = time.monotonic() - began
    await until_live(away.viewer)

    same = seats(away.product) == sitting
    print(fault_line("F14", "voice heard", [heard_10], holds=heard_10 >= 0.95, lost=again))
    print(fault_line("F15", "voice heard", [heard_20], holds=heard_20 >= 0.9, lost=again))
    print(fault_line("F18", "dead for 5 s, picture again after", [back_s], holds=same, unit="s", lost=0))
    assert again == 0
    assert heard_10 >= 0.95
    assert heard_20 >= 0.9
    assert same
