"""A folder whose files are sealed under one key of its own, as they are written. Calls block.

```
 {folder}/folder.key     the key, sealed under the master key for the folder's name
 {folder}/{name}         sealed records (`sealed_log.py`); several processes may write, each its own files
```

What a recorder or a journal writes grows, must be on the disk at once, and belongs together: it is read
together, and goes together when the key is destroyed. A folder of a release before sealing is sealed when it
is made ready.
"""

import fcntl
import os
import shutil
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from errno import EIO
from pathlib import Path
from threading import Lock
from typing import Final

from platform_api.kernel.ciphers import Aead, cipher_of, new_key
from platform_api.kernel.disk import DRAFT, make_directory, sync_directory, write_all, written_whole
from platform_api.kernel.sealed_log import (
    RECORD_BYTES,
    Index,
    SealedLog,
    index_of,
    is_sealed_log,
    sealed_records,
)
from platform_api.kernel.sealing import SealBroken, Sealer, key_id_of

KEY: Final = "folder.key"
BEGUN: Final = "folder.key-begun"
"""The key's name as long as plain files of an older release may lie beside it."""
INDEXES: Final = 256


class FolderLocked(OSError):
    """The folder's key does not open: it was altered, or its master key is gone."""


class SealedFolder:
    """One folder. Its key is read when it is first needed, and kept as long as this object."""

    def __init__(self, path: Path, sealer: Sealer, *, indexes: "Indexes | None" = None) -> None:
        self.path = path
        self._sealer = sealer
        self._indexes = indexes or Indexes()
        self._known: Aead | None = None

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def is_ready(self) -> bool:
        """Whether it has its key, so that all that lies here is sealed."""
        return (self.path / KEY).is_file()

    def make(self) -> None:
        """The folder with its key, durable; what lies here plain is sealed first. Raises OSError."""
        if self.is_ready:
            return
        make_directory(self.path)
        with locked(self.path):
            self._make_ready()

    def _make_ready(self) -> None:
        if self.is_ready:
            return
        begun = self.path / BEGUN
        if not begun.exists():
            key = new_key(self._sealer.algorithm)
            with written_whole(begun) as stream:
                stream.write(self._sealer.seal(key, context=self._context()))
        cipher = self._cipher_in(begun)
        for left in self.path.glob(f"*{DRAFT}"):
            left.unlink()  # by a process that was killed: nobody else writes here yet
        for path in sorted(self.path.iterdir()):
            if path.is_file() and path != begun:
                _seal_plain(path, cipher)
        begun.replace(self.path / KEY)
        sync_directory(self.path)

    def names(self) -> list[str]:
        """The names of all files but the key's; raises FileNotFoundError."""
        return sorted(path.name for path in self.path.iterdir() if path.name != KEY and path.is_file())

    def has(self, name: str) -> bool:
        return (self.path / name).is_file()

    def size(self, name: str) -> int:
        """How many plain bytes a file has, by its headers; raises FileNotFoundError."""
        with opened(self.path / name, os.O_RDONLY) as descriptor:
            return self._indexes.of(self.path / name, descriptor).size

    def read(self, name: str) -> bytes:
        """A whole file; raises OSError, SealBroken."""
        with self.log(name) as log:
            return log.read(0, log.size)

    def read_range(self, name: str, start: int, stop: int) -> bytes:
        """A range; only its records are read. Raises OSError, SealBroken."""
        with self.log(name) as log:
            return log.read(start, stop)

    @contextmanager
    def log(self, name: str) -> Iterator[SealedLog]:
        """A file to be read from any place; raises OSError: FileNotFoundError, FolderLocked."""
        path = self.path / name
        with opened(path, os.O_RDONLY) as descriptor:
            index = self._indexes.of(path, descriptor)
            yield SealedLog(descriptor, name=name, cipher=self._cipher(), index=index)

    def write(self, name: str, data: bytes) -> None:
        """Replaces a file whole; raises OSError and leaves what was there."""
        with written_whole(self.path / name) as stream:
            stream.write(sealed_records(self._cipher(), name, 0, data))

    def append(self, name: str, data: bytes) -> None:
        """Adds to the end, synced; a refused write leaves the file as long as it was."""
        self._add(name, data)

    def change(self, name: str, place: int, data: bytes) -> None:
        """Writes bytes anew that are there, synced; a refused write leaves the file as it was."""
        self._add(name, data, place=place)

    def sealed(self, name: str, place: int, data: bytes) -> bytes:
        """The records to be added to a file, for who writes them."""
        return sealed_records(self._cipher(), name, place, data)

    def cut(self, name: str, size: int) -> None:
        """Leaves so many plain bytes, synced; raises ValueError where no record begins."""
        with opened(self.path / name, os.O_RDWR) as descriptor:
            os.ftruncate(descriptor, index_of(descriptor).cut_at(size))
            os.fsync(descriptor)

    def remove(self, name: str) -> None:
        """Removes a file if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def destroy(self) -> None:
        """The key is written over and synced, so that no copy of the rest opens; then all goes (PR-10)."""
        with locked(self.path):
            for name in (KEY, BEGUN):
                with suppress(FileNotFoundError):
                    _wipe(self.path / name)
            shutil.rmtree(self.path)
        sync_directory(self.path.parent)

    def rewrap(self) -> bool:
        """Seals the key anew under the current master key; False if it was. Raises OSError, SealBroken."""
        path = self.path / KEY
        with locked(self.path):
            sealed = path.read_bytes()
            if self._sealer.is_current(sealed):
                return False
            key = self._sealer.open(sealed, context=self._context())
            with opened(path, os.O_RDWR) as old:
                with written_whole(path) as stream:
                    stream.write(self._sealer.seal(key, context=self._context()))
                os.pwrite(old, bytes(len(sealed)), 0)
                os.fsync(old)
        return True

    def key_id(self) -> str:
        """The id of the master key under which the key lies; raises FileNotFoundError, SealBroken."""
        return key_id_of((self.path / KEY).read_bytes())

    def _add(self, name: str, data: bytes, *, place: int | None = None) -> None:
        path = self.path / name
        new = not path.exists()
        with opened(path, os.O_RDWR | os.O_CREAT | os.O_APPEND) as descriptor:
            index = self._indexes.of(path, descriptor)
            if os.fstat(descriptor).st_size != index.octets:
                os.ftruncate(descriptor, index.octets)
            at = index.size if place is None else place
            try:
                write_all(descriptor, sealed_records(self._cipher(), name, at, data))
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, index.octets)
                raise
        if new:
            sync_directory(self.path)

    def _cipher(self) -> Aead:
        if self._known is None:
            self._known = self._cipher_in(self.path / KEY)
        return self._known

    def _cipher_in(self, path: Path) -> Aead:
        try:
            return cipher_of(self._sealer.open(path.read_bytes(), context=self._context()))
        except SealBroken as error:
            raise FolderLocked(EIO, "the key does not open", str(path)) from error

    def _context(self) -> str:
        return f"folder:{self.name}"


class SealedFolders:
    """The folders below one root: what recorder, replay and journals are handed."""

    def __init__(self, root: Path, sealer: Sealer) -> None:
        self.root = root
        self._sealer = sealer
        self._indexes = Indexes()

    def folder(self, name: str) -> SealedFolder:
        """The folder of a name that is proved to be one, there or not."""
        return SealedFolder(self.root / name, self._sealer, indexes=self._indexes)

    def all(self) -> Sequence[SealedFolder]:
        """Those that are there, by name."""
        paths = sorted(self.root.iterdir()) if self.root.is_dir() else ()
        return [self.folder(path.name) for path in paths if path.is_dir()]

    def sealed_files(self) -> Iterator[str]:
        """The names of those that have keys."""
        return (folder.name for folder in self.all() if folder.is_ready)

    def rewrap(self, name: str) -> bool:
        """Whether its key was not under the master key in use; raises FileNotFoundError, SealBroken."""
        return self.folder(name).rewrap()

    def key_of(self, name: str) -> str:
        """The id of the master key of its key; raises FileNotFoundError, SealBroken."""
        return self.folder(name).key_id()


class Indexes:
    """Indexes of files as they were last seen: a range costs the same however long its file is."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Path, tuple[tuple[int, int, int], Index]] = OrderedDict()
        self._turn = Lock()

    def of(self, path: Path, descriptor: int) -> Index:
        """The index of this open file."""
        status = os.fstat(descriptor)
        seen = (status.st_ino, status.st_size, status.st_mtime_ns)
        with self._turn:
            kept = self._kept.get(path)
        if kept is not None and kept[0] == seen:
            return kept[1]
        index = index_of(descriptor)
        with self._turn:
            self._kept[path] = seen, index
            self._kept.move_to_end(path)
            while len(self._kept) > INDEXES:
                self._kept.popitem(last=False)
        return index


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One at a time does something to the folder as a whole, in whatever process."""
    with opened(path, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


@contextmanager
def opened(path: Path, flags: int) -> Iterator[int]:
    """A descriptor that is closed afterwards; raises OSError."""
    descriptor = os.open(path, flags, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _seal_plain(path: Path, cipher: Aead) -> None:
    """Seals a file of an older release in its place; one that is sealed stays."""
    with path.open("rb") as plain:
        head = plain.read(RECORD_BYTES)
        if is_sealed_log(head):
            return
        with written_whole(path) as target:
            place = 0
            while head:
                target.write(sealed_records(cipher, path.name, place, head))
                place += len(head)
                head = plain.read(RECORD_BYTES)


def _wipe(path: Path) -> None:
    with opened(path, os.O_WRONLY) as descriptor:
        os.pwrite(descriptor, bytes(os.fstat(descriptor).st_size), 0)
        os.fsync(descriptor)
    path.unlink()
