"""The scope's promise on paper: 20, 6, 3, 1.5, 0.5 and again 20 Mbit/s, decided as the product decides."""

from bisect import bisect_right

import pytest

from platform_api.kernel.rooms import Source
from tests.support.fault_line import fault_line
from tests.support.promised_line import PromisedLine, Seen, Track
from tests.support.simulated_line import Line

FACE = Track(Source.CAMERA, (118_000, 350_000), 15, shown=(160, 90))
TRACKS = {
    "scope": Track(Source.SCOPE, (200_000, 480_000, 1_120_000), 25, shown=(1280, 720)),
    "hand": Track(Source.HAND, (680_000,), 25, shown=(640, 360)),
    "face 1": FACE,
    "face 2": FACE,
    "face 3": FACE,
    "voice": Track(Source.VOICE, (40_000,), 50),
}
OTHERS = ("hand", "face 1", "face 2", "face 3")
RATES = (20e6, 6e6, 3e6, 1.5e6, 0.5e6, 20e6)
GIVE_WAY_MS = 500
BACK_MS = 3_000
QUEUE_AND_WAY_MS = 150


def settled(seen: Seen, from_ms: float, to_ms: float) -> float:
    """The fewest frames of any second between two moments."""
    return min(seen.a_second(at, at + 1_000) for at in range(round(from_ms), round(to_ms) - 999, 1_000))


@pytest.mark.parametrize(("queue_ms", "shift_ms"), [(250, 0), (250, 800), (500, 200)])
def test_the_scope_is_the_last_to_give_way_and_all_are_soon_back(queue_ms: float, shift_ms: float) -> None:
    begins = [0.0, *(at + shift_ms for at in (10_000, 16_000, 24_000, 34_000, 44_000))]
    _, _, third, at_1_5, at_0_5, at_20 = begins
    line = Line(lambda now_ms: RATES[bisect_right(begins, now_ms) - 1], queue_ms=queue_ms)
    promised = PromisedLine(line, TRACKS)

    promised.run(at_20 + 10_500)

    def levels_at(at_ms: float) -> dict[str, int]:
        return next(levels for ms, levels in reversed(promised.levels) if ms <= at_ms)

    seen, scope = promised.seen, promised.seen["scope"]
    assert set(levels_at(at_1_5 - 1).values()) == {1, 3}
    assert settled(scope, 1_000, at_1_5) >= 24
    assert all(settled(seen[name], third, at_1_5) >= TRACKS[name].fps - 1 for name in TRACKS)

    assert [levels_at(at_1_5 + GIVE_WAY_MS)[name] for name in OTHERS] == [0] * 4
    assert all(seen[name].last_before(at_0_5) < at_1_5 + GIVE_WAY_MS + QUEUE_AND_WAY_MS for name in OTHERS)
    assert levels_at(at_0_5 - 1)["scope"] == 3
    assert scope.longest_gap_ms(at_1_5, at_0_5) < 150
    assert settled(scope, at_1_5, at_0_5) >= 22

    assert levels_at(at_0_5 + GIVE_WAY_MS)["scope"] == 1
    assert scope.longest_gap_ms(at_0_5, at_20) < 500
    assert settled(scope, at_0_5 + 1_000, at_20) >= 24
    assert settled(seen["voice"], at_0_5 + 2_000, at_20) >= 48

    assert scope.first_after(at_20, level=3) < at_20 + BACK_MS
    assert all(seen[name].first_after(at_20) < at_20 + BACK_MS for name in OTHERS)
    assert settled(scope, at_20, at_20 + 10_000) >= 24


def test_F17_a_rate_that_falls_to_an_eighth_takes_the_scope_down_at_once_and_back() -> None:
    line = Line(lambda now_ms: 500_000 if 10_000 <= now_ms < 70_000 else 4_000_000)
    promised = PromisedLine(line, {"scope": TRACKS["scope"], "voice": TRACKS["voice"]})

    promised.run(90_000)

    scope = promised.seen["scope"]
    fits_s = (
        next(at_ms for at_ms, levels in promised.levels if at_ms > 10_000 and levels["scope"] == 1) / 1000
        - 10
    )
    stood_s = scope.longest_gap_ms(10_000, 90_000) / 1000
    back_s = scope.first_after(70_000, level=3) / 1000 - 70
    print(fault_line("F17", "until what is sent fits", [fits_s], holds=fits_s <= 3, unit="s", lost=0))
    print(fault_line("F17", "longest standstill", [stood_s], holds=stood_s <= 2, unit="s", lost=0))
    print(fault_line("F17", "best layer back after", [back_s], holds=back_s <= 15, unit="s", lost=0))
    assert all(levels["scope"] == 1 for at_ms, levels in promised.levels if 13_000 <= at_ms < 70_000)
    assert fits_s <= 3
    assert stood_s <= 2
    assert back_s <= 15


def test_F17_a_scope_in_one_layer_comes_as_glimpses_and_is_soon_back() -> None:
    line = Line(lambda now_ms: 500_000 if 10_000 <= now_ms < 70_000 else 4_000_000)
    scope = Track(Source.SCOPE, (2_500_000,), 25, shown=(1280, 720), keyframe=4.0)
    promised = PromisedLine(line, {"scope": scope, "voice": TRACKS["voice"]})

    promised.run(90_000)

    seen = promised.seen["scope"]
    flows = [(at_ms, levels["scope"]) for at_ms, levels in promised.levels]
    fits_s = next(at_ms for at_ms, level in flows if at_ms > 10_000 and level == 0) / 1000 - 10
    stood_s = seen.longest_gap_ms(10_000, 90_000) / 1000
    back_s = next(at_ms for at_ms, level in flows if at_ms >= 70_000 and level == 1) / 1000 - 70
    print(fault_line("F17", "one layer: sent fits after", [fits_s], holds=fits_s <= 3, unit="s", lost=0))
    print(fault_line("F17", "one layer: longest standstill", [stood_s], holds=stood_s <= 2, unit="s", lost=0))
    print(fault_line("F17", "one layer: flows again after", [back_s], holds=back_s <= 15, unit="s", lost=0))
    assert all(level == 0 for at_ms, level in flows if 13_000 <= at_ms < 70_000)
    assert fits_s <= 3
    assert stood_s <= 2
    assert back_s <= 15
    assert promised.seen["voice"].a_second(12_000, 70_000) >= 49.5
    assert settled(seen, 75_000, 90_000) >= 24
