"""The bytes of stored files on disk: names made by the server, written whole or not at all."""

import asyncio
import errno
from pathlib import Path
from typing import Final

from platform_api.files.errors import StorageFull
from platform_api.kernel.disk import write_whole
from platform_api.kernel.ids import SERVER_MADE, FileId

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FileDisk:
    """A folder of files by id. A file that is there is whole: it was synced before it got its name."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, file: FileId) -> Path:
        """Where a file lies; only ids that the server makes have a place (UP-02)."""
        if SERVER_MADE.fullmatch(file) is None:
            raise ValueError("a file id is made by the server")
        return self._root / file[-2:] / file

    async def write(self, file: FileId, data: bytes) -> None:
        """Returns when the bytes and their name are on disk; raises StorageFull."""
        await asyncio.to_thread(self._write, self.path(file), data)

    async def remove(self, file: FileId) -> None:
        """Removes the bytes if they are there."""
        await asyncio.to_thread(self.path(file).unlink, missing_ok=True)

    def _write(self, path: Path, data: bytes) -> None:
        try:
            write_whole(path, data)
        except OSError as error:
            if error.errno in FULL:
                raise StorageFull from error
            raise
