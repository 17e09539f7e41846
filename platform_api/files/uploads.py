"""Uploads that survive lost networks and killed servers: begun, gone on with, finished or given up.

The bytes lie sealed in `parts.py`, the row says whose they are. `finish` looks at what came, and makes a file
of it; it may be called again when its answer was lost.
"""

import asyncio
import contextlib
import hashlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from platform_api.db import Actor, Database, Transaction, acting_as
from platform_api.files import upload_store as store
from platform_api.files.errors import FileRefused, FileTooLarge, QuotaFull, StorageFull, UploadInvalid
from platform_api.files.model import IMAGES, Facts, FileSettings, StoredFile, Upload, UploadId
from platform_api.files.objects import Objects
from platform_api.files.parts import Part, Parts
from platform_api.files.rules import HEAD_BYTES, MEGABYTE, check_size_of, type_of
from platform_api.files.service import Files, Place
from platform_api.http import Asker, RawBody
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict, NotFound, Refused, TooMany, Unavailable
from platform_api.kernel.ids import FileId, new_id
from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import TaskOwner

WRITE_BYTES: Final = MEGABYTE
"""What is gathered before a thread seals and writes it: all that a request holds in memory."""
HASH_BYTES: Final = MEGABYTE
SWEEP_S: Final = 3_600.0
IN_THE_MAKING: Final = timedelta(hours=1)
GIGABYTE: Final = 1024 * MEGABYTE
SYSTEM: Final = Actor(subject="system:files")


@dataclass(slots=True)
class _Turn:
    """Who works on an upload, and who waits for it; the body that is being read, if one is."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    body: RawBody | None = None


class Uploads:
    """The uploads of all users. One process serves them: it alone writes to the parts."""

    def __init__(
        self,
        *,
        database: Database,
        parts: Parts,
        objects: Objects,
        files: Files,
        clock: Clock,
        settings: FileSettings,
        data_dir: Path,
    ) -> None:
        self._database = database
        self._parts = parts
        self._objects = objects
        self._files = files
        self._clock = clock
        self._settings = settings
        self._data_dir = data_dir
        self._turns: dict[UploadId, _Turn] = {}
        self._tasks = TaskOwner("files")
        self._log = get_logger("files")

    @property
    def max_bytes(self) -> int:
        """No upload is larger."""
        return self._settings.max_upload_mb * MEGABYTE

    async def start(self) -> None:
        self._tasks.spawn(self._sweep_again_and_again(), name="sweep uploads")

    async def close(self) -> None:
        await self._tasks.close()

    async def begin(self, asker: Asker, *, name: str, size: int, modified_ms: int) -> Upload:
        """A new upload; raises FileTooLarge, QuotaFull, StorageFull, TooMany, before a byte is sent."""
        if asker.organisation is None:
            raise Refused
        self._check_room(size)
        now = self._clock.now()
        upload = Upload(
            id=UploadId(new_id()),
            organisation=asker.organisation,
            owner=asker.subject,
            name=name or "file",
            size=size,
            modified_ms=modified_ms,
            begun_at=now,
            expires_at=now + timedelta(hours=self._settings.upload_kept_h),
        )
        async with self._database.transaction(asker.actor()) as transaction:
            await self._check_quota(transaction, upload)
            await asyncio.to_thread(self._parts.begin, upload.id, size)
            await store.add(transaction, upload)
        return upload

    async def open_ones(self, asker: Asker) -> list[tuple[Upload, int]]:
        """The asker's uploads under way, and how far each has come."""
        async with self._database.transaction(asker.actor()) as transaction:
            uploads = await store.of_owner(transaction, asker.subject, self._clock.now())
        found = []
        for upload in uploads:
            with contextlib.suppress(FileNotFoundError):
                found.append((upload, await asyncio.to_thread(self._offset, upload.id)))
        return found

    async def find(self, asker: Asker, upload_id: UploadId) -> Upload:
        """The asker's own upload; raises NotFound for a foreign, an expired and a missing one alike."""
        async with self._database.transaction(asker.actor()) as transaction:
            upload = await store.get(transaction, upload_id)
        if upload is None or upload.owner != asker.subject or upload.expires_at <= self._clock.now():
            raise NotFound
        return upload

    async def offset(self, asker: Asker, upload_id: UploadId) -> tuple[Upload, int]:
        """How far it has come. Whoever still sends to it is cut off: who asks wants to go on himself."""
        upload = await self.find(asker, upload_id)
        async with self._turn(upload.id):
            return upload, await self._now_at(upload.id)

    async def receive(self, asker: Asker, upload_id: UploadId, offset: int, body: RawBody) -> int:
        """Adds the body's bytes, and gives how far the upload is; what came of a cut body is kept.

        Raises Conflict for another offset than where the upload is, FileRefused, StorageFull, BodyCut.
        """
        upload = await self.find(asker, upload_id)
        async with self._turn(upload.id) as turn:
            try:
                return await self._receive(turn, upload, offset, body)
            except FileRefused:
                await self._drop(asker, upload.id)
                raise

    async def _receive(self, turn: "_Turn", upload: Upload, offset: int, body: RawBody) -> int:
        part = await self._open(upload.id)
        try:
            if offset != part.offset:
                raise Conflict("upload.offset")
            turn.body = body
            await self._pour(part, body)
        finally:
            turn.body = None
            await asyncio.to_thread(part.close)
        return part.offset

    async def finish(self, asker: Asker, upload_id: UploadId) -> StoredFile:
        """The file that a whole upload becomes; the same one when asked again.

        Raises Conflict for one that is not whole, FileRefused and drops it if it may not be stored.
        """
        if done := await self._files.own(asker, FileId(upload_id)):
            return done
        upload = await self.find(asker, upload_id)
        async with self._turn(upload.id):
            if done := await self._files.own(asker, FileId(upload_id)):
                return done  # another call was quicker
            if await self._now_at(upload.id) != upload.size:
                raise Conflict("upload.unfinished")
            try:
                stored = await self._stored(asker, upload)
            except FileRefused:
                await self._drop(asker, upload.id)
                raise
            await asyncio.to_thread(self._parts.remove, upload.id)
        return stored

    async def give_up(self, asker: Asker, upload_id: UploadId) -> None:
        """Removes an upload and what came of it."""
        upload = await self.find(asker, upload_id)
        async with self._turn(upload.id):
            await self._drop(asker, upload.id)

    async def sweep(self) -> int:
        """Removes what has expired, and bytes that no row knows; gives how many. Raises Unavailable."""
        now = self._clock.now()
        async with self._database.transaction(SYSTEM) as transaction:
            gone = await store.expired(transaction, now)
            for upload in gone:
                await store.remove(transaction, upload)
        old = await asyncio.to_thread(self._parts.begun_before, now - IN_THE_MAKING)
        async with self._database.transaction(SYSTEM) as transaction:
            known = await store.known(transaction, old)
        gone += [upload for upload in old if upload not in known and upload not in gone]
        for upload in gone:
            await asyncio.to_thread(self._parts.remove, upload)
        return len(gone)

    async def _stored(self, asker: Asker, upload: Upload) -> StoredFile:
        place = Place(organisation=upload.organisation, owner=upload.owner, name=upload.name)
        file = FileId(upload.id)
        head = await asyncio.to_thread(self._read, upload.id, 0, min(HEAD_BYTES, upload.size))
        file_type = check_size_of(type_of(head), upload.size)
        if file_type in IMAGES:
            content = await self._files.prepare(
                await asyncio.to_thread(self._read, upload.id, 0, upload.size)
            )
            async with self._files.laid_down(content, file), self._ending(asker, upload) as transaction:
                return await self._files.enter(transaction, file, content, place)
        found = await self._files.examine(file_type, upload.size, partial(self._read, upload.id))
        facts = Facts(
            file_type=found.file_type,
            size=upload.size,
            sha256=await asyncio.to_thread(self._sha256, upload.id),
            width=found.width,
            height=found.height,
            duration_ms=found.duration_ms,
        )
        await self._objects.take(file, self._parts.path(upload.id))
        async with self._ending(asker, upload) as transaction:
            return await self._files.enter_facts(transaction, file, facts, place)

    @contextlib.asynccontextmanager
    async def _ending(self, asker: Asker, upload: Upload) -> AsyncIterator[Transaction]:
        """The transaction in which an upload becomes a file."""
        async with self._database.transaction(asker.actor()) as transaction:
            await store.remove(transaction, upload.id)
            yield transaction

    async def _pour(self, part: Part, body: RawBody) -> None:
        """Writes the body in pieces; what came before a fault is written too."""
        gathered = bytearray()
        looked = part.offset > 0
        try:
            async for piece in body.pieces():
                gathered += piece
                if len(gathered) > part.size - part.offset:
                    gathered.clear()
                    raise UploadInvalid
                if not looked and len(gathered) >= min(HEAD_BYTES, part.size):
                    check_size_of(type_of(bytes(gathered[:HEAD_BYTES])), part.size)
                    looked = True
                if len(gathered) >= WRITE_BYTES:
                    await asyncio.to_thread(part.write, bytes(gathered))
                    gathered.clear()
        except FileRefused:
            gathered.clear()
            raise
        finally:
            await asyncio.to_thread(part.write, bytes(gathered))

    def _check_room(self, size: int) -> None:
        if size > self.max_bytes:
            raise FileTooLarge(params={"limit_mb": self._settings.max_upload_mb})
        disk = shutil.disk_usage(self._data_dir)
        if disk.free - size < disk.total * self._settings.free_percent / 100:
            raise StorageFull

    async def _check_quota(self, transaction: Transaction, upload: Upload) -> None:
        async with acting_as(transaction, SYSTEM.subject):
            await store.lock_quota(transaction, upload.organisation)
            used = await store.used_bytes(transaction, upload.organisation)
        if used + upload.size > self._settings.quota_gb * GIGABYTE:
            raise QuotaFull(params={"limit_gb": self._settings.quota_gb})
        under_way = await store.of_owner(transaction, upload.owner, upload.begun_at)
        if len(under_way) >= self._settings.uploads_at_once:
            raise TooMany("upload.too_many")

    @contextlib.asynccontextmanager
    async def _turn(self, upload: UploadId) -> AsyncIterator["_Turn"]:
        """The block alone has the upload; a sender who has it, and may long be gone, is cut off."""
        turn = self._turns.setdefault(upload, _Turn())
        turn.users += 1
        try:
            if turn.body is not None:
                turn.body.abandon()
            async with turn.lock:
                yield turn
        finally:
            turn.users -= 1
            if turn.users == 0:
                del self._turns[upload]

    async def _open(self, upload: UploadId) -> Part:
        try:
            return await asyncio.to_thread(self._parts.open, upload)
        except FileNotFoundError as error:
            raise NotFound from error

    async def _now_at(self, upload: UploadId) -> int:
        try:
            return await asyncio.to_thread(self._offset, upload)
        except FileNotFoundError as error:
            raise NotFound from error

    async def _drop(self, asker: Asker, upload: UploadId) -> None:
        async with self._database.transaction(asker.actor()) as transaction:
            await store.remove(transaction, upload)
        await asyncio.to_thread(self._parts.remove, upload)

    def _offset(self, upload: UploadId) -> int:
        with self._parts.opened(upload) as part:
            return part.offset

    def _read(self, upload: UploadId, start: int, stop: int) -> bytes:
        with self._parts.opened(upload) as part:
            return part.file.read(start, stop)

    def _sha256(self, upload: UploadId) -> str:
        """Of all bytes; each chunk of them was opened and is readable."""
        digest = hashlib.sha256()
        with self._parts.opened(upload) as part:
            for start in range(0, part.size, HASH_BYTES):
                digest.update(part.file.read(start, min(start + HASH_BYTES, part.size)))
        return digest.hexdigest()

    async def _sweep_again_and_again(self) -> None:
        while True:
            try:
                if removed := await self.sweep():
                    self._log.info("uploads.swept", removed=removed)
            except Unavailable as error:
                self._log.warning("uploads.unswept", code=error.code)
            await asyncio.sleep(SWEEP_S)
