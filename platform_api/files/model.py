"""A stored file as a value, and the few types that are taken."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from platform_api.kernel.config import Secret
from platform_api.kernel.ids import FileId, OrganisationId

UploadId = NewType("UploadId", str)
"""An upload under way; the file that it becomes has the same id."""

MEGABYTE: Final = 1024 * 1024
MAX_FILE_BYTES: Final = 20 * MEGABYTE
MAX_PIXELS: Final = 24_000_000
MAX_NAME_CHARS: Final = 120


class FileType(StrEnum):
    """What is taken, by what the bytes are; a client's word for it counts for nothing."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    PDF = "application/pdf"
    WEBM_AUDIO = "audio/webm"
    OGG = "audio/ogg"
    M4A = "audio/mp4"
    MP3 = "audio/mpeg"
    WAV = "audio/wav"
    MP4 = "video/mp4"
    WEBM = "video/webm"
    MOV = "video/quicktime"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


IMAGES: Final = frozenset({FileType.PNG, FileType.JPEG, FileType.WEBP})
SOUNDS: Final = frozenset({FileType.WEBM_AUDIO, FileType.OGG, FileType.M4A, FileType.MP3, FileType.WAV})
VIDEOS: Final = frozenset({FileType.MP4, FileType.WEBM, FileType.MOV})
OFFICE: Final = frozenset({FileType.DOCX, FileType.XLSX, FileType.PPTX})
MAX_BYTES_OF: Final = {
    FileType.PNG: MAX_FILE_BYTES,
    FileType.JPEG: MAX_FILE_BYTES,
    FileType.WEBP: MAX_FILE_BYTES,
    FileType.PDF: 100 * MEGABYTE,
    FileType.WEBM_AUDIO: 500 * MEGABYTE,
    FileType.OGG: 500 * MEGABYTE,
    FileType.M4A: 500 * MEGABYTE,
    FileType.MP3: 500 * MEGABYTE,
    FileType.WAV: 500 * MEGABYTE,
    FileType.MP4: 8192 * MEGABYTE,
    FileType.WEBM: 8192 * MEGABYTE,
    FileType.MOV: 8192 * MEGABYTE,
    FileType.DOCX: 100 * MEGABYTE,
    FileType.XLSX: 100 * MEGABYTE,
    FileType.PPTX: 100 * MEGABYTE,
}
SUFFIXES: Final = {
    FileType.PNG: ".png",
    FileType.JPEG: ".jpg",
    FileType.WEBP: ".webp",
    FileType.PDF: ".pdf",
    FileType.WEBM_AUDIO: ".webm",
    FileType.OGG: ".ogg",
    FileType.M4A: ".m4a",
    FileType.MP3: ".mp3",
    FileType.WAV: ".wav",
    FileType.MP4: ".mp4",
    FileType.WEBM: ".webm",
    FileType.MOV: ".mov",
    FileType.DOCX: ".docx",
    FileType.XLSX: ".xlsx",
    FileType.PPTX: ".pptx",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Bytes that may be stored: images are re-encoded by us; sizes in pixels, 0 for what has none."""

    data: bytes
    file_type: FileType
    width: int = 0
    height: int = 0
    duration_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of bytes that lie in the store already."""

    file_type: FileType
    size: int
    sha256: str
    width: int = 0
    height: int = 0
    duration_ms: int = 0


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
    duration_ms: int = 0
    preview_state: str = "none"
    preview_id: FileId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Bytes that a user began to send: how many, and until when the rest may come."""

    id: UploadId
    organisation: OrganisationId
    owner: str
    name: str
    size: int
    modified_ms: int
    begun_at: datetime
    expires_at: datetime


class Retention(StrEnum):
    """For how long the bytes of a deleted file stay; each keeps longer than the one before."""

    WORKING = "working"
    OUTPATIENT = "outpatient"
    INPATIENT = "inpatient"


class Store(StrEnum):
    """Where whole files lie."""

    DISK = "disk"
    S3 = "s3"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettings:
    """Section `files`."""

    max_upload_mb: int = 4096
    quota_gb: int = 2000
    uploads_at_once: int = 20
    upload_kept_h: int = 72
    free_percent: float = 5.0
    deleted_kept_days: int = 30
    soffice: str = "soffice"
    store: Store = Store.DISK
    s3_endpoint: str = ""
    s3_bucket: str = "scopecast"
    s3_region: str = "us-east-1"
    s3_prefix: str = "files/"
    s3_access_key: Secret | None = None
    s3_secret_key: Secret | None = None
