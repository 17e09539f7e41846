"""Versions of a file, and its end as people see it: a mark with a reason."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Database, Transaction, UniqueBroken
from platform_api.files import life_store as store
from platform_api.files.model import FileSettings, Retention, StoredFile
from platform_api.files.rules import kept_for, no_longer_than
from platform_api.files.service import Files
from platform_api.http import Asker
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict, NotFound
from platform_api.kernel.ids import FileId

TARGET: Final = "file"


class DeleteReason(StrEnum):
    """Why somebody takes a file away."""

    MISTAKE = "mistake"
    WRONG_PATIENT = "wrong_patient"
    WITHDRAWN = "withdrawn"
    OUTDATED = "outdated"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The versions of a file with their numbers, the newest first; whose this one is, how long it is kept."""

    versions: tuple[tuple[StoredFile, int], ...]
    own: bool
    retention: Retention
    kept: timedelta


class FileLife:
    """What owners do with files that are there already."""

    def __init__(
        self, *, database: Database, files: Files, clock: Clock, trail: AuditTrail, settings: FileSettings
    ) -> None:
        self._settings = settings
        self._database = database
        self._files = files
        self._clock = clock
        self._trail = trail

    async def delete(self, asker: Asker, file: FileId, reason: DeleteReason, who: Who) -> None:
        """From now on nobody reads it; its bytes stay until the rule says otherwise (DL-05).

        Raises NotFound for a file that is not the asker's own, and for one that was deleted before.
        """
        async with self._database.transaction(asker.actor()) as transaction:
            stored = await self._own(transaction, asker, file)
            if not await store.mark_deleted(transaction, file, asker.subject, reason, self._clock.now()):
                raise NotFound
            details = {"reason": reason.value, "content_type": stored.file_type.value, "size": stored.size}
            entry = Entry(tag=Tag.RECORD_DELETED, who=who, target_kind=TARGET, target=file, details=details)
            self._trail.note(transaction, entry)

    async def add_version(self, asker: Asker, file: FileId, newer: FileId, who: Who) -> StoredFile:
        """Makes another of the asker's files the next version of this one; the old one stays as it was.

        Raises NotFound for what is not the asker's own, Conflict for a file that has a newer version, or that
        belongs to something already.
        """
        try:
            async with self._database.transaction(asker.actor()) as transaction:
                await self._own(transaction, asker, file)
                await self._own(transaction, asker, newer)
                if file == newer or not await store.set_version(transaction, file, newer):
                    raise Conflict("file.version_taken")
                entry = Entry(
                    tag=Tag.RECORD_CHANGED,
                    who=who,
                    target_kind=TARGET,
                    target=file,
                    details={"newer": newer},
                )
                self._trail.note(transaction, entry)
                return await self._own(transaction, asker, newer)
        except UniqueBroken as error:
            raise Conflict("file.version_taken") from error

    async def keep(self, asker: Asker, file: FileId, retention: Retention, who: Who) -> None:
        """Has the bytes kept for so long once the file is deleted: as long as before, or longer.

        Raises NotFound for what is not the asker's own, Conflict for a shorter time than is set.
        """
        async with self._database.transaction(asker.actor()) as transaction:
            await self._own(transaction, asker, file)
            if not await store.set_retention(transaction, file, retention, no_longer_than(retention)):
                raise Conflict("file.kept_longer")
            details = {"retention": retention.value}
            entry = Entry(tag=Tag.RECORD_CHANGED, who=who, target_kind=TARGET, target=file, details=details)
            self._trail.note(transaction, entry)

    async def history(self, asker: Asker, file: FileId) -> History:
        """All versions that are there, and what is to become of this one; raises NotFound."""
        await self._files.check_readable(asker, file)
        async with self._database.transaction(asker.actor()) as transaction:
            versions = await store.versions(transaction, file)
            retention = await store.retention_of(transaction, file)
            own = any(each.id == file and each.owner == asker.subject for each, _ in versions)
        kept = kept_for(retention, self._settings)
        return History(versions=tuple(versions), own=own, retention=retention, kept=kept)

    async def _own(self, transaction: Transaction, asker: Asker, file: FileId) -> StoredFile:
        found = (await self._files.describe(transaction, [file])).get(file)
        if found is None or found.owner != asker.subject:
            raise NotFound
        return found
