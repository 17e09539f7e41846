"""What it takes to hold a line for thin."""

import pytest

from media.allocation.belief import Belief
from media.plane import LineEstimate
from media.plane_python.line import Line
from tests.support.simulated_line import Line as SimulatedLine
from tests.support.simulated_line import Sender


def heard(belief: Belief, *words: tuple[float, int, float, float]) -> list[int | None]:
    """What is believed after each of (second, estimate in kbit/s, queue in ms, part lost); kbit/s."""
    believed = []
    for at_s, kbps, queue_ms, lost in words:
        belief.hear(
            LineEstimate(bitrate_bps=kbps * 1000, fraction_lost=lost, rtt_ms=20.0, queue_ms=queue_ms), at_s
        )
        believed.append(None if belief.carried_bps is None else belief.carried_bps // 1000)
    return believed


def test_a_low_estimate_alone_takes_nothing_from_anybody() -> None:
    falls = [(0.1 * step, 1000 - 50 * step, 55.0, 0.04) for step in range(15)]

    assert heard(Belief(), *falls) == [None] * 15


def test_pauses_of_a_busy_machine_are_no_queue() -> None:
    words = [(0.2 * step, 900, 120.0 if step % 3 else 10.0, 0.0) for step in range(30)]

    assert heard(Belief(), *words) == [None] * 30


@pytest.mark.parametrize(
    ("words", "believed"),
    [
        ([(0, 900, 80, 0), (0.3, 800, 90, 0), (0.5, 700, 90, 0)], [None, None, 700]),
        ([(0, 900, 300, 0)], [900]),
        ([(0, 900, 0, 0.05)], [900]),
    ],
    ids=["a queue that stands", "a long queue", "loss"],
)
def test_a_line_is_thin_once_that_is_seen(
    words: list[tuple[float, int, float, float]], believed: list[int | None]
) -> None:
    assert heard(Belief(), *words) == believed


@pytest.mark.parametrize(
    ("queues", "believed"),
    [
        ((40, 60, 80, 100), [None, None, None, 800]),
        ((40, 60, 58, 80), [None] * 4),
        ((10, 20, 30, 40), [None] * 4),
        ((90, 120, 121, 122), [None] * 4),
    ],
    ids=["with each word", "not with each", "short all the same", "by hardly anything"],
)
def test_a_queue_that_grows_is_seen_before_it_has_stood(
    queues: tuple[float, ...], believed: list[int | None]
) -> None:
    assert heard(Belief(), *((0.06 * at, 800, queue, 0) for at, queue in enumerate(queues))) == believed


@pytest.mark.parametrize(("falls_to_bps", "within_ms"), [(1_500_000, 400), (500_000, 400)])
def test_line_that_falls_under_what_flows_is_believed_within_half_a_second(
    falls_to_bps: int, within_ms: float
) -> None:
    flow_bps, falls_ms = 2_430_000, 10_000.0
    way = SimulatedLine(lambda now_ms: 3e6 if now_ms < falls_ms else falls_to_bps, queue_ms=200)
    sender = Sender(way, goal_bps=flow_bps)
    told, belief = Line(flow_bps), Belief()
    told.estimator = sender.estimator
    before, found_ms = 0, None

    for now_ms in (5.0 * step for step in range(2_400)):
        sender.until(now_ms + 5, now_ms)
        if len(sender.run.estimates) > before:
            before = len(sender.run.estimates)
            estimate = told.estimate_due(now_ms, 50.0)
            if estimate is not None:
                belief.hear(estimate, now_ms / 1000)
        if found_ms is None and belief.carried_bps is not None:
            found_ms = now_ms

    assert found_ms is not None
    assert 0 < found_ms - falls_ms <= within_ms


def test_after_that_more_counts_at_once_and_less_once_it_is_seen_again() -> None:
    words = [(0, 500, 400, 0), (1, 800, 0, 0), (2, 600, 20, 0), (3, 400, 400, 0)]

    assert heard(Belief(), *words) == [500, 800, 800, 400]
