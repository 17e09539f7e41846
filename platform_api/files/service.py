"""What a person can do with files: store one, read one, lay one beside something."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from platform_api.db import Database, Transaction
from platform_api.files import store
from platform_api.files.images import ImageMaker
from platform_api.files.looking import Examined, Looking, Read
from platform_api.files.model import IMAGES, Content, Facts, FileType, StoredFile
from platform_api.files.objects import Objects
from platform_api.files.office import PaperMaker
from platform_api.files.previews import AskPreview, look_of
from platform_api.files.rules import check_size, check_size_of, display_name, type_of
from platform_api.http import Asker, Readable
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound, Refused, Unavailable
from platform_api.kernel.ids import FileId, OrganisationId, new_id

SubjectReader = Callable[[Transaction, Asker, str], Awaitable[bool]]
"""Whether this asker may read what lies beside a subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """To whom a new file belongs, and beside what it lies."""

    organisation: OrganisationId
    owner: str
    name: str | None = None
    subject_type: str | None = None
    subject_id: str | None = None


class Files:
    """Files of up to 20 MB; answered for only after the bytes are synced and the row is committed."""

    def __init__(
        self,
        *,
        database: Database,
        disk: Objects,
        clock: Clock,
        maker: ImageMaker,
        looking: Looking,
        papers: PaperMaker,
        ask_preview: AskPreview,
    ) -> None:
        self._database = database
        self._disk = disk
        self._clock = clock
        self._maker = maker
        self._looking = looking
        self._papers = papers
        self._ask_preview = ask_preview
        self._readers: dict[str, SubjectReader] = {}

    def register(self, subject_type: str, reader: SubjectReader) -> None:
        """Lets files lie beside things of this type; the reader decides who reads them."""
        self._readers[subject_type] = reader

    async def upload(self, asker: Asker, data: bytes, name: str | None) -> StoredFile:
        """Stores what a user sends, for themselves and their organisation."""
        if asker.organisation is None:
            raise Refused
        content = await self.prepare(data)
        place = Place(organisation=asker.organisation, owner=asker.subject, name=name)
        async with self.laid_down(content) as file, self._database.transaction(asker.actor()) as transaction:
            return await self.enter(transaction, file, content, place)

    async def prepare(self, data: bytes) -> Content:
        """The bytes as they may be stored: checked, and images made anew; raises FileRefused."""
        check_size(len(data))
        file_type = type_of(data)
        if file_type in IMAGES:
            return await self._maker.prepare(data)
        found = await self.examine(file_type, len(data), lambda start, stop: data[start:stop])
        return Content(
            data=data,
            file_type=found.file_type,
            width=found.width,
            height=found.height,
            duration_ms=found.duration_ms,
        )

    async def examine(self, file_type: FileType, size: int, read: Read) -> Examined:
        """What a file is, by what is in it; raises FileRefused, also for one too large for what it is."""
        found = await self._looking.examine(file_type, size, read)
        check_size_of(found.file_type, size)
        return found

    @asynccontextmanager
    async def laid_down(self, content: Content, file: FileId | None = None) -> AsyncIterator[FileId]:
        """Bytes on disk under an id, for the row that the block commits; gone if the block is refused.

        When the database went away in the middle the bytes stay: their row may be there.
        """
        file = file or FileId(new_id())
        await self._disk.write(file, content.data)
        try:
            yield file
        except (Unavailable, asyncio.CancelledError):
            raise
        except BaseException:
            await self._disk.remove(file)
            raise

    async def enter(
        self, transaction: Transaction, file: FileId, content: Content, place: Place
    ) -> StoredFile:
        """The row of bytes that lie on disk already."""
        facts = Facts(
            file_type=content.file_type,
            size=len(content.data),
            sha256=hashlib.sha256(content.data).hexdigest(),
            width=content.width,
            height=content.height,
            duration_ms=content.duration_ms,
        )
        return await self.enter_facts(transaction, file, facts, place)

    async def enter_facts(
        self, transaction: Transaction, file: FileId, facts: Facts, place: Place
    ) -> StoredFile:
        """The row of bytes of which this is known, and which lie in the store already."""
        look = look_of(facts.file_type, facts.size, papers=self._papers)
        stored = StoredFile(
            id=file,
            organisation=place.organisation,
            owner=place.owner,
            name=display_name(place.name, facts.file_type),
            file_type=facts.file_type,
            size=facts.size,
            sha256=facts.sha256,
            width=facts.width,
            height=facts.height,
            created_at=self._clock.now(),
            subject_type=place.subject_type,
            subject_id=place.subject_id,
            duration_ms=facts.duration_ms,
            preview_state="none" if look is None else "waiting",
        )
        await store.add(transaction, stored)
        if stored.preview_state == "waiting":
            await self._ask_preview(transaction, stored)
        return stored

    async def own(self, asker: Asker, file: FileId) -> StoredFile | None:
        """The asker's own file of this id, if there is one."""
        async with self._database.transaction(asker.actor()) as transaction:
            stored = await store.get(transaction, file)
        return stored if stored is not None and stored.owner == asker.subject else None

    async def read(self, asker: Asker, file: FileId) -> tuple[StoredFile, Readable]:
        """The file and its bytes; raises NotFound for a missing and a foreign one alike, FileUnreadable."""
        stored = await self.check_readable(asker, file)
        try:
            return stored, await self._disk.open(stored.id, stored.sha256)
        except FileNotFoundError as error:
            raise NotFound from error

    async def check_readable(self, asker: Asker, file: FileId) -> StoredFile:
        """The row; raises NotFound for a missing file and one that the asker may not read alike."""
        async with self._database.transaction(asker.actor()) as transaction:
            stored = await store.get(transaction, file)
            if stored is None or not await self._may_read(transaction, asker, stored):
                raise NotFound
        return stored

    async def read_preview(self, asker: Asker, file: FileId) -> tuple[StoredFile, Readable]:
        """What is shown of a file; raises NotFound where there is none, as for a foreign one."""
        stored = await self.check_readable(asker, file)
        if stored.preview_id is None:
            raise NotFound("file.no_preview")
        try:
            return stored, await self._disk.open(stored.preview_id, "")
        except FileNotFoundError as error:
            raise NotFound from error

    async def attach(
        self, transaction: Transaction, asker: Asker, file: FileId, subject_type: str, subject_id: str
    ) -> StoredFile:
        """Lays one's own file beside something, for good; raises NotFound for a foreign one."""
        stored = await store.get(transaction, file)
        if stored is None or stored.owner != asker.subject:
            raise NotFound
        there = (stored.subject_type, stored.subject_id) == (subject_type, subject_id)
        if not there and not await store.attach(transaction, file, subject_type, subject_id):
            raise NotFound
        return stored

    async def describe(self, transaction: Transaction, files: Sequence[FileId]) -> dict[FileId, StoredFile]:
        """Rows of files whose readers were checked by the caller."""
        return await store.get_many(transaction, files)

    async def _may_read(self, transaction: Transaction, asker: Asker, stored: StoredFile) -> bool:
        if stored.owner == asker.subject:
            return True
        if stored.subject_type is None or stored.subject_id is None:
            return not asker.is_guest and stored.organisation == asker.organisation
        reader = self._readers.get(stored.subject_type)
        return reader is not None and await reader(transaction, asker, stored.subject_id)


def file_url(file: FileId) -> str:
    """Where a file is read, below the site's own address."""
    return f"/api/v1/files/{file}"
