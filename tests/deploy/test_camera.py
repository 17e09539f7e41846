"""The demonstration's camera under a machine that is kept waiting."""

import io
from collections.abc import Iterator

import av
import numpy as np
import pytest

from deploy.launch.demo.camera import Rhythm, TimedFrames
from deploy.launch.demo.pictures import FPS
from deploy.launch.demo.strip import Stamp, read_stamp, stamp_frame


def test_a_camera_that_was_kept_waiting_loses_frames_and_keeps_its_rhythm() -> None:
    rhythm = Rhythm(100.0)
    period_s = 1 / FPS

    taken = [rhythm.take(100.0 + late * period_s) for late in (0, 1, 2.4, 7.5, 7.6, 8.9, 40.1)]

    assert taken == [0, 1, 2, 7, 8, 9, 40]
    assert rhythm.wait_s(100.0 + 40.2 * period_s) == pytest.approx(0.8 * period_s)
    assert rhythm.wait_s(200.0) == 0


def test_frames_arrive_whole_and_at_their_times() -> None:
    width, height = 640, 360
    packer = TimedFrames(width=width, height=height)
    periods = (0, 1, 2, 7)
    sent = b""
    for counter, period in enumerate(periods):
        picture = np.full((height * 3 // 2, width), 90, np.uint8)
        stamp_frame(picture, height, Stamp(counter, 1234))
        sent += packer.pack(picture, period)

    times, stamps = zip(*unpacked(sent, height), strict=True)
    assert times == pytest.approx([period / FPS for period in periods])
    assert stamps == tuple(Stamp(counter, 1234) for counter in range(len(periods)))


def unpacked(data: bytes, height: int) -> Iterator[tuple[float | None, Stamp | None]]:
    with av.open(io.BytesIO(data), "r") as container:
        for frame in container.decode(video=0):
            yield frame.time, read_stamp(frame.to_ndarray()[:height].astype(np.uint8))
