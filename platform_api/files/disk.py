"""The bytes of stored files on disk: names made by the server, written whole or not at all."""

import asyncio
import errno
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from platform_api.files.errors import StorageFull
from platform_api.kernel.disk import DRAFT, make_directory, write_whole
from platform_api.kernel.ids import SERVER_MADE, FileId

ASIDE: Final = "aside"
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

    def remove_leftovers(self, *, drafts: datetime, aside: datetime) -> int:
        """Removes drafts that were begun, and bytes that were set aside, before these moments."""
        old = [path for path in self._root.glob(f"[0-9a-f][0-9a-f]/*{DRAFT}") if _is_before(path, drafts)]
        old += [path for path in self._root.glob(f"{ASIDE}/*") if _is_before(path, aside)]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _write(self, path: Path, data: bytes) -> None:
        try:
            make_directory(path.parent)
            write_whole(path, data)
        except OSError as error:
            if error.errno in FULL:
                raise StorageFull from error
            raise


def _is_before(path: Path, moment: datetime) -> bool:
    return path.stat().st_mtime < moment.timestamp()
