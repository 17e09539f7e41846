"""Figures of a flow as RFC 3550 counts them."""

import pytest

from media.core.stats import RateMeter, Reception


def test_loss_since_the_last_report_in_256ths() -> None:
    reception = Reception(90_000)
    for sequence in (65536, 65537, 65539, 65540):
        reception.arrived(sequence, 0, 100, 0)

    first, second = reception.report(), reception.report()

    assert (first.fraction_lost, first.cumulative_lost) == (256 // 5, 1)
    assert (second.fraction_lost, second.cumulative_lost) == (0, 1)
    assert first.highest_sequence == 4
    assert reception.lost == 1


def test_duplicates_never_make_loss_negative() -> None:
    reception = Reception(90_000)
    for _ in range(3):
        reception.arrived(65536, 0, 100, 0)

    assert reception.report().fraction_lost == 0
    assert reception.lost == 0


def test_jitter_is_zero_when_packets_come_as_they_were_made() -> None:
    even, uneven = Reception(90_000), Reception(90_000)
    for index in range(100):
        even.arrived(65536 + index, index * 3000, 100, index * 3000 / 90)
        uneven.arrived(65536 + index, index * 3000, 100, index * 3000 / 90 + (10 if index % 2 else 0))

    assert even.report().jitter == 0
    assert uneven.report().jitter == pytest.approx(900, rel=0.05)


def test_the_rate_is_that_of_the_last_second() -> None:
    meter = RateMeter()

    rates = [
        meter.tick(octets, now_ms) for now_ms, octets in ((0, 0), (500, 9), (1000, 125_000), (2000, 125_000))
    ]

    assert rates == [0, 0, 1_000_000, 0]


def test_nothing_received_reports_nothing() -> None:
    report = Reception(48_000).report()

    assert (report.fraction_lost, report.cumulative_lost, report.highest_sequence) == (0, 0, 0)
