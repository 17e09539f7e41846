"""DL-04 for recordings: a full disk closes them cleanly, harms nothing, and they go on after."""

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from platform_api.kernel.rooms import Source
from recording.manifest import RecordingState
from recording.repair import repair
from tests.support.packetise import Sender, encode_video
from tests.support.recordings import Stage, files_without_row, rows_without_file, shown, track_of

MEGABYTE = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MB of our own."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("NOT PROVED HERE: a full disk needs root and mount(8) to be tried")
    yield place
    subprocess.run(["umount", str(place)], check=True)


async def test_DL_04_a_full_disk_interrupts_and_space_resumes(small_disk: Path) -> None:
    root = small_disk / "recordings"
    stage = Stage(root)
    await stage.start()
    sender = Sender("H264")
    scope = await stage.publish("p1", Source.SCOPE, sender)
    await stage.play([(scope, sender, encode_video("H264", 90, gop=30))])
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(62 * MEGABYTE))

    await stage.play([(scope, sender, encode_video("H264", 60, gop=30, first=500))], base_ms=stage.now_ms())
    refused = repair(stage.folder())
    assert refused is not None
    assert refused.state is RecordingState.INTERRUPTED
    assert files_without_row(stage.folder(), refused) == rows_without_file(stage.folder(), refused) == set()
    ballast.unlink()
    await stage.tick_at(stage.now_ms() + 1000)
    await stage.play([(scope, sender, encode_video("H264", 60, gop=30, first=900))], base_ms=stage.now_ms())
    manifest = await stage.stop()

    states = [change.state for change in stage.changes]
    assert states == ["recording", "interrupted", "recording", "complete"]
    counters = [
        picture.counter for part in track_of(manifest, scope).parts for picture in shown(stage.folder(), part)
    ]
    assert counters[:90] == list(range(90))
    assert counters[-60:] == list(range(900, 960))
    assert files_without_row(stage.folder(), manifest) == rows_without_file(stage.folder(), manifest) == set()


async def test_a_write_that_is_refused_halfway_leaves_what_was_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path)
    await stage.start()
    sender = Sender("H264")
    scope = await stage.publish("p1", Source.SCOPE, sender)
    await stage.play([(scope, sender, encode_video("H264", 60, gop=30))])
    real = os.write

    def refuse(descriptor: int, data: memoryview) -> int:
        real(descriptor, data[: len(data) // 3])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "write", refuse)
        await stage.play(
            [(scope, sender, encode_video("H264", 45, gop=30, first=500))], base_ms=stage.now_ms()
        )
    await stage.tick_at(stage.now_ms() + 1000)
    await stage.play([(scope, sender, encode_video("H264", 30, gop=30, first=900))], base_ms=stage.now_ms())
    manifest = await stage.stop()

    counters = [
        picture.counter for part in track_of(manifest, scope).parts for picture in shown(stage.folder(), part)
    ]
    assert counters[:59] == list(range(59))
    assert counters[-30:] == list(range(900, 930))
    assert "interrupted" in [change.state for change in stage.changes]
