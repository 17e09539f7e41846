"""RTP time to wall time, with publishers whose clocks are wrong."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.core.clock_map import ClockMap, ClockWatch, SenderClock, WindowedMinimum

WALL_MS = 1_790_000_000_000.0
RATE = 90_000


def test_nothing_is_known_before_the_first_packet() -> None:
    clock = ClockMap(RATE, SenderClock())

    assert not clock.known
    assert clock.at(0) is None


def test_arrival_stands_in_until_the_first_report() -> None:
    clock = ClockMap(RATE, SenderClock())
    for index, late_ms in enumerate((30, 5, 40)):
        clock.on_packet(index * 3000, WALL_MS + index * 3000 / 90 + late_ms)

    assert clock.known
    assert not clock.from_reports
    assert clock.at(3000) == pytest.approx(WALL_MS + 3000 / 90 + 5)


@pytest.mark.parametrize("wrong_by_ms", [0.0, -3.6e6, 1.5e12])
def test_reports_give_the_capture_time_however_wrong_the_senders_clock(wrong_by_ms: float) -> None:
    sender = SenderClock()
    clock = ClockMap(RATE, sender)
    clock.on_packet(0, WALL_MS + 80)  # 80 ms in the encoder

    for second in range(10):
        captured = WALL_MS + second * 1000
        clock.on_report(second * RATE, captured + wrong_by_ms)
        sender.on_report(captured + wrong_by_ms, captured + (2 if second == 4 else 9))

    assert clock.from_reports
    at = clock.at(10 * RATE)
    assert at == pytest.approx(WALL_MS + 10_000 + 2, abs=0.01)


def test_two_flows_of_one_sender_stand_on_one_axis() -> None:
    sender = SenderClock()
    video, audio = ClockMap(RATE, sender), ClockMap(48_000, sender)
    video.on_report(90_000, 5000)
    sender.on_report(5000, WALL_MS + 50)
    audio.on_report(48_000, 6000)
    sender.on_report(6000, WALL_MS + 1003)

    video_at, audio_at = video.at(90_000 + 9000), audio.at(48_000 - 48 * 900)

    assert video_at == pytest.approx(WALL_MS + 103)
    assert audio_at == pytest.approx(video_at)


def test_timestamps_wrap_without_a_jump() -> None:
    clock = ClockMap(RATE, SenderClock())
    start = 2**32 - 45_000
    previous = None
    for index in range(100):
        clock.on_packet((start + index * 3000) % 2**32, WALL_MS + index * 100 / 3)
        at = clock.at((start + index * 3000) % 2**32)
        assert at is not None
        if previous is not None:
            assert at - previous == pytest.approx(100 / 3, abs=0.01)
        previous = at


def test_a_senders_clock_that_is_set_forward_is_followed_at_once() -> None:
    sender = SenderClock()
    sender.on_report(1000, WALL_MS)

    sender.on_report(7000, WALL_MS + 1000)

    assert sender.offset_ms == WALL_MS - 6000


def test_a_senders_clock_that_is_set_back_is_followed_after_three_reports() -> None:
    sender = SenderClock()
    sender.on_report(10_000, WALL_MS)
    offsets = []

    for second in range(1, 4):
        sender.on_report(5_000 + second * 1000, WALL_MS + second * 1000)
        offsets.append(sender.offset_ms)

    assert offsets == [WALL_MS - 10_000, WALL_MS - 10_000, WALL_MS - 5_000]


def test_noisy_reports_move_the_map_by_little() -> None:
    noise = random.Random(5)
    sender = SenderClock()
    clock = ClockMap(RATE, sender)
    errors = []
    for second in range(60):
        captured = WALL_MS + second * 1000
        clock.on_report(second * RATE + round(noise.uniform(-90, 90)), captured)
        sender.on_report(captured, captured + noise.expovariate(1 / 4))
        at = clock.at(second * RATE)
        assert at is not None
        errors.append(abs(at - captured))

    assert max(errors[10:]) < 2


class Flow:
    """Packets thirty times a second and a report each second, both arriving late by what a test says."""

    def __init__(self) -> None:
        self.sender = SenderClock()
        self.clock = ClockMap(RATE, self.sender)

    def second(
        self, second: int, *, report_late_ms: float | None, packets_late_ms: float = 20.0
    ) -> list[float]:
        """Errors of the map at each packet of this second, ms."""
        errors = []
        if report_late_ms is not None:
            captured = WALL_MS + second * 1000
            self.clock.on_report(second * RATE, captured)
            self.sender.on_report(captured, captured + report_late_ms)
        for frame in range(30):
            ticks = second * RATE + frame * 3000
            captured = WALL_MS + ticks / 90
            self.clock.on_packet(ticks, captured + packets_late_ms)
            at = self.clock.at(ticks)
            assert at is not None
            errors.append(at - captured)
        return errors


def test_what_is_learnt_in_the_first_seconds_counts_at_once() -> None:
    flow = Flow()
    first = flow.second(0, report_late_ms=None, packets_late_ms=200)
    slow = flow.second(1, report_late_ms=180, packets_late_ms=200)
    quick = flow.second(2, report_late_ms=4, packets_late_ms=200)

    assert (set(first), set(slow), set(quick)) == ({200.0}, {180.0}, {4.0})


@pytest.mark.parametrize(
    "report_late_ms", [500.0, -3000.0], ids=["captured after arrival", "captured long ago"]
)
def test_reports_that_do_not_fit_the_packets_give_way_to_their_arrival(report_late_ms: float) -> None:
    flow = Flow()
    errors = [flow.second(second, report_late_ms=report_late_ms) for second in range(3)]

    assert set(errors[-1]) == {20.0}


def test_once_settled_the_map_moves_by_less_than_a_frame_in_ten_seconds() -> None:
    flow = Flow()
    for second in range(7):
        settled = flow.second(second, report_late_ms=60, packets_late_ms=90)
    errors = [
        error
        for second in range(7, 67)
        for error in flow.second(second, report_late_ms=2, packets_late_ms=90)
    ]

    assert set(settled) == {60.0}
    steps = [after - before for before, after in pairwise(errors)]
    assert max(map(abs, steps)) <= 0.051
    assert errors[30 * 10] == pytest.approx(45, abs=0.1)
    assert errors[-1] == pytest.approx(2, abs=0.01)


def test_without_reports_the_map_settles_on_arrivals_and_then_on_the_first_report() -> None:
    flow = Flow()
    for second in range(8):
        flow.second(second, report_late_ms=None, packets_late_ms=50)
    better = flow.second(8, report_late_ms=None, packets_late_ms=10)
    reported = flow.second(9, report_late_ms=3)

    assert better[0] == pytest.approx(50, abs=0.1)
    assert set(reported) == {3.0}


def test_a_real_step_of_the_clock_is_followed_at_once() -> None:
    flow = Flow()
    for second in range(8):
        flow.second(second, report_late_ms=5)
    flow.clock.on_report(8 * RATE, WALL_MS + 8000 - 900)
    flow.sender.on_report(WALL_MS + 8000, WALL_MS + 8005)

    assert flow.second(8, report_late_ms=None) == [pytest.approx(-895)] * 30


def test_capture_times_on_packets_are_believed_before_reports() -> None:
    sender = SenderClock()
    clock = ClockMap(RATE, sender)
    sender.on_report(1000, WALL_MS)
    clock.on_capture_time(0, 1000)

    clock.on_report(0, 1050)

    assert clock.at(0) == pytest.approx(WALL_MS)


def test_a_flow_that_begins_anew_is_learnt_at_once() -> None:
    sender = SenderClock()
    clock = ClockMap(RATE, sender)
    sender.on_report(1000, WALL_MS)
    clock.on_report(0, 1000)

    clock.on_report(90_000 * 5, 2000)

    assert clock.at(90_000 * 5) == pytest.approx(WALL_MS + 1000)


def test_a_map_is_told_when_known_when_moved_and_every_five_seconds() -> None:
    watch = ClockWatch(RATE)

    told = [
        watch.check(0, 1000.0, 0),
        watch.check(90_000, 2001.9, 1000),
        watch.check(180_000, 3002.1, 2000),
        watch.check(180_000, 3002.1, 2001),
        watch.check(540_000, 7002.1, 6999),
        watch.check(540_000, 7002.1, 7000),
    ]

    assert told == [True, False, True, False, False, True]
    watch.forget()
    assert watch.check(540_000, 7002.1, 7001)


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(-1e6, 1e6)), min_size=1, max_size=100))
def test_the_windowed_minimum_is_that_of_the_window(samples: list[tuple[float, float]]) -> None:
    window = WindowedMinimum(100)
    now, kept = 0.0, []

    for step, value in samples:
        now += step
        kept.append((now, value))
        smallest = min(known for at, known in kept if now - at <= 100)
        assert window.add(now, value) == smallest
        assert window.value == smallest
