"""DL-02: kill -9 of the recorder at random moments loses at most 3 s, and every file plays afterwards."""

import asyncio
import pickle
import random
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import av

from platform_api.kernel.clock import ManualClock
from platform_api.kernel.rooms import Source
from platform_api.kernel.sealed_folder import SealedFolder
from recording.containers.scan import scan
from recording.manifest import Manifest, RecordingState
from recording.names import init_of
from recording.repair import read_manifest, repair, write_manifest
from tests.support.packetise import Sender, encode_video, encode_voice
from tests.support.recorder_child import SPEED
from tests.support.recordings import START, Stage, files_without_row, rows_without_file
from tests.support.sealed import folder_of

ROOT = Path(__file__).resolve().parents[3]
KILLS = 10


async def run_until_killed(clips: Path, root: Path, start_ms: float, media_s: float) -> float:
    """Runs a recorder from this wall time on, kills it; gives the wall time up to which it had been fed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.recorder_child",
        str(clips),
        str(root),
        str(start_ms),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert child.stdout is not None
    told = [await child.stdout.readline() for _ in range(int(media_s))]
    await asyncio.sleep(random.random() / SPEED)
    child.kill()
    rest = (await child.stdout.read()).splitlines()
    await child.wait()
    assert told[-1], "the recorder ended by itself"
    return float((rest or told)[-1])


def end_ms(manifest: Manifest, kind: str) -> float:
    """Wall time up to which tracks of this kind are on the disk."""
    ends = [part.end_ms for track in manifest.tracks if track.kind == kind for part in track.parts]
    return manifest.origin_ms + max(ends)


def plays(folder: SealedFolder, manifest: Manifest) -> int:
    """Decodes every part of the manifest to its end; gives the number of frames."""
    frames = 0
    for track in manifest.tracks:
        for part in track.parts:
            names = [init_of(part.segments[0].name), *(segment.name for segment in part.segments)]
            with av.open(BytesIO(b"".join(map(folder.read, names))), "r") as container:
                count = sum(1 for _ in container.decode(container.streams[0]))
            assert count > 0
            frames += count
    return frames


async def test_DL_02_kill_of_the_recorder_loses_at_most_3_s(tmp_path: Path) -> None:
    clips, root = tmp_path / "clips", tmp_path / "recordings"
    folder = folder_of(root / "rec")
    clips.write_bytes(pickle.dumps((encode_video("H264", 50, fps=25, gop=25), encode_voice(2))))
    start_ms = START.timestamp() * 1000
    worst_ms = 0.0

    for _ in range(KILLS):
        fed_ms = await run_until_killed(clips, root, start_ms, random.uniform(3, 8))
        manifest = repair(folder_of(root / "rec"))
        assert manifest is not None
        assert files_without_row(folder, manifest) == rows_without_file(folder, manifest) == set()
        lost = [fed_ms - end_ms(manifest, kind) for kind in ("video", "audio")]
        worst_ms = max(worst_ms, *lost)
        assert max(lost) <= 3000
        start_ms = fed_ms + 1500

    stage = Stage(root, clock=ManualClock(datetime.fromtimestamp(start_ms / 1000, UTC)))
    await stage.start()
    manifest = await stage.stop()
    assert manifest.state is RecordingState.COMPLETE
    assert manifest.origin_ms == START.timestamp() * 1000
    assert all(KILLS // 2 < len(track.parts) <= KILLS for track in manifest.tracks)
    assert plays(folder, manifest) > 25 * KILLS
    for track in manifest.tracks:
        starts = [part.start_ms for part in track.parts]
        assert starts == sorted(starts)


def test_repair_is_right_at_every_cut(tmp_path: Path) -> None:
    """A segment cut anywhere is repaired to whole fragments, and repairing again changes nothing."""
    asyncio.run(_record(tmp_path))
    folder = folder_of(tmp_path / "rec")
    manifest = read_manifest(folder)
    assert manifest is not None
    last = folder.path / manifest.tracks[0].parts[0].segments[-1].name
    whole = last.read_bytes()
    running = manifest.model_copy(update={"state": RecordingState.RECORDING})

    for keep in sorted(random.sample(range(len(whole)), 25)):
        write_manifest(folder, running)
        last.write_bytes(whole[:keep])
        with folder.log(last.name) as log:
            found = scan(log.whole_start())
        repaired = repair(folder)
        assert repaired is not None
        assert last.exists() == (found is not None)
        assert files_without_row(folder, repaired) == rows_without_file(folder, repaired) == set()
        assert repair(folder) == repaired
        assert plays(folder, repaired) > 0


async def _record(root: Path) -> None:
    sender = Sender("H264")
    stage = Stage(root)
    await stage.start()
    scope = await stage.publish("p1", Source.SCOPE, sender)
    await stage.play([(scope, sender, encode_video("H264", 240, gop=30))])
    await stage.stop()


async def test_strangers_and_unfinished_files_go(tmp_path: Path) -> None:
    await _record(tmp_path)
    folder = folder_of(tmp_path / "rec")
    for name in ("t09p001-00001.m4s", "t09p001-init.mp4", "manifest.json.new", "t09p001.m3u8"):
        (folder.path / name).write_bytes(b"x")
    folder.write("journal.jsonl", b"kept")

    manifest = repair(folder)

    assert manifest is not None
    assert files_without_row(folder, manifest) == set()
    assert folder.read("journal.jsonl") == b"kept"
    assert not list(folder.path.glob("t09*")) + list(folder.path.glob("*.new"))
