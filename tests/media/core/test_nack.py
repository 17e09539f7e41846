"""What is asked for again, and what is granted."""

from media.core.nack import LossTracker, RetransmissionLimit


def tracker_with(*sequences: int) -> LossTracker:
    tracker = LossTracker()
    for sequence in sequences:
        tracker.arrived(sequence, 0)
    return tracker


def test_gaps_are_asked_for_once_a_round_trip() -> None:
    tracker = tracker_with(65534, 65539)

    assert tracker.due(0, 100) == [65535, 0, 1, 2]
    assert tracker.due(99, 100) == []
    assert tracker.due(100, 100) == [65535, 0, 1, 2]
    assert tracker.sent == 8


def test_what_comes_late_is_not_asked_for() -> None:
    tracker = tracker_with(1, 3, 2)

    assert not tracker.waiting
    assert tracker.due(0, 50) == []
    assert tracker.recovered == 1


def test_it_gives_up_after_some_tries() -> None:
    tracker = tracker_with(1, 3)

    asked = [tracker.due(now_ms, 30) for now_ms in range(0, 1000, 30)]

    assert sum(map(len, asked)) == LossTracker.MAX_TRIES
    assert not tracker.waiting
    assert tracker.given_up == 1


def test_it_gives_up_after_a_second_and_a_half() -> None:
    tracker = tracker_with(1, 3)

    assert tracker.due(LossTracker.MAX_AGE_MS + 1, 30) == []
    assert tracker.given_up == 1


def test_a_great_jump_is_a_new_beginning() -> None:
    tracker = tracker_with(1, 3, 5000)

    assert tracker.due(0, 50) == []
    assert tracker.given_up == 1


def test_the_gaps_held_are_bounded() -> None:
    tracker = LossTracker()
    for sequence in range(0, 2000, 2):
        tracker.arrived(sequence, 0)

    assert len(tracker.due(0, 50)) == LossTracker.MAX_MISSING


def allow(limit: RetransmissionLimit, sequence: int, now_ms: float, *, size: int = 1000) -> bool:
    return limit.allow(sequence, size, now_ms=now_ms, rtt_ms=80, budget_bps=80_000)


def test_a_packet_is_sent_again_at_most_once_a_round_trip() -> None:
    limit = RetransmissionLimit()

    assert [allow(limit, 5, now_ms) for now_ms in (0, 40, 79, 80, 159)] == [True, False, False, True, False]
    assert allow(limit, 6, 159)
    assert limit.refused == 3


def test_all_repetitions_together_stay_within_the_budget() -> None:
    limit = RetransmissionLimit(burst_bytes=10_000)

    granted = sum(allow(limit, sequence, 0) for sequence in range(5800))
    later = sum(allow(limit, sequence, 1000) for sequence in range(10_000, 15_000))

    assert granted == 10
    assert later == 10


def test_a_thousand_numbers_a_second_are_looked_up() -> None:
    limit = RetransmissionLimit()
    lost = tuple(range(800))

    heard = [len(limit.listen(lost, now_ms)) for now_ms in (5000, 5100, 5999, 6000)]

    assert heard == [800, 200, 0, 800]
    assert limit.refused == 600 + 800


def test_what_is_remembered_is_bounded() -> None:
    limit = RetransmissionLimit(burst_bytes=10**9)
    for sequence in range(5000):
        allow(limit, sequence, 0)

    assert len(limit._sent_ms) == RetransmissionLimit.MAX_REMEMBERED
