"""The seam to where the bytes of files lie, and such bytes as they are read."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from platform_api.files.errors import FileUnreadable
from platform_api.http import Readable
from platform_api.kernel.ids import FileId
from platform_api.kernel.log import get_logger
from platform_api.kernel.sealed_file import CHUNK_BYTES, open_sealed
from platform_api.kernel.sealing import SealBroken, Sealer

PIECE_BYTES: Final = 4 * CHUNK_BYTES
"""What one step in a thread reads, and all that an answer holds in memory."""


class OpenedObject(Readable, Protocol):
    """Bytes of the store, for who awaits pieces and for threads that want some."""

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` to before `stop`. Blocks."""
        ...


class Objects(Protocol):
    """A store of sealed bytes by file id."""

    async def write(self, file: FileId, data: bytes) -> None:
        """Returns when the bytes are safe; raises StorageFull."""
        ...

    async def open(self, file: FileId, sha256: str) -> "OpenedObject":
        """The plain bytes, to be read; raises FileNotFoundError, FileUnreadable, StorageFull."""
        ...

    async def take(self, file: FileId, path: Path) -> None:
        """Makes a sealed file on this disk the bytes of this id; it stays. Raises StorageFull."""
        ...

    async def remove(self, file: FileId) -> None:
        """Removes the bytes if they are there."""
        ...


class Heads(Protocol):
    """A place of sealed files whose heads can be sealed anew; each has a name there. Calls block."""

    def sealed_files(self) -> Iterator[str]:
        """The names of all."""
        ...

    def rewrap(self, name: str) -> bool:
        """Whether its head was not under the master key in use; raises FileNotFoundError, SealBroken."""
        ...

    def key_of(self, name: str) -> str:
        """The id of the master key of its head; raises FileNotFoundError, SealBroken."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBytes:
    """A sealed file. Between two pieces nothing is held open: an asker who goes leaves nothing."""

    file: FileId
    stream: Callable[[], BinaryIO]
    sealer: Sealer
    size: int

    @classmethod
    def of(cls, stream: Callable[[], BinaryIO], file: FileId, sealer: Sealer) -> "SealedBytes":
        """What lies where this opens a stream; raises FileNotFoundError, FileUnreadable. Blocks."""
        try:
            with stream() as opened:
                size = open_sealed(opened, name=file, sealer=sealer).size
        except SealBroken as error:
            raise told_unreadable(file) from error
        return cls(file=file, stream=stream, sealer=sealer, size=size)

    async def pieces(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """Raises FileUnreadable at the first piece that is not what was stored."""
        while start < stop:
            end = min(stop, (start // PIECE_BYTES + 1) * PIECE_BYTES)
            yield await asyncio.to_thread(self.read, start, end)
            start = end

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` to before `stop`; raises FileUnreadable. Blocks."""
        try:
            with self.stream() as stream:
                return open_sealed(stream, name=self.file, sealer=self.sealer).read(start, stop)
        except SealBroken as error:
            raise told_unreadable(self.file) from error


def told_unreadable(file: str) -> FileUnreadable:
    """The refusal, once the operator was told of it."""
    get_logger("files").error("files.unreadable", file=file)
    return FileUnreadable()
