"""The bytes of stored files on disk: sealed, under names made by the server, written whole or not at all.

Files of releases before sealing lie there plain. Such a file is sealed by the sweep, or before it is first
read, and only if it is, by its SHA-256, the one that was stored: nothing plain is ever answered.
"""

import asyncio
import errno
import hashlib
import io
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from platform_api.files.errors import StorageFull
from platform_api.files.objects import SealedBytes, told_unreadable
from platform_api.kernel.disk import DRAFT, make_directory, sync_directory, written_whole
from platform_api.kernel.ids import SERVER_MADE, FileId
from platform_api.kernel.sealed_file import is_sealed, rewrap_file, seal_file, sealed_under
from platform_api.kernel.sealing import Sealer

MOST_OF_A_HEAD: Final = 4_096
ASIDE: Final = "aside"
PARTS: Final = "parts"
"""Below which uploads lie that are under way."""
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FileDisk:
    """A folder of files by id. A file that is there is whole: it was synced before it got its name."""

    def __init__(self, root: Path, sealer: Sealer) -> None:
        self._root = root
        self._sealer = sealer

    def path(self, file: FileId) -> Path:
        """Where a file lies; only ids that the server makes have a place (UP-02)."""
        if SERVER_MADE.fullmatch(file) is None:
            raise ValueError("a file id is made by the server")
        return self._root / file[-2:] / file

    async def write(self, file: FileId, data: bytes) -> None:
        """Returns when the bytes and their name are on disk; raises StorageFull."""
        await asyncio.to_thread(self._write, file, data)

    async def open(self, file: FileId, sha256: str) -> SealedBytes:
        """The bytes, to be read; raises FileNotFoundError, FileUnreadable, StorageFull."""
        return await asyncio.to_thread(self._open, file, sha256)

    async def take(self, file: FileId, path: Path) -> None:
        """Gives a sealed and synced file of this disk its place here, as another name of it."""
        await asyncio.to_thread(self._take, file, path)

    async def remove(self, file: FileId) -> None:
        """Removes the bytes if they are there; first their key, so that no copy of the rest opens (PR-10)."""
        await asyncio.to_thread(_destroy, self.path(file))

    def files_before(self, moment: datetime) -> list[FileId]:
        """Files whose bytes were written before this moment."""
        return [
            FileId(path.name)
            for path in self._root.glob("[0-9a-f][0-9a-f]/*")
            if SERVER_MADE.fullmatch(path.name) and _is_before(path, moment)
        ]

    def missing(self, files: Sequence[FileId]) -> list[FileId]:
        """Those of these whose bytes are not here."""
        return [file for file in files if not self.path(file).is_file()]

    def set_aside(self, file: FileId) -> None:
        """Takes the bytes out of the store; they stay below `aside` for a while."""
        aside = self._root / ASIDE
        aside.mkdir(mode=0o700, exist_ok=True)
        kept = self.path(file).replace(aside / file)
        kept.touch()

    def plain(self, files: Sequence[FileId]) -> list[FileId]:
        """Those of these that lie here unsealed."""
        return [file for file in files if _is_plain(self.path(file))]

    def seal(self, file: FileId, sha256: str) -> None:
        """Seals a plain file in its place; raises FileUnreadable if it is not the one with this SHA-256."""
        self._seal(self.path(file), file, sha256)

    def seal_aside(self) -> None:
        """Seals what was set aside plain: nobody reads it, so it is not judged."""
        for path in self._root.glob(f"{ASIDE}/*"):
            if SERVER_MADE.fullmatch(path.name) and _is_plain(path):
                self._seal(path, FileId(path.name), None)

    def sealed_files(self) -> Iterator[str]:
        """All sealed files below this folder: of rows, of previews, set aside, and under way."""
        for pattern in ("[0-9a-f][0-9a-f]/*", f"{ASIDE}/*", f"{PARTS}/*"):
            for path in sorted(self._root.glob(pattern)):
                if SERVER_MADE.fullmatch(path.name):
                    yield str(path.relative_to(self._root))

    def sizes(self) -> Iterator[tuple[str, int]]:
        """All that lies below this folder, by its place there, and how many bytes it has."""
        for path in self._root.glob("*/*"):
            with suppress(FileNotFoundError):
                yield str(path.relative_to(self._root)), path.stat().st_size

    def rewrap(self, name: str) -> bool:
        """Seals a head anew, in its place; raises FileNotFoundError, SealBroken."""
        path = self._root / name
        return rewrap_file(path, name=path.name, sealer=self._sealer)

    def key_of(self, name: str) -> str:
        """The id of the master key of a head; raises FileNotFoundError, SealBroken."""
        with (self._root / name).open("rb") as stream:
            return sealed_under(stream, name=Path(name).name, sealer=self._sealer)

    def remove_leftovers(self, *, drafts: datetime, aside: datetime) -> int:
        """Removes drafts that were begun, and bytes that were set aside, before these moments."""
        old = {path for path in self._root.glob(f"*/*{DRAFT}") if _is_before(path, drafts)}
        old |= {path for path in self._root.glob(f"{ASIDE}/*") if _is_before(path, aside)}
        for path in old:
            _destroy(path)
        return len(old)

    def _write(self, file: FileId, data: bytes) -> None:
        path = self.path(file)
        with full_told():
            make_directory(path.parent)
            with written_whole(path) as target:
                seal_file(io.BytesIO(data), target, name=file, sealer=self._sealer)

    def _take(self, file: FileId, path: Path) -> None:
        place = self.path(file)
        with full_told():
            make_directory(place.parent)
            with suppress(FileExistsError):
                os.link(path, place)
            sync_directory(place.parent)

    def _open(self, file: FileId, sha256: str) -> SealedBytes:
        path = self.path(file)
        if _is_plain(path):
            self._seal(path, file, sha256)
        return SealedBytes.of(lambda: path.open("rb"), file, self._sealer)

    def _seal(self, path: Path, file: FileId, sha256: str | None) -> None:
        """Under a draft's name of its own, for the sweep and a reader may both be at it."""
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}{DRAFT}")
        with full_told(), path.open("rb") as plain:
            if is_sealed(plain):
                return
            source = _Digested(plain)
            with written_whole(path, draft=draft) as target:
                seal_file(source, target, name=file, sealer=self._sealer)
                if sha256 not in (None, source.sha256()):
                    raise told_unreadable(file)
                _keep_time(plain, target)


class _Digested:
    """A stream of which is known afterwards what was read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._hash.update(data)
        return data

    def sha256(self) -> str:
        return self._hash.hexdigest()


def _destroy(path: Path) -> None:
    """The head, which holds the file's key, is written over and synced; then the name goes."""
    with suppress(FileNotFoundError):
        with path.open("r+b") as stream:
            stream.write(bytes(min(path.stat().st_size, MOST_OF_A_HEAD)))
            stream.flush()
            os.fsync(stream.fileno())
        path.unlink()


@contextmanager
def full_told() -> Iterator[None]:
    """Tells a full disk as StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull from error
        raise


def _keep_time(plain: BinaryIO, sealed: BinaryIO) -> None:
    """Sealing makes nothing younger: what was set aside still goes on its day."""
    status = os.fstat(plain.fileno())
    sealed.flush()
    os.utime(sealed.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))


def _is_plain(path: Path) -> bool:
    """Raises FileNotFoundError."""
    with path.open("rb") as stream:
        return not is_sealed(stream)


def _is_before(path: Path, moment: datetime) -> bool:
    return path.stat().st_mtime < moment.timestamp()
