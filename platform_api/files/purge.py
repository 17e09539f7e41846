"""The end of deleted files, by rule and by a job: the keys are destroyed, the bytes go (DL-05, PR-10)."""

from datetime import datetime
from typing import ClassVar, Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Actor, Database
from platform_api.files import life_store as store
from platform_api.files.life import TARGET
from platform_api.files.life_store import Due
from platform_api.files.model import FileSettings, Retention
from platform_api.files.objects import Objects
from platform_api.files.rules import kept_for
from platform_api.jobs import JobSpec, Progress
from platform_api.kernel.clock import Clock

SYSTEM: Final = Actor(subject="system:files")
BATCH: Final = 100
DAILY: Final = "37 18 * * *"
"""In UTC: at night in China."""


class PurgeFiles(JobSpec):
    """All files whose time is over."""

    kind: ClassVar[str] = "files.purge"


def moments(settings: FileSettings, now: datetime) -> dict[str, datetime]:
    """For each rule: what was deleted before this may go."""
    return {each.value: now - kept_for(each, settings) for each in Retention}


class Purger:
    """Does the work; killed at any moment it does the rest when run again."""

    def __init__(
        self,
        *,
        database: Database,
        objects: Objects,
        clock: Clock,
        trail: AuditTrail,
        settings: FileSettings,
    ) -> None:
        self._database = database
        self._objects = objects
        self._clock = clock
        self._trail = trail
        self._settings = settings

    async def work(self, _: PurgeFiles, progress: Progress) -> None:
        done = 0
        while batch := await self._due():
            for each in batch:
                await self._purge(each)
            done += len(batch)
            await progress(done / (done + BATCH))

    async def _due(self) -> list[Due]:
        async with self._database.transaction(SYSTEM) as transaction:
            return await store.due(transaction, moments(self._settings, self._clock.now()), BATCH)

    async def _purge(self, file: Due) -> None:
        """The bytes go before the row says so: what is told to be gone is gone."""
        await self._objects.remove(file.id)
        if file.preview is not None:
            await self._objects.remove(file.preview)
        who = Who(subject=SYSTEM.subject, name="", organisation=file.organisation, address="")
        details: dict[str, str | int | bool | None] = {
            "purged": True,
            "retention": file.retention,
            "reason": file.reason,
        }
        async with self._database.transaction(SYSTEM) as transaction:
            if await store.mark_purged(transaction, file.id, self._clock.now()):
                self._trail.note(
                    transaction,
                    Entry(
                        tag=Tag.RECORD_DELETED,
                        who=who,
                        target_kind=TARGET,
                        target=file.id,
                        details=details,
                    ),
                )
