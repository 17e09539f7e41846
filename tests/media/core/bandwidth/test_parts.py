"""The estimator's parts, each by itself."""

import pytest

from media.core.bandwidth.acknowledged import WINDOW_MS, AcknowledgedRate
from media.core.bandwidth.groups import Delta, PacketGroups
from media.core.bandwidth.loss import LossControl
from media.core.bandwidth.overuse import MAX_THRESHOLD_MS, MIN_THRESHOLD_MS, OveruseDetector, Usage
from media.core.bandwidth.probing import DURATION_MS, ProbePlan, ProbeWatch
from media.core.bandwidth.queue_delay import BASE_WINDOW_MS, DRAIN_MS, QueueDelay
from media.core.bandwidth.rate_control import BETA, RateControl
from media.core.bandwidth.reports import PacketReport


def deltas(extra_ms: float, count: int, begin_ms: float = 0.0) -> list[Delta]:
    """Groups sent each 20 ms whose delay grows by `extra_ms` each time."""
    return [Delta(20, 20 + extra_ms, begin_ms + index * (20 + extra_ms)) for index in range(count)]


def test_packets_of_one_burst_are_compared_as_one() -> None:
    groups = PacketGroups()
    packets = [(0, 100), (1, 101), (4, 103), (20, 125), (23, 130), (21, 131), (3, 132), (40, 150), (60, 175)]

    told = [groups.add(sent_ms, arrival_ms) for sent_ms, arrival_ms in packets]

    assert [delta for delta in told if delta] == [Delta(19, 28, 131), Delta(17, 19, 150)]


def test_what_left_apart_but_came_in_one_burst_waited_together() -> None:
    groups = PacketGroups()
    packets = [(0, 100), (20, 160), (40, 161), (60, 162), (80, 200), (100, 220)]

    told = [groups.add(sent_ms, arrival_ms) for sent_ms, arrival_ms in packets]

    assert [delta for delta in told if delta] == [Delta(60, 62, 162), Delta(20, 38, 200)]


def test_use_is_over_while_delay_grows_and_under_while_it_falls() -> None:
    detector = OveruseDetector()
    assert {detector.add(delta) for delta in deltas(0, 40)} == {Usage.NORMAL}

    grown = [detector.add(delta) for delta in deltas(5, 30, 1_000)]
    fallen = [detector.add(delta) for delta in deltas(-5, 40, 2_000)]

    assert Usage.OVER in grown[:20]
    assert fallen[-1] is Usage.UNDER


def test_the_threshold_follows_what_is_usual_within_bounds() -> None:
    detector = OveruseDetector()
    for index in range(6_000):
        detector.add(Delta(20, 20, index * 20.0))
    assert detector.threshold_ms == pytest.approx(MIN_THRESHOLD_MS, abs=0.01)

    for index, delta in enumerate(deltas(1.1, 3_000, 120_000)):
        detector.add(delta)
        assert detector.threshold_ms <= MAX_THRESHOLD_MS, index
    assert detector.threshold_ms > 10


def test_the_acknowledged_rate_is_that_of_the_last_half_second() -> None:
    assert AcknowledgedRate().bitrate_bps is None
    rate = AcknowledgedRate()
    for at_ms in range(0, 1_000, 10):
        rate.add(at_ms, 1_000)
    assert rate.bitrate_bps == pytest.approx(800_000, rel=0.03)

    rate.add(990 + WINDOW_MS, 1_000)

    assert rate.bitrate_bps == 2 * 1_000 * 8_000 / WINDOW_MS
    rate.add(60_000, 1_000)
    assert rate.bitrate_bps is None


def test_a_queue_is_measured_from_the_best_of_the_last_minute() -> None:
    queue = QueueDelay()
    queue.add(0, 500)
    for at_ms in range(10, 2_000, 10):
        queue.add(at_ms, at_ms + 580)
    assert queue.queue_ms == pytest.approx(80, abs=1)

    for at_ms in range(2_000, 2_000 + int(2 * BASE_WINDOW_MS) + 20, 10):
        queue.add(at_ms, at_ms + 580)

    assert queue.queue_ms == pytest.approx(0, abs=1)


def test_a_queue_that_less_does_not_shorten_is_a_longer_way() -> None:
    queue = QueueDelay()
    queue.add(0, 0)
    for at_ms in range(10, 500, 10):
        queue.add(at_ms, at_ms + 90)

    assert queue.drain_due(500)
    assert not queue.drain_due(500 + DRAIN_MS / 2)
    assert not queue.drain_due(500 + DRAIN_MS)
    queue.add(2_000, 2_090)
    assert queue.queue_ms == 0


def test_loss_cuts_only_beyond_chance_and_not_twice_for_one_time() -> None:
    def after(lost: int, total: int) -> tuple[float | None, bool]:
        control = LossControl()
        assert control.due(0) is None
        for index in range(total):
            control.add(100, lost=index < lost)
        return control.due(300), control.may_rise

    assert after(0, 100) == (None, True)
    assert after(3, 100) == (None, True)
    assert after(8, 100) == (None, False)
    assert after(14, 100) == (None, False)
    assert after(30, 100) == (0.15, False)
    assert after(3, 10) == (None, True)

    control = LossControl()
    control.due(0)
    for _ in range(50):
        control.add(100, lost=True)
    assert control.due(300) == 0.5
    for _ in range(50):
        control.add(200, lost=True)
    assert control.due(2_000) is None


def test_rates_rise_by_shares_far_from_what_filled_the_line_and_by_steps_near_it() -> None:
    control = RateControl(1_000_000)

    def update(usage: Usage, acknowledged: float, now_ms: float) -> float:
        before = control.rate_bps
        control.update(usage, acknowledged, now_ms=now_ms, rtt_ms=50, may_rise=True, ceiling_bps=10_000_000)
        return control.rate_bps - before

    update(Usage.NORMAL, 1_000_000, 0)
    assert update(Usage.NORMAL, 1_000_000, 1_000) == pytest.approx(80_000)
    update(Usage.OVER, 1_000_000, 1_100)
    assert control.rate_bps == BETA * 1_000_000
    assert update(Usage.UNDER, 900_000, 1_200) == 0
    assert update(Usage.NORMAL, 900_000, 1_300) == 0
    assert update(Usage.NORMAL, 990_000, 2_300) == pytest.approx(68_000, rel=0.01)
    while control.rate_bps < 960_000:
        update(Usage.NORMAL, 990_000, 3_300)
    near = update(Usage.NORMAL, 990_000, 4_300)
    assert 4_000 <= near <= 33_000
    control.rate_bps = 2_000_000
    assert update(Usage.NORMAL, 990_000, 5_300) == 0


def test_a_probe_tells_the_lesser_of_what_was_sent_and_what_came() -> None:
    def result(sent_gap_ms: float, came_gap_ms: float, come: int = 10) -> float | None:
        probe = ProbeWatch(ProbePlan(2_000_000, DURATION_MS), 5, 0.0)
        probe.ended(14)
        for index in range(come):
            probe.add(PacketReport(5 + index, index * sent_gap_ms, 900 + index * came_gap_ms, 1_000))
        probe.add(PacketReport(15, 100, 2_000, 1_000))
        assert probe.is_over(14, 10)
        return probe.result_bps()

    assert result(4, 4) == pytest.approx(2_000_000)
    assert result(4, 3) == pytest.approx(2_000_000)
    assert result(4, 8) == pytest.approx(950_000)
    assert result(4, 1) is None
    assert result(0, 4) is None
    assert result(4, 4, come=5) is None
