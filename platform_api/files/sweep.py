"""At each start: bytes on disk and rows in the database agree, or it is said where they do not.

A process that is killed between the two leaves bytes without a row, which nobody was ever told of: they are
set aside, and removed for good after a month, so that a database restored from yesterday costs no file of
today. A row without bytes is a loss, and told as one.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from platform_api.db import Actor, Database
from platform_api.files import store
from platform_api.files.disk import FileDisk
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.ids import FileId
from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import TaskOwner

IN_THE_MAKING: Final = timedelta(hours=1)
"""Bytes younger than this may belong to a row that is just being written."""
KEPT_ASIDE: Final = timedelta(days=30)
BATCH: Final = 500
SYSTEM: Final = Actor(subject="system:files")


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What did not agree: bytes set aside, drafts and old bytes removed, rows whose bytes are gone."""

    orphans: tuple[FileId, ...]
    removed: int
    missing: tuple[FileId, ...]


class Sweep:
    """Runs once after each start, beside everything else."""

    def __init__(self, *, database: Database, disk: FileDisk, clock: Clock) -> None:
        self._database = database
        self._disk = disk
        self._clock = clock
        self._tasks = TaskOwner("files")
        self._log = get_logger("files")

    async def start(self) -> None:
        self._tasks.spawn(self._run_logged(), name="sweep files")

    async def close(self) -> None:
        await self._tasks.close()

    async def run(self) -> Swept:
        """Sweeps; raises Unavailable. Harmless when it is cut off or run twice."""
        now = self._clock.now()
        removed = await asyncio.to_thread(
            self._disk.remove_leftovers, drafts=now - IN_THE_MAKING, aside=now - KEPT_ASIDE
        )
        old = await asyncio.to_thread(self._disk.files_before, now - IN_THE_MAKING)
        orphans: list[FileId] = []
        for begin in range(0, len(old), BATCH):
            orphans += await self._without_row(old[begin : begin + BATCH])
        for file in orphans:
            await asyncio.to_thread(self._disk.set_aside, file)
        return Swept(orphans=tuple(orphans), removed=removed, missing=await self._without_bytes())

    async def _without_row(self, files: Sequence[FileId]) -> list[FileId]:
        async with self._database.transaction(SYSTEM) as transaction:
            known = await store.get_many(transaction, files)
        return [file for file in files if file not in known]

    async def _without_bytes(self) -> tuple[FileId, ...]:
        missing: list[FileId] = []
        after: FileId | None = None
        while True:
            async with self._database.transaction(SYSTEM) as transaction:
                files = await store.ids_after(transaction, after, BATCH)
            missing += await asyncio.to_thread(self._disk.missing, files)
            if len(files) < BATCH:
                return tuple(missing)
            after = files[-1]

    async def _run_logged(self) -> None:
        try:
            swept = await self.run()
        except Unavailable:
            self._log.warning("files.unswept")
            return
        if swept.orphans or swept.removed:
            self._log.info("files.swept", set_aside=len(swept.orphans), removed=swept.removed)
        if swept.missing:
            self._log.error("files.missing", count=len(swept.missing), first=swept.missing[:10])
