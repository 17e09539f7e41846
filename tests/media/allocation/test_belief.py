"""What it takes to hold a line for thin."""

import pytest

from media.allocation.belief import Belief
from media.plane import LineEstimate


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


def test_after_that_more_counts_at_once_and_less_once_it_is_seen_again() -> None:
    words = [(0, 500, 400, 0), (1, 800, 0, 0), (2, 600, 20, 0), (3, 400, 400, 0)]

    assert heard(Belief(), *words) == [500, 800, 800, 400]
