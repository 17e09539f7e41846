"""What the estimator finds on lines on paper, and what it makes of feedback that is late, lost or wrong."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.core.bandwidth.estimator import REMB_AFTER_MS, START_BPS, BandwidthEstimator
from media.core.bandwidth.rate_control import MAX_BPS, MIN_BPS
from media.core.bandwidth.reports import PacketReport
from tests.support.simulated_line import Line, Sender

MBPS = 1e6


def dropped_from_8_to_18_s(now_ms: float) -> float:
    return 4 * MBPS if now_ms < 8_000 or now_ms >= 18_000 else 0.5 * MBPS


def steady(rate_bps: float) -> Callable[[float], float]:
    return lambda _: rate_bps


@dataclass(frozen=True)
class Case:
    """On this line, with this goal, the mean estimate of these seconds lies between these Mbit/s."""

    line: Line
    goal: float
    within: tuple[tuple[float, float, float, float], ...]


CASES = {
    "finds 3 Mbit/s in 5 s": Case(Line(steady(3 * MBPS)), 5, ((4.5, 6, 2.55, 3.45), (6, 30, 2.55, 3.3))),
    "finds it behind a short queue": Case(
        Line(steady(3 * MBPS), queue_ms=60), 5, ((4.5, 6, 2.55, 3.45), (6, 30, 2.55, 3.3))
    ),
    "finds it on a long way": Case(
        Line(steady(3 * MBPS), delay_ms=150), 5, ((4.5, 6, 2.5, 3.45), (6, 30, 2.5, 3.3))
    ),
    "reaches a goal of 18 Mbit/s in 2 s": Case(Line(steady(20 * MBPS)), 18, ((2, 10, 17.9, 18),)),
    "goes no further than the goal": Case(Line(steady(20 * MBPS)), 2, ((2, 10, 1.99, 2),)),
    "follows a drop in 3 s and is back within 15": Case(
        Line(dropped_from_8_to_18_s),
        6,
        ((5, 8, 3.2, 4.6), (10.5, 11, 0.35, 0.55), (11, 18, 0.35, 0.56), (24, 33, 3.2, 4.6)),
    ),
    "is not put off by 2 % loss": Case(Line(steady(3 * MBPS), loss=0.02), 5, ((5, 30, 2.5, 3.4),)),
    "holds half at 10 % loss": Case(
        Line(steady(3 * MBPS), loss=0.1), 5, ((5, 20, 1.5, 3.4), (20, 40, 1.5, 3.4))
    ),
    "lives at 20 % loss": Case(Line(steady(3 * MBPS), loss=0.2), 5, ((5, 30, 0.5, 3.4),)),
    "keeps voice alive on 150 kbit/s": Case(Line(steady(0.15 * MBPS)), 2, ((10, 30, 0.1, 0.2),)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_estimate_on_a_line(case: Case) -> None:
    line = Line(
        case.line.rate_bps, delay_ms=case.line.delay_ms, queue_ms=case.line.queue_ms, loss=case.line.loss
    )
    sender = Sender(line, goal_bps=case.goal * MBPS)

    run = sender.until(case.within[-1][1] * 1000)

    for from_s, to_s, least, most in case.within:
        mean = run.mean(from_s * 1000, to_s * 1000) / MBPS
        assert least <= mean <= most, f"{mean:.2f} Mbit/s from {from_s} to {to_s} s"


def test_where_it_begins_is_no_limit_before_it_was_tried() -> None:
    sender = Sender(Line(steady(2 * MBPS)), goal_bps=8 * MBPS)
    sender.until(100)
    assert sender.estimator.has_feedback
    assert not sender.estimator.is_limited

    sender.until(1_000, start_ms=100)

    assert sender.estimator.is_limited


def test_a_queue_that_stands_is_drained() -> None:
    sender = Sender(Line(steady(3 * MBPS), queue_ms=1_000), goal_bps=5 * MBPS)
    queues = []
    for second in range(5, 40):
        sender.until(second * 1000 + 1000, start_ms=second * 1000)
        queues.append(sender.estimator.queue_ms)

    assert max(queues[2:]) < 160
    assert sum(queues) / len(queues) < 50


def test_a_longer_way_is_not_taken_for_a_queue_for_ever() -> None:
    line = Line(steady(10 * MBPS))
    sender = Sender(line, goal_bps=3 * MBPS)
    sender.until(6_000)
    line.delay_ms = 160

    sender.until(16_000, start_ms=6_000)

    assert sender.estimator.bitrate_bps > 2.5 * MBPS
    assert sender.estimator.queue_ms < 20


def test_nothing_is_probed_without_a_goal_or_before_feedback() -> None:
    estimator = BandwidthEstimator()
    estimator.goal_bps = 5 * MBPS
    assert estimator.next_probe(10_000) is None

    sender = Sender(Line(steady(10 * MBPS)), goal_bps=5 * MBPS)
    sender.estimator.goal_bps = 0
    sender.until(3_000)

    assert sender.estimator.next_probe(3_000) is None
    assert {octets for _, octets, _ in sender.run.sent} == {1200}


def test_a_probe_of_which_nothing_is_heard_is_given_up() -> None:
    sender = Sender(Line(steady(10 * MBPS)), goal_bps=0.5 * MBPS)
    sender.until(1_000)
    estimator = sender.estimator
    estimator.goal_bps = 8 * MBPS
    plan = estimator.next_probe(1_000)
    assert plan is not None
    estimator.probe_began(plan, sender.log.next_number, 1_000)

    assert estimator.next_probe(1_500) is None
    assert [estimator.next_probe(at_ms) for at_ms in (2_001, 2_100, 2_700)] == [None] * 3
    assert estimator.next_probe(2_800) is not None


def test_the_receivers_own_estimate_counts_where_nothing_else_comes() -> None:
    sender = Sender(Line(steady(3 * MBPS)), goal_bps=5 * MBPS)
    assert sender.estimator.on_receiver_estimate(700_000, now_ms=0)
    assert sender.estimator.bitrate_bps == 700_000

    sender.until(4_000)

    assert not sender.estimator.on_receiver_estimate(200_000, now_ms=4_000)
    assert sender.estimator.bitrate_bps > 2 * MBPS
    assert sender.estimator.on_receiver_estimate(200_000, now_ms=4_001 + REMB_AFTER_MS)


REPORTS = st.lists(
    st.tuples(
        st.floats(0, 1e6),
        st.one_of(st.none(), st.floats(-1e12, 1e12)),
        st.integers(1, 1500),
    ),
    max_size=60,
)


@given(st.lists(REPORTS, max_size=8), st.floats(1e5, 1e7))
def test_whatever_a_receiver_says_the_estimate_stays_a_rate(
    told: list[list[tuple[float, float | None, int]]], goal_bps: float
) -> None:
    estimator = BandwidthEstimator()
    estimator.goal_bps = goal_bps
    for index, packets in enumerate(told):
        reports = [
            PacketReport(index * 100 + place, sent_ms, arrival_ms, octets)
            for place, (sent_ms, arrival_ms, octets) in enumerate(packets)
        ]
        estimator.on_reports(reports, now_ms=index * 100.0, rtt_ms=50)
        plan = estimator.next_probe(index * 100.0)
        if plan is not None:
            estimator.probe_began(plan, index * 100, index * 100.0)
            estimator.probe_ended(index * 100 + 130)

        assert MIN_BPS <= estimator.bitrate_bps <= min(MAX_BPS, max(goal_bps, START_BPS)) + 1
        assert 0 <= estimator.fraction_lost <= 1
