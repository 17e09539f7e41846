"""Sealed records: read from any place, torn only at the end, each at its own place alone."""

import os
import random
from pathlib import Path

import pytest

from platform_api.kernel.sealed_folder import SealedFolder
from platform_api.kernel.sealed_log import MARK, RECORD_BYTES, index_of
from platform_api.kernel.sealing import SealBroken
from tests.support.sealed import made

NAME = "t01p001-00001.m4s"


@pytest.fixture
def folder(tmp_path: Path) -> SealedFolder:
    return made(tmp_path / "rec")


def grown(folder: SealedFolder, *sizes: int) -> bytes:
    """Appends so many bytes each time; gives all of them."""
    pieces = [os.urandom(size) for size in sizes]
    for piece in pieces:
        folder.append(NAME, piece)
    return b"".join(pieces)


def test_any_range_is_the_bytes_that_were_added(folder: SealedFolder) -> None:
    plain = grown(folder, 10, RECORD_BYTES, 1, 3 * RECORD_BYTES + 7, 0, 500)

    edges = [0, 9, 10, 11, RECORD_BYTES + 10, RECORD_BYTES + 11, len(plain) - 1, len(plain)]
    edges += random.sample(range(len(plain)), 20)
    for start in edges:
        for stop in (edge for edge in edges if edge >= start):
            assert folder.read_range(NAME, start, stop) == plain[start:stop]
    assert (folder.size(NAME), folder.read(NAME)) == (len(plain), plain)
    with pytest.raises(ValueError):
        folder.read_range(NAME, 0, len(plain) + 1)


def test_bytes_are_written_anew_without_touching_what_is_there(folder: SealedFolder) -> None:
    plain = bytearray(grown(folder, 100, RECORD_BYTES))
    before = (folder.path / NAME).read_bytes()

    folder.change(NAME, 98, b"abcd")
    plain[98:102] = b"abcd"
    folder.append(NAME, b"after")

    assert folder.read(NAME) == bytes(plain) + b"after"
    assert folder.read_range(NAME, 99, 101) == b"bc"
    assert (folder.path / NAME).read_bytes().startswith(before)


@pytest.mark.parametrize("lost", [1, 16, 44, 45, 99])
def test_a_torn_tail_is_no_record_and_the_next_one_takes_its_place(folder: SealedFolder, lost: int) -> None:
    plain = grown(folder, 300)
    grown(folder, 60)
    path = folder.path / NAME
    os.truncate(path, path.stat().st_size - lost)

    assert folder.read(NAME) == plain
    folder.append(NAME, b"next")

    assert folder.read(NAME) == plain + b"next"


def test_a_tail_that_was_not_written_is_told_by_its_seal(folder: SealedFolder) -> None:
    plain = grown(folder, 300)
    whole = (folder.path / NAME).stat().st_size
    grown(folder, 5000)
    with (folder.path / NAME).open("r+b") as file:
        file.seek(whole + 100)
        file.write(bytes(1000))

    with folder.log(NAME) as log:
        assert log.whole_start() == plain
    folder.cut(NAME, len(plain))

    assert (folder.path / NAME).stat().st_size == whole


@pytest.mark.parametrize("place", [0, 6, 12, 20, 40, -1])
def test_a_flipped_bit_anywhere_does_not_open(folder: SealedFolder, place: int) -> None:
    grown(folder, 300)
    path = folder.path / NAME
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)

    with pytest.raises((SealBroken, ValueError)):
        folder.read_range(NAME, 0, 300)


def test_records_of_another_file_another_place_another_folder_do_not_open(
    folder: SealedFolder, tmp_path: Path
) -> None:
    grown(folder, 300, 300)
    data = (folder.path / NAME).read_bytes()
    half = len(data) // 2
    (folder.path / "moved").write_bytes(data)
    (folder.path / "swapped").write_bytes(data[half:] + data[:half])
    other = made(tmp_path / "other")
    (other.path / NAME).write_bytes(data)

    for place, name in ((folder, "moved"), (folder, "swapped"), (other, NAME)):
        with pytest.raises(SealBroken):
            place.read_range(name, 0, 10)


def test_a_record_left_out_in_the_middle_is_noticed(folder: SealedFolder) -> None:
    grown(folder, 300, 300, 300)
    path = folder.path / NAME
    data = path.read_bytes()
    third = len(data) // 3
    path.write_bytes(data[:third] + data[2 * third :])

    with pytest.raises(SealBroken):
        folder.read(NAME)
    with folder.log(NAME) as log:
        assert len(log.whole_start()) == 300
        assert len(log.what_opens()[0]) == 600


def test_records_behind_a_damaged_header_are_found(folder: SealedFolder) -> None:
    grown(folder, 300, 300, 300)
    path = folder.path / NAME
    data = bytearray(path.read_bytes())
    second = data.index(MARK, 4)
    data[second : second + 8] = b"\xff" * 8
    path.write_bytes(data)

    with path.open("rb") as file:
        index = index_of(file.fileno())

    assert [record.place for record in index.records] == [0, 600]
    assert (index.size, index.octets) == (900, len(data))
