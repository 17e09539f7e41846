"""The demonstration's pictures run for ever, whether they are kept in memory or decoded anew."""

from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from deploy.launch.demo.pictures import looped_frames, scope_size

FRAMES = 5


def video(path: Path, frames: int) -> Path:
    """A file whose pictures get brighter."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "qp": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(frames):
            grey = np.full((48, 64, 3), 40 + 30 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("kept_bytes", [64 * 1024 * 1024, 0], ids=["kept", "decoded_anew"])
def test_each_round_shows_the_same_pictures_though_the_taker_writes_into_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept_bytes: int
) -> None:
    monkeypatch.setattr("deploy.launch.demo.pictures.KEPT_BYTES", kept_bytes)
    seen = []
    for frame in islice(looped_frames(video(tmp_path / "a.mp4", FRAMES), width=64, height=48), 3 * FRAMES):
        seen.append(int(frame[:48].mean()))
        frame[:] = 0

    assert len(set(seen[:FRAMES])) == FRAMES
    assert seen == seen[:FRAMES] * 3


def test_a_file_without_a_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no picture"):
        next(looped_frames(sound(tmp_path / "a.mp4"), width=64, height=48))


def sound(path: Path) -> Path:
    """A file whose only video stream is empty."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        voice = container.add_stream("aac", rate=48_000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 48_000
        container.mux(voice.encode(silence))
        container.mux(voice.encode(None))
    return path


def test_the_scope_is_as_large_as_its_setting_says() -> None:
    assert scope_size({}) == (1280, 720)
    assert scope_size({"DEMO_SCOPE_SIZE": "640x360"}) == (640, 360)


@pytest.mark.parametrize("named", ["640", "641x360", "64x36", "9999x360", "-640x360", "640x360x2", "six"])
def test_what_is_no_size_of_a_scope_is_refused(named: str) -> None:
    with pytest.raises(ValueError, match="DEMO_SCOPE_SIZE"):
        scope_size({"DEMO_SCOPE_SIZE": named})
