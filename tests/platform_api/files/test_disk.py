import errno
import os
from pathlib import Path

import pytest

from platform_api.files.disk import FileDisk
from platform_api.files.errors import StorageFull
from platform_api.kernel.ids import FileId, new_id

MADE = "01a225ea-ee81-7868-8ce1-d69519bf7bde"


async def test_what_was_written_is_there_under_a_server_made_name(tmp_path: Path) -> None:
    disk, file = FileDisk(tmp_path / "files"), FileId(new_id())
    await disk.write(file, b"bytes")

    assert disk.path(file).read_bytes() == b"bytes"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [file]


async def test_removing_may_be_done_twice(tmp_path: Path) -> None:
    disk, file = FileDisk(tmp_path), FileId(new_id())
    await disk.write(file, b"bytes")
    await disk.remove(file)
    await disk.remove(file)

    assert not disk.path(file).exists()


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..", "", "a/b", "/etc/passwd", "C:\\x", f"../{MADE}", f"{MADE}\n", "\0"],
)
async def test_UP_02_no_path_is_built_from_a_clients_name(name: str, tmp_path: Path) -> None:
    root = tmp_path / "store" / "files"
    disk = FileDisk(root)

    with pytest.raises(ValueError):
        await disk.write(FileId(name), b"bytes")

    assert not root.exists()


async def test_DL_a_full_disk_is_said_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, file = FileDisk(tmp_path), FileId(new_id())

    def no_space(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(StorageFull):
        await disk.write(file, b"bytes")

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
