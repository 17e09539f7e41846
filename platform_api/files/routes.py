"""Files over HTTP."""

from urllib.parse import quote

from platform_api.files.errors import FileRefused, FileTooLarge, FileUnreadable, StorageFull
from platform_api.files.life_routes import LIFE_ROUTES
from platform_api.files.links import FileLinks
from platform_api.files.model import IMAGES, MAX_FILE_BYTES, SOUNDS, VIDEOS, StoredFile
from platform_api.files.schemas import FileItem, FileLink, FileQuery, LinkPath, UploadQuery, file_item
from platform_api.files.service import Files
from platform_api.files.upload_routes import UPLOAD_ROUTES
from platform_api.http import (
    GUEST_OR_USER,
    PUBLIC,
    SIGNED_IN,
    Call,
    FileAnswer,
    IdPath,
    Method,
    Rate,
    RawBody,
    Readable,
    Route,
)
from platform_api.kernel.errors import NotAuthenticated, NotFound, Refused
from platform_api.kernel.ids import FileId

MULTIPART_EXTRA_BYTES = 65_536
MAX_BODY_BYTES = MAX_FILE_BYTES + MULTIPART_EXTRA_BYTES
UPLOAD_RATE = Rate(30, 60)
LINK_RATE = Rate(120, 60)
FOLLOW_RATE = Rate(1_200, 60)
SHOWN = IMAGES | SOUNDS | VIDEOS


async def upload_file(call: Call[None, UploadQuery, RawBody]) -> FileItem:
    upload = await call.body.upload(call.query.name or "")
    return file_item(await call.services.get(Files).upload(call.asker, upload.data, upload.name))


async def read_file(call: Call[IdPath, FileQuery, None]) -> FileAnswer:
    file, source = await call.services.get(Files).read(call.asker, FileId(call.path.id))
    return _answer(file, source, download=call.query.download)


async def read_preview(call: Call[IdPath, None, None]) -> FileAnswer:
    file, source = await call.services.get(Files).read_preview(call.asker, FileId(call.path.id))
    kind = "application/json" if file.file_type in SOUNDS else "image/jpeg"
    headers = {**safe_headers(file), "Content-Disposition": "inline"}
    return FileAnswer(source=source, tag=str(file.preview_id), content_type=kind, headers=headers)


async def link_file(call: Call[IdPath, None, None]) -> FileLink:
    token, expires_at = await call.services.get(FileLinks).make(call.asker, FileId(call.path.id))
    return FileLink(url=f"/api/v1/file-links/{token}", expires_at=expires_at)


async def follow_link(call: Call[LinkPath, FileQuery, None]) -> FileAnswer:
    file, source = await call.services.get(FileLinks).follow(call.path.token)
    return _answer(file, source, download=call.query.download)


def _answer(file: StoredFile, source: Readable, *, download: bool) -> FileAnswer:
    headers = safe_headers(file, download=download)
    return FileAnswer(source=source, tag=file.sha256, content_type=file.file_type.value, headers=headers)


def safe_headers(file: StoredFile, *, download: bool = False) -> dict[str, str]:
    """Shown in place are images that we made ourselves, sounds and videos; nothing may act (UP-03)."""
    kind = "inline" if file.file_type in SHOWN and not download else "attachment"
    return {
        "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, max-age=3600",
    }


ROUTES = (
    Route(
        Method.POST,
        "/files",
        upload_file,
        permission=SIGNED_IN,
        summary="Stores a small file: a picture, PDF, sound, video or office document of at most 20 MB",
        errors=(FileRefused, FileTooLarge, StorageFull, Refused),
        status=201,
        rate=UPLOAD_RATE,
        max_body_bytes=MAX_BODY_BYTES,
    ),
    Route(
        Method.GET,
        "/files/{id}",
        read_file,
        permission=GUEST_OR_USER,
        summary="A file's bytes",
        errors=(NotFound, FileUnreadable),
    ),
    Route(
        Method.GET,
        "/files/{id}/preview",
        read_preview,
        permission=GUEST_OR_USER,
        summary="What is shown of a file: a small picture, or the levels of a sound",
        errors=(NotFound, FileUnreadable),
    ),
    Route(
        Method.POST,
        "/files/{id}/link",
        link_file,
        permission=GUEST_OR_USER,
        summary="A signed address of a file for a player, good for ten minutes",
        errors=(NotFound,),
        rate=LINK_RATE,
    ),
    Route(
        Method.GET,
        "/file-links/{token}",
        follow_link,
        permission=PUBLIC,
        summary="A file's bytes by a signed address",
        errors=(NotFound, NotAuthenticated, FileUnreadable),
        rate=FOLLOW_RATE,
    ),
    *UPLOAD_ROUTES,
    *LIFE_ROUTES,
)
