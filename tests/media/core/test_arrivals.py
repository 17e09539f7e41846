"""What a publisher is told of its packets."""

from media.core.arrivals import A_FEEDBACK, MAX_PENDING, TELL_MS, ArrivalLog


def told(log: ArrivalLog) -> list[dict[int, float | None]]:
    return [dict(feedback.statuses()) for feedback in log.take(9)]


def test_each_arrival_is_told_once_and_gaps_as_lost() -> None:
    log = ArrivalLog()
    assert not log.arrived(65_534, 7, 640.0)
    log.arrived(65_534, 7, 900.0)
    log.arrived(1, 8, 660.0)
    assert log.is_due(640.0 + TELL_MS)

    (first,) = log.take(9)
    log.arrived(4, 8, 700.0)
    (second,) = log.take(9)

    assert dict(first.statuses()) == {65_534: 640.0, 65_535: None, 0: None, 1: 660.0}
    assert dict(second.statuses()) == {2: None, 3: None, 4: 700.0}
    assert [(each.sender_ssrc, each.media_ssrc, each.number) for each in (first, second)] == [
        (9, 8, 0),
        (9, 8, 1),
    ]
    assert log.take(9) == []
    assert not log.is_due(10_000)


def test_a_latecomer_is_told_by_itself() -> None:
    log = ArrivalLog()
    for number in (10, 13):
        log.arrived(number, 7, 0.0)
    log.take(9)
    for number in (11, 14):
        log.arrived(number, 7, 64.0)

    assert told(log) == [{11: 64.0}, {14: 64.0}]


def test_many_arrivals_are_told_at_once_and_in_parts() -> None:
    log = ArrivalLog()
    due = [log.arrived(number, 7, 64.0) for number in range(3 * A_FEEDBACK)]

    assert due.index(True) == A_FEEDBACK - 1
    assert [len(part) for part in told(log)] == [A_FEEDBACK] * 3


def test_memory_and_gaps_are_bounded() -> None:
    log = ArrivalLog()
    for number in range(3 * MAX_PENDING):
        log.arrived(number, 7, 64.0)
    assert sum(len(part) for part in told(log)) == MAX_PENDING

    log.arrived(30_000, 7, 64.0)

    assert told(log) == [{30_000: 64.0}]
