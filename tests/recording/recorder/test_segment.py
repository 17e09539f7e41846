"""Fragments: at most a second or two long, contiguous, cut at keyframes, a guessed duration corrected."""

from pathlib import Path

import pytest

from platform_api.kernel.sealed_folder import SealedFolder
from recording.containers.scan import samples, scan
from recording.depacketise.frames import CodecConfig
from recording.disk import perform
from recording.segment import PartWriter
from tests.support.sealed import made

CONFIG = CodecConfig(
    codec="VP9",
    codec_string="vp09.00.10.08",
    kind="video",
    width=64,
    height=48,
    entry=b"vp09",
    box=b"vpcC",
    record=bytes(12),
)


@pytest.fixture
def folder(tmp_path: Path) -> SealedFolder:
    return made(tmp_path)


def write(
    folder: SealedFolder, times_ms: list[int], *, keyframes: set[int], ticks_ms: list[int]
) -> PartWriter:
    """Adds frames when they are due, cutting at the ticks."""
    part = PartWriter("t01p001", CONFIG)
    waiting = list(times_ms)
    for tick_ms in ticks_ms:
        while waiting and waiting[0] <= tick_ms:
            at_ms = waiting.pop(0)
            part.add(at_ms * 90, at_ms in keyframes, b"x" * 10, at_ms)
        perform(folder, part.cut(tick_ms))
    perform(folder, part.cut(ticks_ms[-1], closing=True))
    part.tell()
    return part


def read_back(folder: SealedFolder, part: PartWriter) -> list[tuple[int, int]]:
    """Time and duration in ms of all samples."""
    data = [folder.read(draft.name) for draft in part.segments]
    return [(each.time // 90, each.duration // 90) for one in data for each in samples(one)]


def test_durations_reach_to_the_next_frame_over_all_fragments(folder: SealedFolder) -> None:
    times = [0, 33, 70, 100, 900, 1500, 1533, 2600, 2700]

    part = write(folder, times, keyframes={0}, ticks_ms=[1000, 2000, 3000])

    back = read_back(folder, part)
    assert [time for time, _ in back] == times
    assert [time + lasts for time, lasts in back[:-1]] == times[1:]


def test_a_frame_that_stands_long_is_on_the_disk_and_its_length_is_corrected(folder: SealedFolder) -> None:
    part = PartWriter("t01p001", CONFIG)
    part.add(0, True, b"first", 0.0)
    part.add(3000, False, b"stands", 33.0)
    perform(folder, part.cut(500.0))
    before = scan(folder.read("t01p001-00001.m4s"))
    perform(folder, part.cut(1500.0))
    after = scan(folder.read("t01p001-00001.m4s"))
    assert (before and before.samples, after and after.samples) == (1, 2)

    part.add(900_000, False, b"next", 10_000.0)
    perform(folder, part.cut(10_500.0, closing=True))

    assert read_back(folder, part)[:2] == [(0, 33), (33, 9966)]
    assert [time for time, _ in read_back(folder, part)] == [0, 33, 10_000]


def test_a_segment_begins_with_a_keyframe_after_four_seconds(folder: SealedFolder) -> None:
    times = list(range(0, 12_000, 100))
    keyframes = set(range(0, 12_000, 1500))

    part = write(folder, times, keyframes=keyframes, ticks_ms=list(range(1000, 13_000, 1000)))

    starts = [draft.start // 90 for draft in part.segments]
    assert starts == [0, 4500, 9000]
    row = part.row()
    assert row is not None
    assert [segment.duration_ms for segment in row.segments] == [4500, 4500, 3000]
    assert [segment.size for segment in row.segments] == [
        folder.size(segment.name) for segment in row.segments
    ]


def test_times_that_go_back_are_moved_forward(folder: SealedFolder) -> None:
    part = write(folder, [0, 40, 20, 80], keyframes={0}, ticks_ms=[1000])

    times = [time for time, _ in read_back(folder, part)]
    assert times == sorted(times)
    assert len(times) == 4
