"""Small files: stored safely, read by those who may."""

from platform_api.files.disk import FileDisk
from platform_api.files.errors import FileRefused, FileTooLarge, FileUnreadable, StorageFull
from platform_api.files.images import ImageMaker
from platform_api.files.model import FileSettings, StoredFile
from platform_api.files.parts import Parts as UploadParts
from platform_api.files.routes import ROUTES
from platform_api.files.schemas import FileItem, file_item
from platform_api.files.service import Files, Place
from platform_api.files.sweep import Sweep
from platform_api.files.uploads import Uploads
from platform_api.http import Parts

__all__ = [
    "ROUTES",
    "FileItem",
    "FileRefused",
    "FileTooLarge",
    "FileUnreadable",
    "Files",
    "Place",
    "StorageFull",
    "StoredFile",
    "build",
    "file_item",
]


def build(parts: Parts) -> tuple[object, ...]:
    """The service, with its folder below the data directory, and what sweeps that folder at each start."""
    disk = FileDisk(parts.data_dir / "files", parts.sealer)
    files = Files(database=parts.database, disk=disk, clock=parts.clock, maker=ImageMaker())
    uploads = Uploads(
        database=parts.database,
        parts=UploadParts(parts.data_dir / "files", parts.sealer),
        objects=disk,
        files=files,
        clock=parts.clock,
        settings=parts.settings.section("files", FileSettings),
        data_dir=parts.data_dir,
    )
    return (files, uploads, Sweep(database=parts.database, disk=disk, clock=parts.clock))
