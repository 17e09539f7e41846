"""What a feedback tells of the packets that were sent, each thing once."""

from media.core.bandwidth.reports import PacketReport, SendLog
from media.core.twcc import TransportFeedback, make_feedback

PERIOD_MS = 64.0 * 2**24
"""Of the receiver's clock; our axis begins one of it above zero."""


def log_of(count: int, *, before: int = 0) -> SendLog:
    log = SendLog()
    log.next_number += before
    for index in range(count):
        log.sent(100 + index, float(index))
    return log


def test_packets_are_found_by_sixteen_bits_of_their_number() -> None:
    log = log_of(4, before=65_533)

    reports = log.take(make_feedback(1, 2, 0, [(65_534, 640.0), (65_535, 641.0), (1, 645.5)])[0])

    assert reports == [
        PacketReport(65_534, 0.0, PERIOD_MS + 640.0, 100),
        PacketReport(65_535, 1.0, PERIOD_MS + 641.0, 101),
        PacketReport(65_536, 2.0, None, 102),
        PacketReport(65_537, 3.0, PERIOD_MS + 645.5, 103),
    ]


def test_what_was_told_is_not_told_again() -> None:
    log = log_of(3)
    first = make_feedback(1, 2, 0, [(1, 0.0), (3, 1.0)])[0]

    assert [report.number for report in log.take(first)] == [1, 2, 3]
    assert log.take(first) == []
    late = log.take(make_feedback(1, 2, 1, [(2, 2.0)])[0])
    assert late == [PacketReport(2, 1.0, PERIOD_MS + 2.0, 101)]


def test_numbers_that_were_never_given_or_are_forgotten_are_passed_over() -> None:
    log = log_of(SendLog.CAPACITY + 10)
    newest = log.next_number - 1

    for base in (newest + 1, newest + 30_000, newest - SendLog.CAPACITY, 1, 0):
        assert log.take(make_feedback(1, 2, 0, [(base & 0xFFFF, 0.0)])[0]) == []
    assert len(log.take(make_feedback(1, 2, 0, [(newest - SendLog.CAPACITY + 1, 0.0)])[0])) == 1
    assert SendLog().take(make_feedback(1, 2, 0, [(0, 0.0)])[0]) == []


def test_arrivals_go_on_where_the_receivers_clock_wraps() -> None:
    log = log_of(2)
    (before,) = log.take(TransportFeedback(1, 2, 1, 0x7FFFFF, 0, (0,)))
    (after,) = log.take(TransportFeedback(1, 2, 2, -0x800000, 1, (4,)))

    assert before.arrival_ms is not None
    assert after.arrival_ms == before.arrival_ms + 64 + 1
