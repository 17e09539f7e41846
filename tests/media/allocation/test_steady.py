"""Down at once, up when there has been room for it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from media.allocation.allocate import cost_bps
from media.allocation.demand import Demand, Layer
from media.allocation.patience import CALM_S, CLIMB_S, LONGEST_S, START_S
from media.allocation.steady import USABLE, Steady, goal_bps
from platform_api.kernel.rooms import Source

LAYERS = (
    Layer(rid="l", bitrate_bps=150_000),
    Layer(rid="m", bitrate_bps=700_000),
    Layer(rid="h", bitrate_bps=2_500_000),
)
SCOPE = Demand(publication="scope", source=Source.SCOPE, layers=LAYERS)
FACE = Demand(publication="face", source=Source.CAMERA, layers=LAYERS[:2])
PLENTY, ENOUGH, SCARCE = 20_000_000, 4_200_000, 1_000_000
LATE_S = START_S + 100


def settled(estimate_bps: int = PLENTY) -> Steady:
    """One that has long seen this much."""
    steady = Steady()
    for at_s in (0.0, 1.0, LATE_S - 10, LATE_S - 5):
        steady.settle([SCOPE, FACE], estimate_bps, at_s)
    return steady


def test_without_an_estimate_everything_wanted_flows() -> None:
    assert Steady().settle([SCOPE, FACE], None, 0.0) == {"scope": 3, "face": 2}


def test_the_first_estimates_are_believed_at_once() -> None:
    steady = Steady()

    first = steady.settle([SCOPE, FACE], 300_000, 0.0)
    later = steady.settle([SCOPE, FACE], PLENTY, 0.5)

    assert first == {"scope": 1, "face": 0}
    assert later == {"scope": 3, "face": 2}


def test_a_falling_line_is_obeyed_at_once_and_a_rising_one_when_it_has_lasted() -> None:
    steady = settled()

    fallen = steady.settle([SCOPE, FACE], SCARCE, LATE_S)
    too_soon = [steady.settle([SCOPE, FACE], 3_500_000, LATE_S + s) for s in (0.5, 1.0, 1.4)]
    risen = steady.settle([SCOPE, FACE], 3_500_000, LATE_S + 0.5 + CALM_S)

    assert fallen == {"scope": 2, "face": 1}
    assert too_soon == [fallen] * 3
    assert risen == {"scope": 3, "face": 1}


def test_a_calm_line_that_carries_everything_is_followed_sooner() -> None:
    steady = settled()

    fallen = steady.settle([SCOPE, FACE], SCARCE, LATE_S)
    seen = [steady.settle([SCOPE, FACE], PLENTY, LATE_S + s) for s in (0.5, 0.5 + CLIMB_S / 2)]
    risen = steady.settle([SCOPE, FACE], PLENTY, LATE_S + 0.5 + CLIMB_S)

    assert seen == [fallen] * 2
    assert risen == {"scope": 3, "face": 2}


def test_a_line_that_climbs_is_followed_quickly() -> None:
    steady = settled()
    steady.settle([SCOPE, FACE], 400_000, LATE_S)
    seen = []

    for step, estimate in enumerate((1_100_000, 1_100_000, 1_100_000, PLENTY, PLENTY, PLENTY)):
        seen.append(steady.settle([SCOPE, FACE], estimate, LATE_S + 5 + step * CLIMB_S)["scope"])

    assert seen == [1, 1, 2, 2, 3, 3]


def test_a_line_that_swings_is_followed_ever_more_slowly_and_forgiven_when_it_is_calm() -> None:
    steady = settled()
    rises, before = [], 3

    for step in range(240):
        second = step / 2
        estimate = SCARCE if second % 12 < 2 else PLENTY
        level = steady.settle([SCOPE], estimate, LATE_S + second)["scope"]
        if level > before:
            rises.append(second % 12 - 2)
        before = level

    assert rises[0] == CLIMB_S
    assert max(rises) <= LONGEST_S
    quick = swings(settled(), period_s=4, seconds=60)
    assert quick <= 6


def swings(steady: Steady, *, period_s: int, seconds: int) -> int:
    """How often the scope rises on a line that is scarce and plenty in turns of half a period."""
    rises, before = 0, 3
    for step in range(seconds * 2):
        estimate = SCARCE if step / 2 % period_s < period_s / 2 else PLENTY
        level = steady.settle([SCOPE], estimate, LATE_S + step / 2)["scope"]
        rises, before = rises + (level > before), level
    return rises


def test_room_that_comes_and_goes_is_none() -> None:
    steady = settled(SCARCE)
    seen = []

    for second in range(20):
        estimate = PLENTY if second % 2 else SCARCE
        seen.append(steady.settle([SCOPE, FACE], estimate, LATE_S + second))

    assert all(levels == seen[0] for levels in seen)


def test_what_fits_without_a_fifth_of_room_does_not_rise() -> None:
    steady = settled(SCARCE)

    barely = [steady.settle([SCOPE], 2_800_000, LATE_S + s) for s in range(8)]
    amply = [steady.settle([SCOPE], 3_300_000, LATE_S + 8 + s) for s in range(4)]

    assert barely[-1] == {"scope": 2}
    assert amply[-1] == {"scope": 3}


def test_a_new_wish_is_fulfilled_at_once_where_there_is_line_for_it() -> None:
    steady = settled(ENOUGH)
    small = replace(SCOPE, shown=(160, 90))
    assert steady.settle([small, FACE], ENOUGH, LATE_S)["scope"] == 1

    large = steady.settle([SCOPE, FACE], ENOUGH, LATE_S + 0.1)
    hand = replace(FACE, publication="hand", source=Source.HAND)
    with_hand = steady.settle([SCOPE, FACE, hand], ENOUGH, LATE_S + 0.2)

    assert large["scope"] == 3
    assert with_hand == {"scope": 3, "hand": 2, "face": 2}


def test_a_new_layer_below_is_not_taken_for_the_one_that_was_held() -> None:
    steady = Steady()
    only_best = replace(SCOPE, layers=LAYERS[2:])
    steady.settle([only_best], PLENTY, 0.0)

    levels = steady.settle([SCOPE], PLENTY, LATE_S)

    assert levels == {"scope": 3}


def test_the_goal_is_enough_for_everything_to_rise() -> None:
    steady = settled(SCARCE)
    goal = goal_bps([SCOPE, FACE])

    for second in range(4):
        levels = steady.settle([SCOPE, FACE], goal, LATE_S + second)

    assert levels == {"scope": 3, "face": 2}


def test_the_goal_is_of_what_is_seen_and_of_the_whole_scope() -> None:
    small = replace(SCOPE, shown=(160, 90))
    hidden = replace(SCOPE, shown=(0, 0))
    low = replace(FACE, shown=(80, 45))

    assert goal_bps([small]) == goal_bps([SCOPE])
    assert goal_bps([hidden]) == 0
    assert goal_bps([low]) < goal_bps([FACE])


@given(st.lists(st.integers(0, 20_000_000), min_size=1, max_size=40))
def test_it_never_costs_more_than_the_line_carries_and_never_rises_twice_at_once(
    estimates: list[int],
) -> None:
    steady, demands = settled(), [SCOPE, FACE]
    before, rises = {"scope": 3, "face": 2}, [-10.0]

    for at, estimate in enumerate(estimates):
        levels = steady.settle(demands, estimate, LATE_S + at / 2)
        floor = {"scope": 1, "face": 0}
        assert cost_bps(demands, levels) <= estimate * USABLE or levels == floor
        if levels["scope"] > before["scope"]:
            assert at / 2 - rises[-1] >= CLIMB_S
            rises.append(at / 2)
        before = levels
