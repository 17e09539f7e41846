"""VP8 becomes playable with every frame at exactly its time, however often the job is killed."""

import asyncio
from pathlib import Path

import pytest

from platform_api.kernel.rooms import Source
from platform_api.kernel.sealed_folder import SealedFolder
from recording.containers.scan import samples
from recording.manifest import Manifest, Part, PartState, RecordingState
from recording.repair import read_manifest, repair, write_manifest
from recording.transcode import TranscodeFailed, mark_failed, pending_parts, transcode_part
from tests.support.packetise import Sender, encode_video
from tests.support.recordings import Stage, files_without_row, rows_without_file, shown, track_of
from tests.support.sealed import folder_of, folders_of


async def vp8_recording(root: Path, count: int = 150) -> tuple[SealedFolder, Part]:
    stage = Stage(root)
    await stage.start()
    stage.clock.advance(3.21)
    sender = Sender("VP8")
    hand = await stage.publish("p1", Source.HAND, sender)
    uneven = [n * 33.3 + (n % 4) * 3 for n in range(count)]
    await stage.play([(hand, sender, encode_video("VP8", count, gop=75, captures_ms=uneven))])
    manifest = await stage.stop()
    (part,) = track_of(manifest, hand).parts
    return stage.folder(), part


def times(folder: SealedFolder, part: Part) -> list[int]:
    return [each.time for row in part.segments for each in samples(folder.read(row.name))]


def part_now(folder: SealedFolder) -> tuple[Manifest, Part]:
    manifest = read_manifest(folder)
    assert manifest is not None
    return manifest, manifest.tracks[0].parts[0]


async def test_frames_keep_their_times_and_contents(tmp_path: Path) -> None:
    folder, before = await vp8_recording(tmp_path)
    expected = times(folder, before)
    told: list[float] = []
    assert [(each.name, part) for each, part in pending_parts(folders_of(tmp_path))] == [("rec", before.id)]

    assert await transcode_part(folder, before.id, told.append)

    manifest, after = part_now(folder)
    assert (after.state, after.codec, after.id) == (PartState.READY, "H264", before.id)
    assert times(folder, after) == expected
    assert [each.counter for each in shown(folder, after)] == list(range(150))
    assert told[-1] == 1.0
    assert files_without_row(folder, manifest) == rows_without_file(folder, manifest) == set()
    assert pending_parts(folders_of(tmp_path)) == []
    assert not await transcode_part(folder, before.id)


async def test_a_killed_job_leaves_the_part_and_is_asked_again(tmp_path: Path) -> None:
    folder, before = await vp8_recording(tmp_path, 60)
    job = asyncio.create_task(transcode_part(folder, before.id))
    while not list(folder.path.glob("t01p001x-*")):
        await asyncio.sleep(0)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert part_now(folder)[1] == before
    for name in ("t01p001x-init.mp4", "t01p001x-00009.m4s"):
        folder.write(name, b"left by an earlier kill")

    assert await transcode_part(folder, before.id)

    manifest, after = part_now(folder)
    assert [each.counter for each in shown(folder, after)] == list(range(60))
    assert {path.name for path in tmp_path.iterdir()} == {"rec"}
    assert repair(folder) == manifest


async def test_a_part_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    folder, before = await vp8_recording(tmp_path, 30)
    first = before.segments[0].name
    folder.write(first, folder.read(first)[:100] + bytes(400))

    with pytest.raises(TranscodeFailed):
        await transcode_part(folder, before.id)
    mark_failed(folder, before.id)

    assert part_now(folder)[1].state is PartState.FAILED
    assert pending_parts(folders_of(tmp_path)) == []


async def test_a_running_recording_is_left_to_its_recorder(tmp_path: Path) -> None:
    folder, before = await vp8_recording(tmp_path, 30)
    manifest, _ = part_now(folder)
    running = manifest.model_copy(update={"state": RecordingState.RECORDING})
    write_manifest(folder, running)

    assert pending_parts(folders_of(tmp_path)) == []
    assert not await transcode_part(folder, before.id)
    assert part_now(folder)[0] == running


async def test_UP_02_a_part_id_is_never_a_path(tmp_path: Path) -> None:
    for name in ("../x", "t01p001/../..", "", "t01p001\0"):
        with pytest.raises(ValueError):
            await transcode_part(folder_of(tmp_path), name)
