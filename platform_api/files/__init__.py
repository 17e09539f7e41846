"""Small files: stored safely, read by those who may."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from platform_api.audit import AuditTrail
from platform_api.files import office_child
from platform_api.files.disk import FileDisk
from platform_api.files.errors import FileRefused, FileTooLarge, FileUnreadable, StorageFull
from platform_api.files.images import ImageMaker
from platform_api.files.life import FileLife
from platform_api.files.links import FileLinks
from platform_api.files.looking import Looking
from platform_api.files.model import FileSettings, Store, StoredFile
from platform_api.files.office import OfficeState, PaperMaker
from platform_api.files.parts import Parts as UploadParts
from platform_api.files.previews import MakePreview, PreviewMaker, asking
from platform_api.files.purge import DAILY, PurgeFiles, Purger
from platform_api.files.rewrap import RewrapFiles, Rewrapper, told_resealed
from platform_api.files.routes import ROUTES
from platform_api.files.s3 import S3Objects
from platform_api.files.schemas import FileItem, file_item
from platform_api.files.service import Files, Place
from platform_api.files.sweep import Sweep
from platform_api.files.uploads import Uploads
from platform_api.http import Parts
from platform_api.identity.logins import Logins
from platform_api.jobs import JobKind, Jobs, Progress, Schedule, Work
from platform_api.kernel.sealed_folder import SealedFolders
from platform_api.kernel.sealing import Sealer

__all__ = [
    "JOBS",
    "ROUTES",
    "SCHEDULES",
    "FileDisk",
    "FileItem",
    "FileRefused",
    "FileSettings",
    "FileTooLarge",
    "FileUnreadable",
    "Files",
    "OfficeState",
    "PaperMaker",
    "Place",
    "RewrapFiles",
    "Rewrapper",
    "StorageFull",
    "StoredFile",
    "build",
    "file_item",
    "rewrapper_of",
    "sizes_of",
    "told_resealed",
]

OBJECTS: Final = "objects"
"""The part of `/readyz` that says whether the bucket answers, where files lie in one."""


def places_of(data_dir: Path, sealer: Sealer, settings: FileSettings) -> list[FileDisk | S3Objects]:
    """Where sealed files lie: always some on this disk, for uploads under way are there."""
    disk = FileDisk(data_dir / "files", sealer)
    return [disk, S3Objects(settings, sealer)] if settings.store is Store.S3 else [disk]


def sizes_of(parts: Parts) -> Iterator[tuple[str, int]]:
    """All bytes of files by place: `parts/…` are uploads under way, `aside/…` what nothing names. Blocks."""
    for place in places_of(parts.data_dir, parts.sealer, _settings(parts)):
        yield from place.sizes()


def objects_of(parts: Parts) -> FileDisk | S3Objects:
    """The store of whole files that the settings name."""
    return places_of(parts.data_dir, parts.sealer, _settings(parts))[-1]


def _settings(parts: Parts) -> FileSettings:
    return parts.settings.section("files", FileSettings)


def preview_work(parts: Parts) -> Work:
    """`files.preview`, over the same folder."""
    office_child.tidy()
    maker = PreviewMaker(
        database=parts.database,
        objects=objects_of(parts),
        looking=Looking(),
        papers=PaperMaker(_settings(parts).soffice),
    )
    return Work(do=maker.make, give_up=maker.give_up)


def rewrap_work(parts: Parts) -> Work:
    """`files.rewrap`, over all that is sealed in files."""
    rewrapper = rewrapper_of(parts.data_dir, parts.sealer, _settings(parts))
    trail = parts.services.get(AuditTrail)

    async def work(spec: RewrapFiles, progress: Progress) -> None:
        done = await rewrapper.work(spec, progress)
        told = told_resealed(parts.sealer, "files", changed=done.changed, broken=done.broken)
        await trail.record(told)

    return Work(do=work)


def rewrapper_of(data_dir: Path, sealer: Sealer, settings: FileSettings) -> Rewrapper:
    """Over stored files, uploads under way, recordings and journals of rooms."""
    folders = (SealedFolders(data_dir / name, sealer) for name in ("recordings", "rooms"))
    rests = UploadParts(data_dir / "files", sealer)
    return Rewrapper(*places_of(data_dir, sealer, settings), rests, *folders)


def purge_work(parts: Parts) -> Work:
    """`files.purge`, over the same folder."""
    purger = Purger(
        database=parts.database,
        objects=objects_of(parts),
        clock=parts.clock,
        trail=parts.services.get(AuditTrail),
        settings=_settings(parts),
    )
    return Work(do=purger.work)


JOBS = (
    JobKind(spec=PurgeFiles, work=purge_work),
    JobKind(spec=MakePreview, work=preview_work),
    JobKind(spec=RewrapFiles, work=rewrap_work),
)
SCHEDULES = (Schedule(spec=PurgeFiles(), cron=DAILY),)


def build(parts: Parts) -> tuple[object, ...]:
    """The service, with its folder below the data directory, and what sweeps that folder at each start."""
    disk, objects = FileDisk(parts.data_dir / "files", parts.sealer), objects_of(parts)
    if isinstance(objects, S3Objects):
        parts.readiness.add(OBJECTS, objects.check)
    papers = PaperMaker(_settings(parts).soffice)
    files = Files(
        database=parts.database,
        disk=objects,
        clock=parts.clock,
        maker=ImageMaker(),
        looking=Looking(),
        papers=papers,
        ask_preview=asking(parts.services.get(Jobs)),
    )
    uploads = Uploads(
        database=parts.database,
        parts=UploadParts(parts.data_dir / "files", parts.sealer),
        objects=objects,
        files=files,
        clock=parts.clock,
        settings=_settings(parts),
        data_dir=parts.data_dir,
    )
    logins = parts.services.get(Logins)
    links = FileLinks(files=files, logins=logins, clock=parts.clock, key=parts.signing_key)
    life = FileLife(
        database=parts.database,
        files=files,
        clock=parts.clock,
        trail=parts.services.get(AuditTrail),
        settings=_settings(parts),
    )
    return (
        files,
        papers,
        uploads,
        links,
        life,
        Sweep(database=parts.database, disk=disk, clock=parts.clock),
    )
