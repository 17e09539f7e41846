"""What layers cost when they are measured, silent, or not known yet."""

from itertools import pairwise

from media.allocation.costs import STEP, Costs
from media.plane import LayerStats
from platform_api.kernel.rooms import Source


def heard(rid: str, bitrate_bps: int, packets: int) -> LayerStats:
    return LayerStats(
        rid=rid, ssrc=1, packets=packets, octets=0, lost=0, bitrate_bps=bitrate_bps, keyframes=1
    )


def rates(costs: Costs, *rids: str) -> list[int]:
    return [layer.bitrate_bps for layer in costs.ladder(rids)]


def test_what_is_not_measured_is_guessed_by_its_neighbour_or_by_what_is_usual() -> None:
    costs = Costs(Source.SCOPE)
    usual = rates(costs, "h", "m", "l")
    costs.measure([heard("m", 700_000, 10)], 0.0)

    guessed = rates(costs, "h", "m", "l")

    assert usual == [round(2_500_000 / STEP**2), round(2_500_000 / STEP), 2_500_000]
    assert guessed == [200_000, 700_000, 2_450_000]


def test_a_rate_rises_in_a_second_and_falls_over_five() -> None:
    costs = Costs(Source.SCOPE)
    costs.measure([heard("", 1_000_000, 10)], 0.0)

    costs.measure([heard("", 2_000_000, 20)], 1.0)
    risen = rates(costs, "")
    costs.measure([heard("", 1_000_000, 30)], 2.0)
    fallen = rates(costs, "")

    assert (risen, fallen) == ([2_000_000], [1_800_000])


def test_a_silent_layer_is_remembered_and_known_to_be_silent() -> None:
    costs = Costs(Source.SCOPE)
    costs.measure([heard("h", 2_500_000, 10), heard("l", 150_000, 10)], 0.0)
    costs.measure([heard("h", 0, 10), heard("l", 150_000, 20)], 3.0)

    assert rates(costs, "h", "l") == [150_000, 2_500_000]
    assert costs.is_silent("h")
    assert not costs.is_silent("l")
    assert not costs.is_silent("never heard")


def test_no_layer_is_cheaper_than_the_one_below_it() -> None:
    costs = Costs(Source.SCOPE)
    costs.measure([heard("h", 90_000, 10), heard("l", 150_000, 10)], 0.0)

    assert rates(costs, "h", "l") == [150_000, 150_000]


def test_what_is_told_becomes_another_only_with_a_twentieth_or_with_silence() -> None:
    costs = Costs(Source.SCOPE)
    versions = []

    for second, (rate, packets) in enumerate(
        [(1_000_000, 1), (1_040_000, 2), (1_100_000, 3), (1_100_000, 4)]
    ):
        costs.measure([heard("", rate, packets)], float(second))
        versions.append(costs.version)
    told = rates(costs, "")
    for at_s in (4.0, 5.5, 6.0):
        costs.measure([heard("", 0, 4)], at_s)
        versions.append(costs.version)

    assert [later - earlier for earlier, later in pairwise(versions)] == [0, 1, 0, 0, 1, 0]
    assert told == [1_100_000]
