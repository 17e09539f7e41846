"""A stored file as a value, and the few types that are taken."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from platform_api.kernel.ids import FileId, OrganisationId

MAX_FILE_BYTES: Final = 20 * 1024 * 1024
MAX_PIXELS: Final = 24_000_000
MAX_NAME_CHARS: Final = 120


class FileType(StrEnum):
    """What is taken, by what the bytes are; a client's word for it counts for nothing."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    PDF = "application/pdf"


IMAGES: Final = frozenset({FileType.PNG, FileType.JPEG, FileType.WEBP})
SUFFIXES: Final = {
    FileType.PNG: ".png",
    FileType.JPEG: ".jpg",
    FileType.WEBP: ".webp",
    FileType.PDF: ".pdf",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Bytes that may be stored: images are re-encoded by us; sizes in pixels, 0 for what has none."""

    data: bytes
    file_type: FileType
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A row of the file table. `subject_type` and `subject_id` say what it belongs to, if anything."""

    id: FileId
    organisation: OrganisationId
    owner: str
    name: str
    file_type: FileType
    size: int
    sha256: str
    width: int
    height: int
    created_at: datetime
    subject_type: str | None = None
    subject_id: str | None = None
