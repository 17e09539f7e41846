"""The configuration of VP8 and VP9 tracks: what a browser and a demuxer are told before the first frame."""

from typing import Literal

import pytest

from recording.depacketise.vpx import vpx_config


@pytest.mark.parametrize(
    ("codec", "entry", "text"),
    [("VP8", b"vp08", "vp08.02.31.10"), ("VP9", b"vp09", "vp09.02.31.10")],
)
def test_the_string_and_the_record_say_the_same(
    codec: Literal["VP8", "VP9"], entry: bytes, text: str
) -> None:
    config = vpx_config(codec, (1280, 720), profile=2, depth=10, chroma=1, full_range=True)

    assert (config.codec, config.codec_string, config.entry, config.box) == (codec, text, entry, b"vpcC")
    assert (config.width, config.height) == (1280, 720)
    assert config.record == bytes([1, 0, 0, 0, 2, 31, 10 << 4 | 1 << 1 | 1, 1, 1, 1, 0, 0])


@pytest.mark.parametrize(
    ("size", "level"),
    [
        ((256, 144), "10"),
        ((256, 145), "11"),
        ((1920, 1080), "40"),
        ((3840, 2160), "50"),
        ((7680, 4320), "60"),
    ],
)
def test_the_level_is_the_lowest_that_the_picture_fits(size: tuple[int, int], level: str) -> None:
    config = vpx_config("VP9", size, profile=0, depth=8, chroma=1, full_range=False)

    assert config.codec_string == f"vp09.00.{level}.08"
