"""What is asked for again, and what is granted."""

from media.core.budget import OctetBudget
from media.core.nack import LossTracker, RetransmissionLimit


def tracker_with(*sequences: int) -> LossTracker:
    tracker = LossTracker()
    for sequence in sequences:
        tracker.arrived(sequence, 0)
    return tracker


def due(tracker: LossTracker, now_ms: float, rtt_ms: float, *, flowing_bps: float = 0.0) -> list[int]:
    return tracker.due(now_ms, rtt_ms, flowing_bps)


def test_gaps_are_asked_for_once_a_round_trip() -> None:
    tracker = tracker_with(65534, 65539)

    assert due(tracker, 0, 100) == [65535, 0, 1, 2]
    assert due(tracker, 99, 100) == []
    assert due(tracker, 100, 100) == [65535, 0, 1, 2]
    assert tracker.sent == 8


def test_what_comes_late_is_not_asked_for() -> None:
    tracker = tracker_with(1, 3, 2)

    assert not tracker.waiting
    assert due(tracker, 0, 50) == []
    assert tracker.recovered == 1


def test_it_gives_up_after_some_tries() -> None:
    tracker = tracker_with(1, 3)

    asked = [due(tracker, now_ms, 30) for now_ms in range(0, 1000, 30)]

    assert sum(map(len, asked)) == LossTracker.MAX_TRIES
    assert not tracker.waiting
    assert tracker.given_up == 1


def test_it_gives_up_after_a_second_and_a_half() -> None:
    tracker = tracker_with(1, 3)

    assert due(tracker, LossTracker.MAX_AGE_MS + 1, 30) == []
    assert tracker.given_up == 1


def test_a_great_jump_is_a_new_beginning() -> None:
    tracker = tracker_with(1, 3, 5000)

    assert due(tracker, 0, 50) == []
    assert tracker.given_up == 1


def test_the_gaps_held_are_bounded() -> None:
    tracker = LossTracker()
    for sequence in range(0, 2000, 2):
        tracker.arrived(sequence, 0)

    assert len(tracker._missing) == LossTracker.MAX_MISSING


def test_what_is_asked_for_stays_within_the_budget_of_the_flow() -> None:
    tracker = tracker_with(0, 256)

    assert due(tracker, 0, 1000) == list(range(1, 126))
    assert due(tracker, 9, 1000) == []
    assert due(tracker, 96, 1000) == list(range(126, 136))
    assert len(due(tracker, 192, 1000, flowing_bps=4e6)) == 20
    assert tracker.waiting


def allow(limit: RetransmissionLimit, sequence: int, now_ms: float, budget: OctetBudget) -> bool:
    return limit.allow(sequence, 1000, now_ms=now_ms, rtt_ms=80, budget=budget)


def test_a_packet_is_sent_again_at_most_once_a_round_trip() -> None:
    limit, budget = RetransmissionLimit(), OctetBudget()

    granted = [allow(limit, 5, now_ms, budget) for now_ms in (0, 40, 79, 80, 159)]

    assert granted == [True, False, False, True, False]
    assert allow(limit, 6, 159, budget)
    assert limit.refused == 3


def test_all_flows_of_a_subscriber_stay_within_its_budget() -> None:
    budget = OctetBudget()
    limits = RetransmissionLimit(), RetransmissionLimit()

    granted = [sum(allow(limit, sequence, 0, budget) for sequence in range(5800)) for limit in limits]

    assert granted == [150, 0]


def test_a_budget_begins_full_and_fills_at_half_of_what_flows_but_never_below_its_floor() -> None:
    budget = OctetBudget()
    granted = []

    for now_ms, flowing_bps in ((0, 0.0), (80, 0.0), (160, 8e6), (60_000, 8e6)):
        budget.fill(now_ms, flowing_bps)
        granted.append(sum(budget.take(1000) for _ in range(1000)))

    assert granted == [150, 10, 40, 150]


def test_a_thousand_numbers_a_second_are_looked_up() -> None:
    limit = RetransmissionLimit()
    lost = tuple(range(800))

    heard = [len(limit.listen(lost, now_ms)) for now_ms in (5000, 5100, 5999, 6000)]

    assert heard == [800, 200, 0, 800]
    assert limit.refused == 600 + 800


def test_what_is_remembered_is_bounded() -> None:
    limit, budget = RetransmissionLimit(), OctetBudget()
    for sequence in range(5000):
        budget.fill(1000.0 * sequence, 0.0)
        allow(limit, sequence, 0, budget)

    assert len(limit._sent_ms) == RetransmissionLimit.MAX_REMEMBERED


def test_repairs_take_of_a_thin_line_what_it_has_for_them() -> None:
    budget = OctetBudget()
    budget.fill(0, 8e6, 160_000)
    at_once = sum(budget.take(1_000) for _ in range(100))
    budget.fill(100, 8e6, 160_000)
    later = sum(budget.take(1_000) for _ in range(100))
    budget.fill(60_000, 8e6)

    assert (at_once, later) == (5, 2)
    assert sum(budget.take(1_000) for _ in range(1_000)) == 150
