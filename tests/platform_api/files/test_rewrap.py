"""A new master key while everything runs, and a job that dies in the middle of it (CR-05)."""

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from platform_api.files import FileDisk, Rewrapper
from platform_api.files.model import UploadId
from platform_api.files.parts import Parts
from platform_api.files.rewrap import RewrapFiles, Rewrapped
from platform_api.kernel.ids import FileId, new_id
from platform_api.kernel.sealing import KeyTable, Sealer

OLD, NEW = Sealer.generate_text("old"), Sealer.generate_text("new")
FILES = 60


def keys_at(folder: Path) -> Path:
    path = folder / "sealing.key"
    if not path.exists():
        path.write_text(f"{OLD}\n", encoding="ascii")
    return path


def add_key(path: Path, text: str) -> None:
    half = path.with_suffix(".new")
    half.write_text(f"{path.read_text(encoding='ascii')}{text}\n", encoding="ascii")
    half.replace(path)


async def laid_down(folder: Path, sealer: Sealer) -> dict[FileId, bytes]:
    """Files of both kinds: written at once, and grown by uploads."""
    disk, parts, found = FileDisk(folder, sealer), Parts(folder, sealer), {}
    for number in range(FILES):
        file, data = FileId(new_id()), os.urandom(100 + 5_000 * (number % 7) ** 2)
        found[file] = data
        if number % 2:
            await disk.write(file, data)
            continue
        upload = UploadId(file)
        parts.begin(upload, len(data))
        part = parts.open(upload)
        part.write(data)
        part.close()
        await disk.take(file, parts.path(upload))
        parts.remove(upload)
    return found


async def read_all(folder: Path, sealer: Sealer, files: dict[FileId, bytes]) -> int:
    """How many of these open and are what they were."""
    disk, whole = FileDisk(folder, sealer), 0
    for file, data in files.items():
        opened = await disk.open(file, "")
        whole += b"".join([piece async for piece in opened.pieces(0, opened.size)]) == data
    return whole


async def test_CR_05_a_job_killed_at_any_moment_leaves_no_file_unreadable(tmp_path: Path) -> None:
    keys, folder = keys_at(tmp_path), tmp_path / "files"
    files = await laid_down(folder, Sealer.from_file(keys))
    add_key(keys, NEW)
    kills = 0

    while True:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.support.rewrap_child", str(folder), str(keys)],
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        for _ in range(random.randint(1, FILES // 2) if kills < 6 else FILES + 1):
            if not child.stdout.readline():
                break
        child.kill()
        child.communicate()
        assert await read_all(folder, Sealer.from_file(keys), files) == FILES
        if kills == 6:
            break
        kills += 1

    both = Sealer.from_file(keys)
    rewrapper = Rewrapper(FileDisk(folder, both))
    rewrapper.run(rewrapper.names(), Rewrapped())
    assert rewrapper.by_key() == {"new": FILES}
    assert await read_all(folder, Sealer.from_text(NEW), files) == FILES
    drafts = [path for path in folder.rglob("*.new") if path.is_file()]
    assert len(drafts) <= kills


async def test_CR_05_who_runs_sees_the_new_key_and_reads_under_both(tmp_path: Path) -> None:
    keys, folder = keys_at(tmp_path), tmp_path / "files"
    running = Sealer.from_file(keys)
    before = await laid_down(folder, running)
    add_key(keys, NEW)

    after = await laid_down(folder, running)
    rewrapper, told = Rewrapper(FileDisk(folder, running)), []

    async def progress(fraction: float) -> None:
        told.append(fraction)

    assert rewrapper.by_key() == {"old": FILES, "new": FILES}
    await asyncio.gather(
        rewrapper.work(RewrapFiles(master_key="new"), progress),
        read_all(folder, running, {**before, **after}),
    )
    assert rewrapper.by_key() == {"new": 2 * FILES}
    assert await read_all(folder, Sealer.from_text(NEW), {**before, **after}) == 2 * FILES
    assert told == sorted(told)
    assert told[-1] == 1.0
    done = Rewrapped()
    rewrapper.run(rewrapper.names(), done)
    assert (done.seen, done.changed, done.broken) == (2 * FILES, 0, 0)


async def test_CR_05_another_process_opens_what_was_sealed_under_a_key_that_it_had_not_seen(
    tmp_path: Path,
) -> None:
    keys = keys_at(tmp_path)
    front, worker = Sealer.from_file(keys), Sealer.from_file(keys)
    add_key(keys, NEW)

    sealed = worker.seal(b"by the worker", context="x")

    assert front.open(sealed, context="x") == b"by the worker"
    assert front.current == "new"


def test_a_broken_file_is_told_and_stops_nothing(tmp_path: Path) -> None:
    table = KeyTable.from_text(f"{OLD}\n{NEW}")
    old, new = Sealer.from_text(OLD), Sealer(table)
    disk = FileDisk(tmp_path, old)
    files = [FileId(new_id()) for _ in range(3)]
    for file in files:
        asyncio.run(disk.write(file, b"bytes"))
    disk.path(files[0]).write_bytes(b"SCSEAL1\0 and nothing")
    disk.path(files[1]).unlink()

    done = Rewrapped()
    newer = FileDisk(tmp_path, new)
    Rewrapper(newer).run([(newer, f"{file[-2:]}/{file}") for file in files], done)

    assert (done.seen, done.changed, done.broken) == (3, 1, 1)


@pytest.mark.parametrize("step", ["before", "between", "after"])
def test_CR_05_each_step_of_a_grown_files_head_opens(tmp_path: Path, step: str) -> None:
    """The head is in one slot, in both, or in the other: nobody sees more than these three."""
    old, both = Sealer.from_text(OLD), Sealer.from_text(f"{OLD}\n{NEW}")
    parts, upload = Parts(tmp_path, old), UploadId(new_id())
    parts.begin(upload, 5)
    path = parts.path(upload)
    before = path.read_bytes()
    disk = FileDisk(tmp_path, both)
    Rewrapper(disk).run([(disk, f"parts/{upload}")], Rewrapped())
    after = path.read_bytes()
    between = before[: 8 + 508] + after[8 + 508 :]
    path.write_bytes({"before": before, "between": between, "after": after}[step])

    with Parts(tmp_path, both).opened(upload) as part:
        assert part.size == 5
    Rewrapper(disk).run([(disk, f"parts/{upload}")], Rewrapped())
    with Parts(tmp_path, Sealer.from_text(NEW)).opened(upload) as part:
        assert part.size == 5
