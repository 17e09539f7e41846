"""Office documents as PDF, by the machine's LibreOffice where there is one (decision 121)."""

import asyncio
import shutil
from enum import StrEnum
from pathlib import Path
from typing import Final

from platform_api.files import landlock, office_child
from platform_api.files.errors import FileRefused
from platform_api.files.looking import MAX_PIECE, Read
from platform_api.files.model import SUFFIXES, FileType
from platform_api.kernel.children import bare_child
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.log import get_logger

CHILD: Final = Path(office_child.__file__)
TIMEOUT_S: Final = 60.0
GRACE_S: Final = 20.0
"""What the child may take beyond: to get the document, to end its processes, to answer."""
MAX_BYTES: Final = 50 * 1024 * 1024
"""A larger document has no preview."""
REASONS: Final = {
    office_child.EXIT_DAMAGED: "no_page",
    office_child.EXIT_TOO_LONG: "too_long",
    office_child.EXIT_TOO_MUCH: "too_much",
}


class OfficeState(StrEnum):
    """Whether office documents have previews here."""

    READY = "ready"
    ABSENT = "absent"
    NO_WALLS = "no_walls"


class PaperMaker:
    """Makes a PDF of the first page of an office document; one at a time, others wait their turn."""

    def __init__(self, program: str, *, timeout_s: float = TIMEOUT_S, child: Path = CHILD) -> None:
        self._program = program
        self._timeout_s = timeout_s
        self._child = child
        self._turn = asyncio.Semaphore(1)
        self._log = get_logger("files")

    def state(self) -> OfficeState:
        """Looks anew each time: what is installed later needs no start."""
        if self._found() is None:
            return OfficeState.ABSENT
        return OfficeState.READY if landlock.version() > 0 else OfficeState.NO_WALLS

    def takes(self, size: int) -> bool:
        """Whether a document of this size may have a preview here."""
        return size <= MAX_BYTES and self.state() is OfficeState.READY

    async def pdf(self, file_type: FileType, size: int, read: Read) -> bytes:
        """The PDF; raises FileRefused for what gives none, Unavailable where the walls cannot be had."""
        program = self._found()
        if program is None:
            raise FileRefused("file.no_preview")
        async with self._turn:
            code, made = await self._run_child(program, SUFFIXES[file_type][1:], size, read)
        if code == 0 and made is not None:
            return made
        if code == office_child.EXIT_NOT_SHUT_IN:
            self._log.error("files.office_not_shut_in")
            raise Unavailable
        self._log.warning("files.office_failed", reason=REASONS.get(code, "ended") if code else "ended")
        raise FileRefused("file.damaged")

    def _found(self) -> str | None:
        return shutil.which(self._program) if self._program else None

    async def _run_child(
        self, program: str, kind: str, size: int, read: Read
    ) -> tuple[int | None, bytes | None]:
        """Its exit code and answer. Whatever happens here, it is told to end and has ended after."""
        child = await bare_child(self._child, program, kind, str(size), str(self._timeout_s), own_group=True)
        try:
            async with asyncio.timeout(self._timeout_s + GRACE_S):
                answer = await _exchange(child, size, read)
                return await child.wait(), answer
        except (TimeoutError, ValueError, asyncio.IncompleteReadError):
            return None, None
        finally:
            await _ended(child)


async def _exchange(child: asyncio.subprocess.Process, size: int, read: Read) -> bytes | None:
    """Gives the child the document and takes its answer; None if it has none, raises ValueError."""
    to_child, from_child = child.stdin, child.stdout
    if to_child is None or from_child is None:
        raise ValueError("the child has no pipes")
    try:
        for start in range(0, size, MAX_PIECE):
            to_child.write(await asyncio.to_thread(read, start, min(start + MAX_PIECE, size)))
            await to_child.drain()
    except ConnectionError:
        return None
    line = await from_child.readline()
    if not line:
        return None
    word, count = line.split()
    if word != b"A" or int(count) > office_child.FILE_BYTES:
        raise ValueError("the child says too much")
    return await from_child.readexactly(int(count))


async def _ended(child: asyncio.subprocess.Process) -> None:
    """Has the child end what it runs and clear up; kills it only if it does not."""
    if child.returncode is not None:
        return
    child.terminate()
    try:
        async with asyncio.timeout(GRACE_S):
            await child.wait()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
