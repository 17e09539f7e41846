"""The event log of a room: an append-only file of JSON lines, each with its own checksum, in sealed records.

A line is `["crc32",{entry}]`, the checksum in eight hex digits over the bytes of the entry. An
append returns when its lines are fsynced; appends that arrive while the disk works share the next fsync,
and a record.
"""

import asyncio
import fcntl
import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from platform_api.kernel.disk import sync_directory, write_all
from platform_api.kernel.log import get_logger
from platform_api.kernel.sealed_folder import SealedFolder, SealedFolders
from platform_api.kernel.tasks import TaskOwner
from recording.control import JournalEntry, JournalFull
from recording.store import JOURNAL, free_part, recording_folder, room_folder

ROOM_KEY: Final = "room:"
MIN_FREE_PART: Final = 0.01
MAX_LINE_BYTES: Final = 4 * 1024 * 1024
_HEAD: Final = len('["00000000",')


def encode_line(entry: JournalEntry) -> bytes:
    """The entry as one line of the file."""
    body = json.dumps(asdict(entry), ensure_ascii=False, separators=(",", ":")).encode()
    return b'["%08x",%b]\n' % (zlib.crc32(body), body)


def decode_line(line: bytes) -> JournalEntry | None:
    """The entry of a line without its newline; None if the line is torn or damaged."""
    body = line[_HEAD:-1]
    if line[:_HEAD] != b'["%08x",' % zlib.crc32(body) or line[-1:] != b"]":
        return None
    try:
        fields: dict[str, Any] = json.loads(body)
        return JournalEntry(
            seq=fields["seq"], at_ms=fields["at_ms"], name=fields["name"], data=fields["data"]
        )
    except (ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class Contents:
    """What a journal holds: its entries, and how many lines between them were bad."""

    entries: tuple[JournalEntry, ...]
    damaged: int


def parse(data: bytes) -> Contents:
    """Reads a whole file. A bad line between good ones is skipped and counted; a bad tail is not counted."""
    entries: list[JournalEntry] = []
    at = bad = damaged = 0
    while (end := data.find(b"\n", at)) >= 0:
        entry = decode_line(data[at:end])
        at = end + 1
        if entry is None:
            bad += 1
            continue
        damaged, bad = damaged + bad, 0
        entries.append(entry)
    return Contents(tuple(entries), damaged)


def read_journal(folder: SealedFolder) -> tuple[JournalEntry, ...]:
    """The entries of a journal that another process may be writing; where there is none, none."""
    try:
        with folder.log(JOURNAL) as log:
            return parse(log.what_opens()[0]).entries
    except FileNotFoundError:
        return ()


@dataclass(slots=True)
class _Pending:
    data: bytes
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class FileJournal:
    """One room's journal on the disk: a `RoomJournal`. One process at a time may hold it open."""

    def __init__(self, folder: SealedFolder, *, min_free_part: float = MIN_FREE_PART) -> None:
        """Opens or begins the file and cuts a torn tail; raises JournalFull, or OSError if it is held."""
        self._folder = folder
        self._min_free_part = min_free_part
        self._log = get_logger("journal")
        try:
            folder.make()
            path = folder.path / JOURNAL
            new = not path.exists()
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise JournalFull(JOURNAL) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if new:
                sync_directory(folder.path)
            self._torn = self._cut_tail()
            with folder.log(JOURNAL) as log:
                self._size, self._place = log.index.octets, log.size
        except OSError:
            os.close(self._descriptor)
            raise
        self._queue: list[_Pending] = []
        self._idle = asyncio.Event()
        self._idle.set()
        self._tasks = TaskOwner("journal")
        self.closed = False

    def _cut_tail(self) -> bytes:
        """Cuts what was torn; gives what ends a line of which only a part was sealed."""
        with self._folder.log(JOURNAL) as log:
            data, octets = log.what_opens()
        damaged = parse(data).damaged
        if damaged:
            self._log.error("journal.damaged", lines=damaged)
        torn = os.fstat(self._descriptor).st_size - octets
        if torn:
            self._log.warning("journal.tail_cut", octets=torn)
            os.ftruncate(self._descriptor, octets)
            os.fsync(self._descriptor)
        return b"" if data.endswith(b"\n") or not data else b"\n"

    async def append(self, entries: Sequence[JournalEntry]) -> None:
        """Returns when the entries are on the disk; raises JournalFull, and then nothing of them is kept."""
        if self.closed:
            raise JournalFull("closed")
        if not entries:
            return
        lines = [encode_line(entry) for entry in entries]
        if any(len(line) > MAX_LINE_BYTES for line in lines):
            raise ValueError("a journal entry is too large")
        pending = _Pending(b"".join(lines))
        self._queue.append(pending)
        if self._idle.is_set():
            self._idle.clear()
            self._tasks.spawn(self._commit(), name="journal-commit")
        await pending.done

    async def _commit(self) -> None:
        """Writes what waits, one group after the other, until nothing waits."""
        group: list[_Pending] = []
        try:
            while self._queue:
                group, self._queue = self._queue, []
                refused = await asyncio.to_thread(self._write, b"".join(each.data for each in group))
                for pending in group:
                    _settle(pending.done, refused)
        finally:
            for pending in (*group, *self._queue):
                _settle(pending.done, JournalFull("closed"))
            self._queue.clear()
            self._idle.set()

    def _write(self, lines: bytes) -> JournalFull | None:
        data = self._torn + lines
        try:
            if os.fstat(self._descriptor).st_size != self._size:
                os.ftruncate(self._descriptor, self._size)
            if free_part(self._folder.path) < self._min_free_part:
                return JournalFull("low space")
            sealed = self._folder.sealed(JOURNAL, self._place, data)
            write_all(self._descriptor, sealed)
            os.fsync(self._descriptor)
        except OSError as error:
            self._take_back()
            refusal = JournalFull(error.strerror or "refused")
            refusal.__cause__ = error
            return refusal
        self._size, self._place = self._size + len(sealed), self._place + len(data)
        self._torn = b""
        return None

    def _take_back(self) -> None:
        """Cuts off what a refused write left; if even that fails, the next write cuts it."""
        try:
            os.ftruncate(self._descriptor, self._size)
            os.fsync(self._descriptor)
        except OSError as error:
            self._log.error("journal.cut_failed", reason=error.strerror)

    def read(self) -> Sequence[JournalEntry]:
        """Everything that is on the disk now."""
        return read_journal(self._folder)

    async def close(self) -> None:
        """Waits for what is being written and lets go of the file; may be called twice."""
        if self.closed:
            return
        self.closed = True
        await self._idle.wait()
        await self._tasks.close()
        os.close(self._descriptor)


def _settle(done: asyncio.Future[None], refused: JournalFull | None) -> None:
    if done.done():
        return
    if refused is None:
        done.set_result(None)
    else:
        done.set_exception(refused)


class FileJournalStore:
    """A `JournalStore`: `recordings/{recording}/journal.jsonl`, or by `room:{room}` one below `rooms/`.

    Opening a journal that is open gives the same one.
    """

    def __init__(self, *, recordings: SealedFolders, rooms: SealedFolders) -> None:
        self._recordings = recordings
        self._rooms = rooms
        self._open: dict[str, FileJournal] = {}

    def open(self, key: str) -> FileJournal:
        journal = self._open.get(key)
        if journal is None or journal.closed:
            journal = self._open[key] = FileJournal(self._place(key))
        return journal

    def _place(self, key: str) -> SealedFolder:
        if key.startswith(ROOM_KEY):
            return room_folder(self._rooms, key.removeprefix(ROOM_KEY))
        return recording_folder(self._recordings, key)

    async def close(self) -> None:
        """Closes every journal that is open."""
        for journal in self._open.values():
            await journal.close()
        self._open.clear()
