"""The strip is read back as it was written, also from a picture scaled down, and damage is noticed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.launch.demo.strip import Stamp, read_stamp, stamp_frame, strip_height, write_stamp


def picture(width: int = 640, height: int = 360) -> np.ndarray:
    return np.full((height, width), 90, np.uint8)


@given(counter=st.integers(0, 2**24 - 1), clock_ms=st.integers(0, 2**32 - 1))
def test_a_stamp_reads_back(counter: int, clock_ms: int) -> None:
    luma = picture()

    write_stamp(luma, Stamp(counter, clock_ms))

    assert read_stamp(luma) == Stamp(counter, clock_ms)


@pytest.mark.parametrize("part", [2, 4])
def test_a_stamp_survives_scaling_down(part: int) -> None:
    luma = picture(1280, 720)
    write_stamp(luma, Stamp(70_000, 3_000_000_001))

    assert read_stamp(luma[::part, ::part]) == Stamp(70_000, 3_000_000_001)


def test_counter_and_clock_wrap() -> None:
    luma = picture()

    write_stamp(luma, Stamp(2**24 + 5, 2**32 + 9))

    assert read_stamp(luma) == Stamp(5, 9)


def test_no_strip_and_a_damaged_strip_read_as_none() -> None:
    plain, damaged = picture(), picture()
    write_stamp(damaged, Stamp(1, 2))
    damaged[-strip_height(360) :, 400:480] = 235

    assert read_stamp(plain) is None
    assert read_stamp(damaged) is None


def test_the_strip_lies_at_the_lower_edge_only() -> None:
    luma = picture()

    write_stamp(luma, Stamp(1, 2))

    assert (luma[: 360 - strip_height(360)] == 90).all()


def test_the_strip_of_a_frame_has_no_colour() -> None:
    frame = np.full((540, 640), 90, np.uint8)

    stamp_frame(frame, 360, Stamp(1, 2))

    planes = frame[360:].reshape(2, 180, 320)
    assert read_stamp(frame[:360]) == Stamp(1, 2)
    assert (planes[:, 180 - strip_height(360) // 2 :, :] == 128).all()
    assert (planes[:, : 180 - strip_height(360) // 2, :] == 90).all()
