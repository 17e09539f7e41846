"""After a new master key: the heads of all files sealed under it, by a job that may be killed (CR-05).

A file whose head was sealed anew is known by its head, so the work needs no memory of its own: run again it
passes over what is done. The files themselves are not enciphered again, for their own keys do not change.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from platform_api.files.disk import FileDisk
from platform_api.jobs import JobSpec, Name, Progress
from platform_api.kernel.log import get_logger
from platform_api.kernel.sealed_file import rewrap_file, sealed_under
from platform_api.kernel.sealing import SealBroken, Sealer

BATCH: Final = 50


class RewrapFiles(JobSpec):
    """All files under this master key."""

    kind: ClassVar[str] = "files.rewrap"

    master_key: Name


@dataclass(slots=True, kw_only=True)
class Rewrapped:
    """How many files were looked at, how many heads were sealed anew, and which files do not open."""

    seen: int = 0
    changed: int = 0
    broken: int = 0


class Rewrapper:
    """Goes through the store, a batch at a time in a thread."""

    def __init__(self, disk: FileDisk, sealer: Sealer) -> None:
        self._disk = disk
        self._sealer = sealer
        self._log = get_logger("files")

    async def work(self, _: RewrapFiles, progress: Progress) -> None:
        """Does it once more for whatever key is in use now."""
        paths = await asyncio.to_thread(lambda: list(self._disk.sealed_files()))
        done = Rewrapped()
        for begin in range(0, len(paths), BATCH):
            await asyncio.to_thread(self.run, paths[begin : begin + BATCH], done)
            await progress(done.seen / len(paths))
        self._log.info("files.rewrapped", seen=done.seen, changed=done.changed, broken=done.broken)

    def run(self, paths: Iterable[Path], done: Rewrapped) -> None:
        """Seals the heads of these anew, where they are not. Blocks."""
        for path in paths:
            done.seen += 1
            try:
                done.changed += rewrap_file(path, name=path.name, sealer=self._sealer)
            except FileNotFoundError:
                continue  # removed meanwhile
            except SealBroken:
                done.broken += 1
                self._log.error("files.unreadable", file=path.name)

    def by_key(self) -> Counter[str]:
        """How many files are under which master key; those that do not open under an empty name. Blocks."""
        return Counter(self._keys())

    def _keys(self) -> Iterator[str]:
        for path in self._disk.sealed_files():
            try:
                yield sealed_under(path, name=path.name, sealer=self._sealer)
            except SealBroken:
                yield ""
