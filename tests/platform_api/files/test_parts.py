"""The bytes of an upload under way, whatever kills who writes them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from platform_api.files.errors import StorageFull
from platform_api.files.model import UploadId
from platform_api.files.parts import Parts
from platform_api.kernel.growing_file import CHUNK_BYTES
from platform_api.kernel.ids import new_id
from platform_api.kernel.sealing import Sealer

KEY = Sealer.generate_text("k1")


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts(tmp_path, Sealer.from_text(KEY))


def begun(parts: Parts, size: int) -> UploadId:
    upload = UploadId(new_id())
    parts.begin(upload, size)
    return upload


@pytest.mark.parametrize("kill_after", [1, 3, 6])
def test_DL_01_a_killed_server_goes_on_from_what_it_had(
    parts: Parts, tmp_path: Path, kill_after: int
) -> None:
    data = os.urandom(600_000)
    upload = begun(parts, len(data))
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.support.long_upload_child", str(tmp_path), KEY, upload],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    for number in range(kill_after):
        child.stdin.write(data[number * 70_000 : (number + 1) * 70_000])
        child.stdin.flush()
        while int(child.stdout.readline()) < (number + 1) * 70_000:
            pass
    child.kill()
    child.communicate()

    part = parts.open(upload)
    assert part.offset >= kill_after * 70_000 - CHUNK_BYTES
    part.write(data[part.offset :])
    part.close()

    with parts.opened(upload) as whole:
        assert whole.file.is_whole
        assert whole.file.read(0, len(data)) == data


def test_what_makes_no_chunk_waits_sealed_beside_it(parts: Parts, tmp_path: Path) -> None:
    upload = begun(parts, CHUNK_BYTES + 10)
    for data in (b"canary-1", b"canary-2"):
        part = parts.open(upload)
        part.write(data)
        part.close()
        part.close()

    with parts.opened(upload) as part:
        assert part.offset == 16
    assert [path for path in tmp_path.rglob("*") if path.is_file() and b"canary" in path.read_bytes()] == []
    part = parts.open(upload)
    part.write(bytes(CHUNK_BYTES - 6))
    part.close()
    with parts.opened(upload) as part:
        assert part.file.read(0, 16) == b"canary-1canary-2"
    assert [path.name for path in parts.path(upload).parent.iterdir()] == [upload]


def test_a_rest_that_chunks_have_overtaken_counts_for_nothing(parts: Parts) -> None:
    upload = begun(parts, 3 * CHUNK_BYTES)
    part = parts.open(upload)
    part.write(b"early")
    part.close()
    rest = parts.path(upload).with_name(f"{upload}.rest")
    kept = rest.read_bytes()
    part = parts.open(upload)
    part.write(bytes(CHUNK_BYTES))
    part.close()
    assert rest.read_bytes() != kept
    rest.write_bytes(kept)

    with parts.opened(upload) as part:
        assert part.offset == CHUNK_BYTES


@pytest.mark.parametrize(
    "upload",
    [
        "../evil",
        "/etc/passwd",
        "",
        "01A2278F-8BC8-7EEB-9DD1-AB6D2B3A5BA4",
        "01a2278f-8bc8-74f8-adcd-cf6c28272a20/x",
    ],
)
def test_UP_02_only_ids_of_the_server_have_a_place(parts: Parts, upload: str) -> None:
    with pytest.raises(ValueError):
        parts.begin(UploadId(upload), 1)


def test_DL_a_full_disk_is_told_as_one(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = begun(parts, CHUNK_BYTES)

    def full(_: int) -> None:
        raise OSError(28, "no space")

    part = parts.open(upload)
    part.write(bytes(100))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        part.close()
    assert part.stream.closed


def test_CR_05_what_makes_no_chunk_yet_comes_under_a_new_master_key(tmp_path: Path) -> None:
    data = os.urandom(CHUNK_BYTES + 1_000)
    upload = begun(Parts(tmp_path, Sealer.from_text(KEY)), len(data) + 10)
    rotated = Parts(tmp_path, Sealer.from_text(f"{KEY}\n{Sealer.generate_text('k2')}"))
    part = Parts(tmp_path, Sealer.from_text(KEY)).open(upload)
    part.write(data)
    part.close()
    (name,) = rotated.sealed_files()
    assert rotated.key_of(name) == "k1"

    writer = rotated.open(upload)
    assert not rotated.rewrap(name), "whoever writes to it seals it when that is done"
    writer.stream.close()

    assert rotated.rewrap(name)
    assert not rotated.rewrap(name)
    assert rotated.key_of(name) == "k2"
    with rotated.opened(upload) as there:
        assert there.offset == len(data)


def test_a_rest_whose_upload_is_gone_is_not_there(parts: Parts) -> None:
    with pytest.raises(FileNotFoundError):
        parts.rewrap(f"{new_id()}.rest")
