"""What is shown of a file before it is opened: made by a job, sealed like it, read by who reads it."""

from collections.abc import Awaitable, Callable
from typing import ClassVar, Final

from platform_api.db import Actor, Database, Transaction
from platform_api.files import store
from platform_api.files.errors import FileRefused, FileUnreadable
from platform_api.files.looking import Look, Looking
from platform_api.files.model import IMAGES, OFFICE, SOUNDS, VIDEOS, FileType, StoredFile
from platform_api.files.objects import Objects, OpenedObject
from platform_api.files.office import PaperMaker
from platform_api.jobs import Jobs, JobSpec, Name, Owner, Progress
from platform_api.kernel.ids import FileId, new_id

SYSTEM: Final = Actor(subject="system:files")
SMALL_PICTURE_BYTES: Final = 200_000
"""A picture that has no more is its own preview."""
AskPreview = Callable[[Transaction, StoredFile], Awaitable[None]]


class MakePreview(JobSpec):
    """The preview of one file."""

    kind: ClassVar[str] = "files.preview"

    file: Name


def look_of(file_type: FileType, size: int, *, papers: PaperMaker) -> Look | None:
    """How the preview of such a file is made; None for what has none.

    Office documents have one where the machine has LibreOffice: nothing of Scopecast could draw them.
    """
    if file_type in SOUNDS:
        return Look.WAVE
    if file_type in VIDEOS:
        return Look.STILL
    if file_type in IMAGES:
        return Look.THUMB if size > SMALL_PICTURE_BYTES else None
    if file_type in OFFICE:
        return Look.PAGE if papers.takes(size) else None
    return Look.PAGE if file_type is FileType.PDF else None


def asking(jobs: Jobs) -> AskPreview:
    """Has a preview made once the file's row is kept."""

    async def ask(transaction: Transaction, file: StoredFile) -> None:
        owner = Owner(organisation=file.organisation, subject=file.owner, name="")
        await jobs.ask(transaction, MakePreview(file=file.id), owner)

    return ask


class PreviewMaker:
    """Makes previews in the worker. Run again it makes the same, and leaves one."""

    def __init__(self, *, database: Database, objects: Objects, looking: Looking, papers: PaperMaker) -> None:
        self._database = database
        self._objects = objects
        self._looking = looking
        self._papers = papers

    async def make(self, spec: MakePreview, _: Progress) -> None:
        """A file that cannot be looked into has failed to give a preview; it is no worse a file for that."""
        file = FileId(spec.file)
        async with self._database.transaction(SYSTEM) as transaction:
            stored = await store.get(transaction, file)
        if stored is None or stored.preview_state != "waiting":
            return
        try:
            source = await self._objects.open(file, stored.sha256)
            made = await self._draw(stored, source)
        except (FileRefused, FileUnreadable, FileNotFoundError):
            await self._fail(file)
            return
        await self._keep(file, made)

    async def _draw(self, stored: StoredFile, source: OpenedObject) -> bytes:
        """What is shown; of an office document the page that LibreOffice made of it."""
        if stored.file_type in OFFICE:
            pdf = await self._papers.pdf(stored.file_type, source.size, source.read)
            return await self._looking.look(Look.PAGE, FileType.PDF, len(pdf), lambda a, b: pdf[a:b])
        what = look_of(stored.file_type, stored.size, papers=self._papers)
        if what is None:
            raise FileRefused("file.no_preview")
        return await self._looking.look(what, stored.file_type, source.size, source.read)

    async def give_up(self, spec: MakePreview) -> None:
        """The file stays without one."""
        await self._fail(FileId(spec.file))

    async def _keep(self, file: FileId, made: bytes) -> None:
        preview = FileId(new_id())
        await self._objects.write(preview, made)
        async with self._database.transaction(SYSTEM) as transaction:
            kept = await store.set_preview(transaction, file, "ready", preview)
        if not kept:
            await self._objects.remove(preview)

    async def _fail(self, file: FileId) -> None:
        async with self._database.transaction(SYSTEM) as transaction:
            await store.set_preview(transaction, file, "failed", None)
