"""At each start: bytes on disk and rows in the database agree and are sealed, or it is said where not.

A process that is killed between the two leaves bytes without a row, which nobody was ever told of: they are
set aside, and removed for good after a month, so that a database restored from yesterday costs no file of
today. A row without bytes is a loss, and told as one. Bytes that a release before sealing wrote are sealed if
they are those of their row; if not they are left as they are, told, and never answered.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from platform_api.db import Actor, Database
from platform_api.files import store
from platform_api.files.disk import FileDisk
from platform_api.files.errors import FileUnreadable, StorageFull
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
    """What did not agree: bytes set aside, drafts and old bytes removed, rows whose bytes are gone.

    Also how many plain files were sealed, and which were not what their rows say.
    """

    orphans: tuple[FileId, ...]
    removed: int
    missing: tuple[FileId, ...]
    sealed: int = 0
    altered: tuple[FileId, ...] = ()


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
        """Sweeps; raises Unavailable, StorageFull. Harmless when it is cut off or run twice."""
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
        await asyncio.to_thread(self._disk.seal_aside)
        return await self._walk_rows(orphans, removed)

    async def _without_row(self, files: Sequence[FileId]) -> list[FileId]:
        async with self._database.transaction(SYSTEM) as transaction:
            known = await store.known_objects(transaction, files)
        return [file for file in files if file not in known]

    async def _walk_rows(self, orphans: Sequence[FileId], removed: int) -> Swept:
        missing: list[FileId] = []
        altered: list[FileId] = []
        sealed = 0
        async for files in self._known():
            lost = await asyncio.to_thread(self._disk.missing, files)
            plain = await asyncio.to_thread(self._disk.plain, [file for file in files if file not in lost])
            broken = await self._seal(plain)
            missing += lost
            altered += broken
            sealed += len(plain) - len(broken)
        return Swept(
            orphans=tuple(orphans),
            removed=removed,
            missing=tuple(missing),
            sealed=sealed,
            altered=tuple(altered),
        )

    async def _known(self) -> AsyncIterator[Sequence[FileId]]:
        """The ids of all rows, a batch at a time."""
        after: FileId | None = None
        while True:
            async with self._database.transaction(SYSTEM) as transaction:
                files = await store.ids_after(transaction, after, BATCH)
            yield files
            if len(files) < BATCH:
                return
            after = files[-1]

    async def _seal(self, files: Sequence[FileId]) -> list[FileId]:
        """Seals these; gives those that are not what their rows say."""
        async with self._database.transaction(SYSTEM) as transaction:
            rows = await store.get_kept(transaction, files)
        altered = []
        for file, stored in rows.items():
            try:
                await asyncio.to_thread(self._disk.seal, file, stored.sha256)
            except FileUnreadable:
                altered.append(file)
        return altered

    async def _run_logged(self) -> None:
        try:
            swept = await self.run()
        except (Unavailable, StorageFull) as error:
            self._log.warning("files.unswept", code=error.code)
            return
        if swept.orphans or swept.removed or swept.sealed:
            self._log.info(
                "files.swept",
                set_aside=len(swept.orphans),
                removed=swept.removed,
                sealed=swept.sealed,
            )
        if swept.missing:
            self._log.error("files.missing", count=len(swept.missing), first=swept.missing[:10])
