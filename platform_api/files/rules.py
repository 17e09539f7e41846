"""Pure decisions about files: what the bytes are, what a name may look like."""

import unicodedata
from datetime import timedelta
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final

from platform_api.files.errors import FileRefused, FileTooLarge
from platform_api.files.model import (
    MAX_BYTES_OF,
    MAX_FILE_BYTES,
    MAX_NAME_CHARS,
    SUFFIXES,
    FileSettings,
    FileType,
    Retention,
)

MEGABYTE = 1024 * 1024
BRANDS = {b"qt  ": FileType.MOV, b"M4A ": FileType.M4A, b"M4B ": FileType.M4A}
YEAR: Final = timedelta(days=365.25)
RECORDS_KEPT: Final = {Retention.OUTPATIENT: 15 * YEAR, Retention.INPATIENT: 30 * YEAR}
"""Files of a medical record are kept so long by law, whatever was deleted (医疗机构病历管理规定)."""
HEAD_BYTES = 64 * 1024
"""What is looked at to know what a file is."""


def type_of(data: bytes) -> FileType:
    """The type by the first bytes; raises FileRefused `file.empty` or `file.type_unknown`."""
    if not data:
        raise FileRefused("file.empty")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileType.PNG
    if data.startswith(b"\xff\xd8\xff"):
        return FileType.JPEG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return FileType.WEBP
    if data.startswith(b"%PDF-"):
        return FileType.PDF
    found = _of_container(data)
    if found is None:
        raise FileRefused("file.type_unknown", status_hint=415)
    return found


def _of_container(data: bytes) -> FileType | None:
    """A container of sound, pictures or documents: what is in it the child says (`looking.py`)."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return FileType.WAV
    if data.startswith(b"\x1aE\xdf\xa3"):
        return FileType.WEBM if b"webm" in data[:64] else None
    if data[4:8] == b"ftyp":
        return BRANDS.get(data[8:12], FileType.MP4)
    if data.startswith(b"OggS"):
        return FileType.OGG
    if data.startswith(b"ID3") or (data[0] == 0xFF and data[1:2] and data[1] & 0xE6 == 0xE2):
        return FileType.MP3
    return FileType.DOCX if data.startswith(b"PK\x03\x04") else None


def check_size(size: int, limit: int = MAX_FILE_BYTES) -> None:
    """Refuses what is larger than a file may be."""
    if size > limit:
        raise FileTooLarge(params={"limit_mb": limit // MEGABYTE})


def check_size_of(file_type: FileType, size: int) -> FileType:
    """The type, if a file of it may be so large; raises FileRefused `file.too_large_for_type`."""
    limit = MAX_BYTES_OF[file_type]
    if size > limit:
        raise FileRefused("file.too_large_for_type", status_hint=413, params={"limit_mb": limit // MEGABYTE})
    return file_type


def display_name(given: str | None, file_type: FileType) -> str:
    """A name to show: the last part of what the client said, without what could act; never a path.

    It is kept in the database alone and takes no part in any path on disk (UP-02).
    """
    last = PureWindowsPath(PurePosixPath(given or "").name).name
    stem = "".join(character for character in last if _is_visible(character)).strip(" .")
    stem = stem.rpartition(".")[0] if "." in stem else stem
    suffix = SUFFIXES[file_type]
    return (stem[: MAX_NAME_CHARS - len(suffix)] or "file") + suffix


def _is_visible(character: str) -> bool:
    return character == " " or unicodedata.category(character)[0] not in {"C", "Z"}


def kept_for(retention: Retention, settings: FileSettings) -> timedelta:
    """How long after a deletion the bytes stay."""
    return RECORDS_KEPT.get(retention, timedelta(days=settings.deleted_kept_days))


def no_longer_than(retention: Retention) -> list[Retention]:
    """This, and those that keep less: what is kept for longer is never kept shorter again."""
    kinds = list(Retention)
    return kinds[: kinds.index(retention) + 1]
