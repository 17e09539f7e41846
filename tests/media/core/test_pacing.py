"""Bursts become a stream, the higher rank first."""

from itertools import pairwise
from typing import Final

from media.allocation.contracts import CONTRACTS
from media.core.pacing import MAX_HELD, MAX_WAIT_MS, MIN_BURST_OCTETS, RANKS, Pacer

SCOPE: Final = 1
FACE: Final = 6


def pacer_of(kbps: float) -> Pacer[int]:
    pacer: Pacer[int] = Pacer()
    pacer.set_line(kbps * 1000)
    return pacer


def test_a_burst_leaves_at_two_and_a_half_times_the_rate_in_its_order() -> None:
    pacer = pacer_of(480)  # 150 octets a ms leave
    left: list[tuple[float, int]] = []
    for number in range(12):
        if pacer.passes(1200, FACE, 0.0):
            left.append((0.0, number))
        else:
            pacer.hold(number, 1200, FACE, 0.0)
    for now_ms in range(1, 120):
        left += [(now_ms, number) for number in pacer.due(now_ms)]

    assert [number for _, number in left] == list(range(12))
    assert [number for at_ms, number in left if at_ms == 0] == [0, 1, 2]
    at = [at_ms for at_ms, _ in left[3:]]
    assert all(7 <= after - before <= 9 for before, after in pairwise(at))
    assert not pacer.is_holding


def test_nothing_overtakes_what_waits() -> None:
    pacer = pacer_of(100)
    assert pacer.passes(int(MIN_BURST_OCTETS), FACE, 0.0)
    pacer.hold(1, 100, FACE, 0.0)

    assert not pacer.passes(100, FACE, 1_000.0)
    assert list(pacer.due(1_000.0)) == [1]


def test_nothing_waits_longer_than_a_quarter_second_and_never_too_many() -> None:
    pacer = pacer_of(1)
    pacer.passes(5_000, FACE, 0.0)
    for number in range(MAX_HELD + 3):
        pacer.hold(number, 1200, FACE, 0.0)

    assert list(pacer.due(1.0)) == [0, 1, 2]
    assert len(list(pacer.due(MAX_WAIT_MS))) == MAX_HELD


def test_what_passed_by_is_paid_for_and_the_rest_can_be_let_go() -> None:
    pacer = pacer_of(480)
    assert pacer.passes(100, FACE, 0.0)
    pacer.spend(4_000)
    assert not pacer.passes(100, FACE, 1.0)
    for number in range(3):
        pacer.hold(number, 100, FACE, 1.0)

    assert list(pacer.everything()) == [0, 1, 2]
    pacer.hold(4, 100, FACE, 1.0)
    pacer.forget()
    assert list(pacer.everything()) == []


def test_a_higher_rank_leaves_before_what_waits_below_it_and_at_no_higher_rate() -> None:
    pacer = pacer_of(480)
    assert pacer.passes(int(MIN_BURST_OCTETS), FACE, 0.0)
    for number in range(10):
        pacer.hold(number, 1200, FACE, 0.0)
    for number in range(10, 13):
        pacer.hold(number, 1200, SCOPE, 5.0)

    left = [(now_ms, number) for now_ms in range(6, 200) for number in pacer.due(now_ms)]

    assert [number for _, number in left] == [10, 11, 12, *range(10)]
    at = [at_ms for at_ms, _ in left[1:]]
    assert all(7 <= after - before <= 9 for before, after in pairwise(at))


def test_a_higher_rank_passes_what_waits_below_it_while_there_is_room() -> None:
    pacer = pacer_of(480)
    pacer.hold(0, 1200, FACE, 0.0)

    assert not pacer.passes(1200, FACE, 1.0)
    assert pacer.passes(1200, SCOPE, 1.0)


def test_what_waited_too_long_goes_before_any_rank() -> None:
    pacer = pacer_of(1)
    assert pacer.passes(50_000, FACE, 0.0)
    pacer.hold(0, 1200, FACE, 0.0)
    pacer.hold(1, 1200, SCOPE, MAX_WAIT_MS - 1)

    assert list(pacer.due(MAX_WAIT_MS)) == [0]
    pacer.hold(2, 1200, 99, MAX_WAIT_MS)
    assert list(pacer.due(2 * MAX_WAIT_MS)) == [1, 2]


def test_every_contract_has_a_queue_of_its_own() -> None:
    assert max(contract.rank for contract in CONTRACTS.values()) < RANKS
