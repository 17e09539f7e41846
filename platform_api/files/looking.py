"""Looks into a file by a child process that asks for the pieces it wants; ours never parses one."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from platform_api.files import media_child
from platform_api.files.errors import FileRefused
from platform_api.files.model import OFFICE, SOUNDS, VIDEOS, FileType
from platform_api.kernel.children import bare_child
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.log import get_logger

CHILD: Final = Path(media_child.__file__)
AT_ONCE: Final = 2
TIMEOUT_S: Final = 180.0
ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
MAX_PIECE: Final = 4 * 1024 * 1024
MAX_ANSWER: Final = 4 * 1024 * 1024
MAX_ASKED: Final = {"probe": 256 * 1024 * 1024, "office": 64 * 1024 * 1024}
"""How much of a file may be asked for in all; other looks may read it whole, some of it twice."""
CONTAINERS: Final = {
    FileType.WEBM: "matroska",
    FileType.WEBM_AUDIO: "matroska",
    FileType.MP4: "mp4",
    FileType.M4A: "mp4",
    FileType.MOV: "mov",
    FileType.OGG: "ogg",
    FileType.MP3: "mp3",
    FileType.WAV: "wav",
    FileType.PNG: "PNG",
    FileType.JPEG: "JPEG",
    FileType.WEBP: "WEBP",
    FileType.PDF: "pdf",
    FileType.DOCX: "zip",
    FileType.XLSX: "zip",
    FileType.PPTX: "zip",
}
SOUND_OF: Final = {FileType.WEBM: FileType.WEBM_AUDIO, FileType.MP4: FileType.M4A, FileType.MOV: FileType.M4A}
"""A container in which there is no picture."""
Read = Callable[[int, int], bytes]
"""The bytes of a file from one place to before another. Blocks."""


class Look(StrEnum):
    """What is wanted of a file."""

    PROBE = "probe"
    STILL = "still"
    WAVE = "wave"
    PAGE = "page"
    THUMB = "thumb"
    OFFICE = "office"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What a file is, by what is in it."""

    file_type: FileType
    width: int = 0
    height: int = 0
    duration_ms: int = 0


class Looking:
    """Runs at most two children at a time; others wait their turn."""

    def __init__(self, *, timeout_s: float = TIMEOUT_S, child: Path = CHILD) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._timeout_s = timeout_s
        self._child = child
        self._log = get_logger("files")

    async def look(self, what: Look, file_type: FileType, size: int, read: Read) -> bytes:
        """What the child found; raises FileRefused, Unavailable on a kernel without seccomp."""
        async with self._turns:
            code, answer = await self._run_child(what, CONTAINERS[file_type], size, read)
        match code:
            case 0 if answer is not None:
                return answer
            case media_child.EXIT_NOT_SHUT_IN:
                self._log.error("files.checker_not_shut_in")
                raise Unavailable
            case media_child.EXIT_TOO_MANY_PIXELS:
                raise FileRefused("file.too_many_pixels")
            case media_child.EXIT_NOT_TAKEN:
                raise FileRefused("file.type_unknown", status_hint=415)
        raise FileRefused("file.damaged")

    async def examine(self, file_type: FileType, size: int, read: Read) -> Examined:
        """What a file is of which the first bytes said this; raises FileRefused if it may not be stored."""
        if file_type in OFFICE:
            kind = await self._facts(Look.OFFICE, file_type, size, read)
            return Examined(file_type=FileType[kind["kind"].upper()])
        if file_type not in SOUNDS | VIDEOS:
            return Examined(file_type=file_type)
        found = await self._facts(Look.PROBE, file_type, size, read)
        if file_type in SOUNDS and found["video"]:
            raise FileRefused("file.type_unknown", status_hint=415)
        return Examined(
            file_type=file_type if found["video"] else SOUND_OF.get(file_type, file_type),
            width=found["width"],
            height=found["height"],
            duration_ms=found["duration_ms"],
        )

    async def _facts(self, what: Look, file_type: FileType, size: int, read: Read) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await self.look(what, file_type, size, read))
        return found

    async def _run_child(
        self, what: Look, container: str, size: int, read: Read
    ) -> tuple[int | None, bytes | None]:
        child = await bare_child(self._child, what.value, container, str(size), environment=ONE_THREAD)
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._serve(child, size, read, MAX_ASKED.get(what.value, 3 * size + MAX_PIECE))
                return await child.wait(), answer
        except (TimeoutError, ValueError, asyncio.IncompleteReadError, ConnectionError):
            return None, None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()

    async def _serve(
        self, child: asyncio.subprocess.Process, size: int, read: Read, may_ask: int
    ) -> bytes | None:
        """Gives the child the pieces that it asks for, until it answers or ends; raises ValueError."""
        to_child, from_child = child.stdin, child.stdout
        if to_child is None or from_child is None:
            raise ValueError("the child has no pipes")
        while line := await from_child.readline():
            word, *numbers = line.split()
            if word == b"A":
                if (count := int(numbers[0])) > MAX_ANSWER:
                    raise ValueError("the child says too much")
                return await from_child.readexactly(count)
            start, length = (int(number) for number in numbers)
            may_ask -= length
            if (
                word != b"R"
                or may_ask < 0
                or not (0 <= start <= start + length <= size and length <= MAX_PIECE)
            ):
                raise ValueError("the child asks for what it may not have")
            to_child.write(await asyncio.to_thread(read, start, start + length))
            await to_child.drain()
        return None
