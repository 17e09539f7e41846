import asyncio
import errno
import hashlib
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from platform_api.files.disk import FileDisk
from platform_api.files.errors import FileUnreadable, StorageFull
from platform_api.files.objects import PIECE_BYTES
from platform_api.kernel.ids import FileId, new_id
from platform_api.kernel.sealed_file import CHUNK_BYTES, MAGIC
from platform_api.kernel.sealing import KeyTable, Sealer

MADE = "01a225ea-ee81-7868-8ce1-d69519bf7bde"
CANARY = b"CANARY-of-the-patient-named-Wang"


@pytest.fixture
def disk(tmp_path: Path, sealer: Sealer) -> FileDisk:
    return FileDisk(tmp_path / "files", sealer)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def read(disk: FileDisk, file: FileId, data: bytes, start: int = 0, stop: int | None = None) -> bytes:
    """What is read of the file that was stored with this data."""
    opened = await disk.open(file, sha256(data))
    end = opened.size if stop is None else stop
    return b"".join([piece async for piece in opened.pieces(start, end)])


def lay_plain(disk: FileDisk, data: bytes) -> FileId:
    """A file as a release before sealing left it."""
    file = FileId(new_id())
    disk.path(file).parent.mkdir(parents=True, exist_ok=True)
    disk.path(file).write_bytes(data)
    return file


async def test_what_was_written_is_there_under_a_server_made_name(disk: FileDisk, tmp_path: Path) -> None:
    file = FileId(new_id())
    await disk.write(file, b"bytes")

    assert await read(disk, file, b"bytes") == b"bytes"
    assert [path.name for path in files_in(tmp_path)] == [file]


async def test_CR_nothing_of_a_file_lies_plain_in_the_store(disk: FileDisk, tmp_path: Path) -> None:
    data = CANARY * 10_000
    await disk.write(FileId(new_id()), data)
    disk.seal(lay_plain(disk, data), sha256(data))

    assert len(files_in(tmp_path)) == 2
    assert [path for path in files_in(tmp_path) if CANARY in path.read_bytes()] == []


@pytest.mark.parametrize("start", [0, 1, CHUNK_BYTES, PIECE_BYTES - 1, PIECE_BYTES])
@pytest.mark.parametrize("stop", [PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES + 9])
async def test_any_range_is_read_in_pieces(start: int, stop: int, disk: FileDisk) -> None:
    data, file = os.urandom(2 * PIECE_BYTES + 9), FileId(new_id())
    await disk.write(file, data)

    opened = await disk.open(file, sha256(data))
    pieces = [piece async for piece in opened.pieces(start, stop)]

    assert b"".join(pieces) == data[start:stop]
    assert max(map(len, pieces), default=0) <= PIECE_BYTES


async def test_who_stops_reading_leaves_nothing_open(disk: FileDisk) -> None:
    data, file = bytes(3 * PIECE_BYTES), FileId(new_id())
    await disk.write(file, data)
    before = len(os.listdir("/proc/self/fd"))

    pieces = (await disk.open(file, sha256(data))).pieces(0, len(data))
    await anext(pieces)

    assert len(os.listdir("/proc/self/fd")) == before


async def test_CR_a_file_in_anothers_place_is_not_read(disk: FileDisk) -> None:
    one, other = FileId(new_id()), FileId(new_id())
    await disk.write(one, b"one")
    await disk.write(other, b"other")
    disk.path(other).write_bytes(disk.path(one).read_bytes())

    with pytest.raises(FileUnreadable):
        await read(disk, other, b"other")
    assert await read(disk, one, b"one") == b"one"


async def test_CR_a_file_altered_or_cut_is_not_read(disk: FileDisk) -> None:
    data, file = b"x" * 100, FileId(new_id())
    await disk.write(file, data)
    sealed = disk.path(file).read_bytes()

    for altered in (sealed[:-1], sealed[:-17] + b"y" + sealed[-16:], sealed[:5], b"", data, MAGIC):
        disk.path(file).write_bytes(altered)
        with pytest.raises(FileUnreadable):
            await read(disk, file, data + b"!")


async def test_CR_another_key_reads_nothing_and_an_old_one_still_does(
    disk: FileDisk, tmp_path: Path, sealer: Sealer
) -> None:
    file = FileId(new_id())
    await disk.write(file, b"bytes")
    new_key = Sealer.generate_text("k2")
    new = Sealer.from_text(new_key)
    both = Sealer(KeyTable(new.current, {**sealer.keys, **new.keys}))

    assert await read(FileDisk(tmp_path / "files", both), file, b"bytes") == b"bytes"
    with pytest.raises(FileUnreadable):
        await read(FileDisk(tmp_path / "files", new), file, b"bytes")


async def test_a_plain_file_of_an_earlier_release_is_read_and_then_lies_sealed(disk: FileDisk) -> None:
    data = CANARY * 5_000
    file = lay_plain(disk, data)

    assert disk.plain([file]) == [file]
    assert await read(disk, file, data, 3, CHUNK_BYTES + 1) == data[3 : CHUNK_BYTES + 1]
    assert disk.plain([file]) == []
    assert CANARY not in disk.path(file).read_bytes()


async def test_CR_a_plain_file_that_was_never_stored_is_not_taken_for_one(
    disk: FileDisk, tmp_path: Path
) -> None:
    file = lay_plain(disk, b"planted")

    with pytest.raises(FileUnreadable):
        await read(disk, file, b"stored")

    assert [path.read_bytes() for path in files_in(tmp_path)] == [b"planted"]


def test_sealing_twice_changes_nothing_and_a_sealed_file_keeps_its_time(disk: FileDisk) -> None:
    file = lay_plain(disk, b"bytes")
    moment = (datetime.now(UTC) - timedelta(days=20)).timestamp()
    os.utime(disk.path(file), (moment, moment))

    disk.seal(file, sha256(b"bytes"))
    sealed = disk.path(file).read_bytes()
    disk.seal(file, sha256(b"bytes"))

    assert disk.path(file).read_bytes() == sealed
    assert disk.path(file).stat().st_mtime == pytest.approx(moment)


async def test_two_may_seal_the_same_file_at_once(disk: FileDisk, tmp_path: Path) -> None:
    data = os.urandom(8 * PIECE_BYTES)
    file = lay_plain(disk, data)

    found = await asyncio.gather(*(read(disk, file, data) for _ in range(6)))

    assert found == [data] * 6
    assert [path.name for path in files_in(tmp_path)] == [file]


def test_what_was_set_aside_plain_is_sealed_there(disk: FileDisk, tmp_path: Path) -> None:
    file = lay_plain(disk, CANARY)
    disk.set_aside(file)

    disk.seal_aside()

    aside = tmp_path / "files" / "aside" / file
    assert files_in(tmp_path) == [aside]
    assert aside.read_bytes().startswith(MAGIC)


@pytest.mark.parametrize("what", ["write", "seal"])
async def test_DL_a_kill_before_the_name_is_given_leaves_what_was_there_and_a_draft(
    what: str, disk: FileDisk, tmp_path: Path
) -> None:
    key = Sealer.generate_text("child")
    file = lay_plain(disk, CANARY) if what == "seal" else FileId(new_id())
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.sealing_child",
        str(tmp_path / "files"),
        key,
        what,
        file,
        sha256(CANARY),
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    assert await asyncio.wait_for(child.stdout.readline(), 30) == b"sealed, not synced\n"
    child.kill()
    await child.wait()

    later = datetime.now(UTC) + timedelta(minutes=1)
    assert [path.suffix for path in files_in(tmp_path) if path.name != file] == [".new"]
    assert disk.remove_leftovers(drafts=later, aside=later) == 1
    if what == "write":
        assert files_in(tmp_path) == []
    else:
        assert await read(disk, file, CANARY) == CANARY


async def test_removing_may_be_done_twice(disk: FileDisk) -> None:
    file = FileId(new_id())
    await disk.write(file, b"bytes")
    await disk.remove(file)
    await disk.remove(file)

    assert not disk.path(file).exists()
    with pytest.raises(FileNotFoundError):
        await read(disk, file, b"bytes")


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..", "", "a/b", "/etc/passwd", "C:\\x", f"../{MADE}", f"{MADE}\n", "\0"],
)
async def test_UP_02_no_path_is_built_from_a_clients_name(name: str, disk: FileDisk, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        await disk.write(FileId(name), b"bytes")

    assert not (tmp_path / "files").exists()


@pytest.mark.parametrize("what", ["write", "seal"])
async def test_DL_a_full_disk_is_said_and_leaves_nothing_half_written(
    what: str, disk: FileDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = lay_plain(disk, b"bytes")

    def no_space(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync", no_space)
    sealing = disk.write(FileId(new_id()), b"bytes") if what == "write" else read(disk, plain, b"bytes")
    with pytest.raises(StorageFull):
        await sealing

    assert [path.read_bytes() for path in files_in(tmp_path)] == [b"bytes"]
