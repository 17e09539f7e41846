"""A room's journal keeps what it acknowledged, in order, and nothing half."""

import asyncio
import errno
import os
from pathlib import Path

import pytest

from recording.control import JournalEntry, JournalFull
from recording.journal import FileJournal, FileJournalStore, decode_line, encode_line, read_journal
from recording.store import JOURNAL, NameRefused
from tests.support.sealed import folder_of, folders_of, made, plain_in


def store_at(root: Path) -> FileJournalStore:
    return FileJournalStore(recordings=folders_of(root / "recordings"), rooms=folders_of(root / "rooms"))


def entry(seq: int) -> JournalEntry:
    return JournalEntry(
        seq=seq, at_ms=1_700_000_000_000 + seq, name="marks.changed", data={"名": "标注", "n": seq}
    )


async def test_entries_come_back_in_their_order(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    journal = store.open("r1")

    await asyncio.gather(*(journal.append([entry(2 * n), entry(2 * n + 1)]) for n in range(50)))

    assert [each.seq for each in journal.read()] == list(range(100))
    assert store.open("r1") is journal
    await store.close()
    again = store.open("r1")
    assert again.read()[7] == entry(7)
    await store.close()


async def test_entries_queued_during_a_sync_share_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs = 0
    real = os.fsync

    def counted(descriptor: int) -> None:
        nonlocal syncs
        syncs += 1
        real(descriptor)

    journal = FileJournal(folder_of(tmp_path))
    monkeypatch.setattr(os, "fsync", counted)

    await asyncio.gather(*(journal.append([entry(n)]) for n in range(200)))

    assert syncs <= 2
    assert len(journal.read()) == 200
    await journal.close()


@pytest.mark.parametrize("keep", [0, 1, 11, 30, -1])
async def test_a_torn_tail_is_cut_and_the_next_entry_follows(tmp_path: Path, keep: int) -> None:
    folder, path = made(tmp_path), tmp_path / JOURNAL
    for seq in (1, 2):
        folder.append(JOURNAL, encode_line(entry(seq)))
    whole = path.stat().st_size
    folder.append(JOURNAL, encode_line(entry(3)))
    os.truncate(path, whole + keep if keep >= 0 else path.stat().st_size + keep)

    journal = FileJournal(folder)
    await journal.append([entry(4)])

    assert [each.seq for each in journal.read()] == [1, 2, 4]
    await journal.close()


def test_a_flipped_bit_is_noticed_and_the_entries_after_it_stay(tmp_path: Path) -> None:
    lines = [bytearray(encode_line(entry(n))) for n in range(3)]
    lines[1][30] ^= 1
    folder = made(tmp_path)
    folder.write(JOURNAL, b"".join(lines))

    assert [each.seq for each in read_journal(folder)] == [0, 2]
    assert decode_line(bytes(lines[1][:-1])) is None


@pytest.mark.parametrize("flipped", [0, 5, 9, 20, 60])
async def test_a_damaged_record_is_passed_over_and_the_journal_goes_on(tmp_path: Path, flipped: int) -> None:
    folder, ends = made(tmp_path), [0]
    for seq in range(3):
        folder.append(JOURNAL, encode_line(entry(seq)))
        ends.append((tmp_path / JOURNAL).stat().st_size)
    data = bytearray((tmp_path / JOURNAL).read_bytes())
    data[ends[1] + flipped] ^= 1
    (tmp_path / JOURNAL).write_bytes(data)

    journal = FileJournal(folder)
    await journal.append([entry(3)])

    assert [each.seq for each in journal.read()] == [0, 2, 3]
    await journal.close()


async def test_a_journal_of_a_release_before_sealing_is_sealed_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes(encode_line(entry(1)) + encode_line(entry(2))[:20])

    journal = FileJournal(folder_of(tmp_path))
    await journal.append([entry(3)])

    assert [each.seq for each in journal.read()] == [1, 3]
    assert plain_in(tmp_path, (b"marks.changed",)) == []
    await journal.close()


@pytest.mark.parametrize("line", [b"", b"x", b'["', b'["00000000",]', b'["00000000",{}]', b"\xff" * 40])
def test_foreign_lines_are_no_entries(line: bytes) -> None:
    assert decode_line(line) is None


async def test_a_full_disk_keeps_nothing_of_the_refused_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = FileJournal(folder_of(tmp_path))
    await journal.append([entry(1)])
    real = os.write

    def half(descriptor: int, data: memoryview) -> int:
        real(descriptor, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "write", half)
        with pytest.raises(JournalFull):
            await journal.append([entry(2)])
    assert [each.seq for each in read_journal(folder_of(tmp_path))] == [1]

    await journal.append([entry(2)])

    assert [each.seq for each in journal.read()] == [1, 2]
    assert folder_of(tmp_path).read(JOURNAL).count(b"\n") == 2
    await journal.close()


async def test_low_space_refuses_before_it_writes(tmp_path: Path) -> None:
    journal = FileJournal(folder_of(tmp_path), min_free_part=1.1)

    with pytest.raises(JournalFull):
        await journal.append([entry(1)])

    assert (tmp_path / JOURNAL).stat().st_size == 0
    await journal.close()


async def test_one_process_holds_it_and_a_closed_one_takes_nothing(tmp_path: Path) -> None:
    journal = FileJournal(folder_of(tmp_path))
    with pytest.raises(OSError):
        FileJournal(folder_of(tmp_path))

    await journal.close()
    await journal.close()

    with pytest.raises(JournalFull):
        await journal.append([entry(1)])


@pytest.mark.parametrize("key", ["../x", "a/b", "", ".", "..", "a\0", "x" * 200, "rooms/../.."])
def test_UP_02_no_journal_lies_outside_the_store(tmp_path: Path, key: str) -> None:
    store = store_at(tmp_path)

    with pytest.raises(NameRefused):
        store.open(key)
    assert list(tmp_path.iterdir()) == []


async def test_UP_02_rooms_named_by_people_become_digests(tmp_path: Path) -> None:
    store = store_at(tmp_path)

    await store.open("room:../../etc").append([entry(1)])

    (place,) = (tmp_path / "rooms").iterdir()
    assert len(place.name) == 32
    await store.close()
