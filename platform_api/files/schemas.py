"""Request and answer shapes of files."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from platform_api.files.model import Retention, StoredFile
from platform_api.files.service import file_url
from platform_api.http import Id, Moment, Shape, Text


class UploadQuery(Shape):
    """The name to show, for a body that is the bare bytes."""

    name: Annotated[Text, Field(max_length=255)] | None = None


class PreviewState(StrEnum):
    """Whether there is something to show of a file: `/files/{id}/preview`."""

    NONE = "none"
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class FileLink(Shape):
    """An address that opens one file without a token, for a short while."""

    url: str
    expires_at: Moment


class FileQuery(Shape):
    """Whether the file is to be taken away, instead of shown in place."""

    download: bool = False


class LinkPath(Shape):
    """A signed address."""

    token: Annotated[str, Field(max_length=1024, pattern=r"^[A-Za-z0-9_.-]+$")]


class FileItem(Shape):
    """A stored file; width and height are 0 for what is no image."""

    id: Id
    url: str
    name: str
    size: int
    content_type: str
    width: int
    height: int
    created_at: Moment
    duration_ms: int = 0
    preview: PreviewState = PreviewState.NONE


class VersionItem(Shape):
    """One version of a file."""

    version: int
    file: FileItem


class VersionList(Shape):
    """All versions that are there, the newest first; whose this one is, and how long it is kept."""

    items: list[VersionItem]
    own: bool
    retention: Retention
    kept_days: int


class UploadItem(Shape):
    """An upload under way."""

    id: Id
    name: str
    size: int
    modified_ms: int
    offset: int
    expires_at: Moment


class UploadList(Shape):
    """All that one has under way."""

    items: list[UploadItem]


def file_item(file: StoredFile) -> FileItem:
    """The item of a file."""
    return FileItem(
        id=file.id,
        url=file_url(file.id),
        name=file.name,
        size=file.size,
        content_type=file.file_type.value,
        width=file.width,
        height=file.height,
        created_at=file.created_at,
        duration_ms=file.duration_ms,
        preview=PreviewState(file.preview_state),
    )
