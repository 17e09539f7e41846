"""Files over HTTP."""

from urllib.parse import quote

from platform_api.files.errors import FileRefused, FileTooLarge, FileUnreadable, StorageFull
from platform_api.files.model import IMAGES, MAX_FILE_BYTES, StoredFile
from platform_api.files.schemas import FileItem, UploadQuery, file_item
from platform_api.files.service import Files
from platform_api.files.upload_routes import UPLOAD_ROUTES
from platform_api.http import (
    GUEST_OR_USER,
    SIGNED_IN,
    Call,
    FileAnswer,
    IdPath,
    Method,
    Rate,
    RawBody,
    Route,
)
from platform_api.kernel.errors import NotFound, Refused
from platform_api.kernel.ids import FileId

MULTIPART_EXTRA_BYTES = 65_536
MAX_BODY_BYTES = MAX_FILE_BYTES + MULTIPART_EXTRA_BYTES
UPLOAD_RATE = Rate(30, 60)


async def upload_file(call: Call[None, UploadQuery, RawBody]) -> FileItem:
    upload = await call.body.upload(call.query.name or "")
    return file_item(await call.services.get(Files).upload(call.asker, upload.data, upload.name))


async def read_file(call: Call[IdPath, None, None]) -> FileAnswer:
    file, source = await call.services.get(Files).read(call.asker, FileId(call.path.id))
    return FileAnswer(
        source=source, tag=file.sha256, content_type=file.file_type.value, headers=safe_headers(file)
    )


def safe_headers(file: StoredFile) -> dict[str, str]:
    """Only images that we made ourselves are shown in place; nothing of a file may act (UP-03)."""
    kind = "inline" if file.file_type in IMAGES else "attachment"
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
        summary="Stores a picture (PNG, JPEG, WebP) or a PDF of at most 20 MB",
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
    *UPLOAD_ROUTES,
)
