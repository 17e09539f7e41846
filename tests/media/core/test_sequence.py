"""Counters that wrap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.core.sequence import Unwrapper, difference16, difference32


@pytest.mark.parametrize(
    ("newer", "older", "distance"),
    [(1, 0, 1), (0, 65535, 1), (65535, 0, -1), (5, 5, 0), (32767, 0, 32767), (32768, 0, -32768)],
)
def test_distance_is_the_shorter_way_round(newer: int, older: int, distance: int) -> None:
    assert difference16(newer, older) == distance


def test_distance_of_timestamps_crosses_the_wrap() -> None:
    assert difference32(10, 0xFFFFFFFF) == 11
    assert difference32(0xFFFFFFFF, 10) == -11


@given(st.lists(st.integers(-2000, 2000), min_size=1, max_size=200), st.integers(0, 65535))
def test_unwrapping_recovers_any_walk_of_small_steps(steps: list[int], start: int) -> None:
    unwrapper = Unwrapper(16)
    position = first = unwrapper.unwrap(start)
    offset = 0

    for step in steps:
        reference = unwrapper.highest
        offset += step
        assert reference is not None
        if abs(first + offset - reference) < 1 << 15:
            position = unwrapper.unwrap((start + offset) & 0xFFFF)
            assert position == first + offset


def test_looking_teaches_nothing() -> None:
    unwrapper = Unwrapper(16)
    first = unwrapper.unwrap(65535)

    assert unwrapper.peek(2) == first + 3
    assert unwrapper.highest == first
