"""Uploads over HTTP: tus 1.0.0 with creation, termination and expiration; `finish` makes the file.

https://tus.io/protocols/resumable-upload; not spoken: deferred lengths, checksums (TLS and the seals have
them), concatenation.
"""

import base64
import binascii
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Final

from platform_api.files.errors import (
    FileRefused,
    FileTooLarge,
    FileUnreadable,
    QuotaFull,
    StorageFull,
    UploadInvalid,
)
from platform_api.files.model import Upload, UploadId
from platform_api.files.schemas import FileItem, UploadItem, UploadList, file_item
from platform_api.files.uploads import Uploads
from platform_api.http import (
    SIGNED_IN,
    BareAnswer,
    Call,
    IdPath,
    Method,
    Rate,
    RawBody,
    Route,
)
from platform_api.http.body import BodyCut, BodyUnsupported
from platform_api.kernel.errors import Conflict, NotFound, Refused, TooMany

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,termination,expiration"
CONTENT_TYPE: Final = "application/offset+octet-stream"
MAX_METADATA: Final = 4_096
MAX_NAME: Final = 255
MAX_BODY_BYTES: Final = 1 << 40
"""What one PATCH may have; the size of its upload is the smaller limit, and is looked at piece by piece."""
BEGIN_RATE: Final = Rate(60, 60)
PATCH_RATE: Final = Rate(300, 15)
LOOK_RATE: Final = Rate(240, 60)


async def begin_upload(call: Call[None, None, None]) -> BareAnswer:
    headers = call.caller.headers
    _check_version(headers)
    size = _whole_number(headers, "Upload-Length")
    known = metadata_of(headers.get("Upload-Metadata", ""))
    modified = known.get("modified", "0")
    uploads = call.services.get(Uploads)
    upload = await uploads.begin(
        call.asker,
        name=_storable(known.get("filename", "")),
        size=size,
        modified_ms=int(modified) if modified.isascii() and modified.isdigit() and len(modified) < 16 else 0,
    )
    place = f"/api/v1/uploads/{upload.id}"
    return _answer(upload, {"Location": place, "Upload-Offset": "0", "Tus-Max-Size": str(uploads.max_bytes)})


async def look_at_upload(call: Call[IdPath, None, None]) -> BareAnswer:
    upload, offset = await call.services.get(Uploads).offset(call.asker, UploadId(call.path.id))
    _check_version(call.caller.headers)
    return _answer(upload, {"Upload-Offset": str(offset), "Upload-Length": str(upload.size)})


async def go_on_with_upload(call: Call[IdPath, None, RawBody]) -> BareAnswer:
    uploads, upload_id = call.services.get(Uploads), UploadId(call.path.id)
    upload = await uploads.find(call.asker, upload_id)
    _check_version(call.caller.headers)
    if call.body.content_type != CONTENT_TYPE:
        raise BodyUnsupported
    offset = _whole_number(call.caller.headers, "Upload-Offset", least=0)
    return _answer(
        upload, {"Upload-Offset": str(await uploads.receive(call.asker, upload_id, offset, call.body))}
    )


async def give_up_upload(call: Call[IdPath, None, None]) -> BareAnswer:
    await call.services.get(Uploads).give_up(call.asker, UploadId(call.path.id))
    return BareAnswer(headers={"Tus-Resumable": VERSION})


async def finish_upload(call: Call[IdPath, None, None]) -> FileItem:
    return file_item(await call.services.get(Uploads).finish(call.asker, UploadId(call.path.id)))


async def list_uploads(call: Call[None, None, None]) -> UploadList:
    found = await call.services.get(Uploads).open_ones(call.asker)
    return UploadList(
        items=[
            UploadItem(
                id=upload.id,
                name=upload.name,
                size=upload.size,
                modified_ms=upload.modified_ms,
                offset=offset,
                expires_at=upload.expires_at,
            )
            for upload, offset in found
        ]
    )


def metadata_of(header: str) -> dict[str, str]:
    """`key base64, key base64` as a mapping; raises UploadInvalid."""
    if len(header) > MAX_METADATA:
        raise UploadInvalid
    found = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, ValueError) as error:
            raise UploadInvalid from error
    return found


def _storable(name: str) -> str:
    """The client's name as the database can keep it; what is shown of it is `rules.display_name`'s affair."""
    return name.replace("\0", "").encode("utf-8", "replace").decode()[:MAX_NAME].strip()


def _check_version(headers: Mapping[str, str]) -> None:
    if headers.get("Tus-Resumable") != VERSION:
        raise UploadInvalid("upload.version", status_hint=412)


def _whole_number(headers: Mapping[str, str], name: str, *, least: int = 1) -> int:
    text = headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text) >= least):
        raise UploadInvalid
    return int(text)


def _answer(upload: Upload, headers: Mapping[str, str]) -> BareAnswer:
    return BareAnswer(
        headers={
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Upload-Expires": format_datetime(upload.expires_at, usegmt=True),
            **headers,
        }
    )


UPLOAD_ROUTES = (
    Route(
        Method.POST,
        "/uploads",
        begin_upload,
        permission=SIGNED_IN,
        summary="Begins an upload that may be interrupted (tus 1.0.0: Upload-Length, Upload-Metadata)",
        errors=(UploadInvalid, FileTooLarge, QuotaFull, StorageFull, Refused, TooMany),
        status=201,
        rate=BEGIN_RATE,
    ),
    Route(
        Method.GET,
        "/uploads",
        list_uploads,
        permission=SIGNED_IN,
        summary="The asker's uploads under way, to go on with",
        rate=LOOK_RATE,
    ),
    Route(
        Method.HEAD,
        "/uploads/{id}",
        look_at_upload,
        permission=SIGNED_IN,
        summary="How far an upload has come (tus 1.0.0)",
        errors=(NotFound, UploadInvalid, FileUnreadable),
        rate=LOOK_RATE,
    ),
    Route(
        Method.PATCH,
        "/uploads/{id}",
        go_on_with_upload,
        permission=SIGNED_IN,
        summary="Adds bytes to an upload (tus 1.0.0)",
        errors=(NotFound, UploadInvalid, Conflict, FileRefused, StorageFull, FileUnreadable, BodyCut),
        status=204,
        rate=PATCH_RATE,
        max_body_bytes=MAX_BODY_BYTES,
    ),
    Route(
        Method.DELETE,
        "/uploads/{id}",
        give_up_upload,
        permission=SIGNED_IN,
        summary="Gives an upload up (tus 1.0.0)",
        errors=(NotFound,),
        status=204,
        rate=BEGIN_RATE,
    ),
    Route(
        Method.POST,
        "/uploads/{id}/finish",
        finish_upload,
        permission=SIGNED_IN,
        summary="Makes a file of a whole upload; asked again it answers the same",
        errors=(NotFound, Conflict, FileRefused, StorageFull, FileUnreadable),
        rate=BEGIN_RATE,
    ),
)
