"""Images are parsed and made anew in a child process with limits; ours never decodes one."""

import asyncio
from pathlib import Path
from typing import Final

from platform_api.files import image_child
from platform_api.files.errors import FileRefused
from platform_api.files.model import MAX_PIXELS, Content, FileType
from platform_api.files.rules import type_of
from platform_api.kernel.children import bare_child
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.log import get_logger

CHILD: Final = Path(image_child.__file__)
TIMEOUT_S: Final = 20.0
AT_ONCE: Final = 2
FORMATS: Final = {FileType.PNG: "PNG", FileType.JPEG: "JPEG", FileType.WEBP: "WEBP"}


class ImageMaker:
    """Runs at most two children at a time; others wait their turn."""

    def __init__(self, *, timeout_s: float = TIMEOUT_S, max_pixels: int = MAX_PIXELS) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._timeout_s = timeout_s
        self._max_pixels = max_pixels
        self._log = get_logger("files")

    async def prepare(self, data: bytes) -> Content:
        """The picture as it may be stored; raises FileRefused, Unavailable on a kernel without seccomp."""
        file_type = type_of(data)
        async with self._turns:
            code, answer = await self._run_child(data, FORMATS[file_type])
        if code == image_child.EXIT_NOT_SHUT_IN:
            self._log.error("files.checker_not_shut_in")
            raise Unavailable
        if code == image_child.EXIT_TOO_MANY_PIXELS:
            raise FileRefused("file.too_many_pixels")
        head, newline, made = answer.partition(b"\n")
        if code != 0 or not newline:
            raise FileRefused("file.damaged")
        width, height = (int(part) for part in head.split())
        return Content(data=made, file_type=file_type, width=width, height=height)

    async def _run_child(self, data: bytes, image_format: str) -> tuple[int | None, bytes]:
        child = await spawn_child(image_format, self._max_pixels)
        try:
            answer, _ = await asyncio.wait_for(child.communicate(data), self._timeout_s)
        except TimeoutError:
            return None, b""
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        return child.returncode, answer


async def spawn_child(image_format: str, max_pixels: int) -> asyncio.subprocess.Process:
    """The child with its three pipes, and nothing else of ours: no descriptor, no environment, no folder."""
    return await bare_child(CHILD, image_format, str(max_pixels))
