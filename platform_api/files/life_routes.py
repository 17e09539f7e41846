"""Versions and deletion over HTTP."""

from datetime import timedelta

from platform_api.audit import Who
from platform_api.files.life import DeleteReason, FileLife
from platform_api.files.model import Retention
from platform_api.files.schemas import FileItem, VersionItem, VersionList, file_item
from platform_api.http import GUEST_OR_USER, SIGNED_IN, Call, Id, IdPath, Method, Rate, Route, Shape
from platform_api.kernel.errors import Conflict, NotFound
from platform_api.kernel.ids import FileId

CHANGE_RATE = Rate(60, 60)


class Deletion(Shape):
    """Why a file is taken away."""

    reason: DeleteReason


class Keeping(Shape):
    """How long the bytes stay once the file is deleted."""

    retention: Retention


class NewVersion(Shape):
    """A file of one's own that was sent already."""

    file: Id


async def delete_file(call: Call[IdPath, None, Deletion]) -> None:
    life = call.services.get(FileLife)
    await life.delete(call.asker, FileId(call.path.id), call.body.reason, Who.calling(call))


async def add_version(call: Call[IdPath, None, NewVersion]) -> FileItem:
    life, newer = call.services.get(FileLife), FileId(call.body.file)
    return file_item(await life.add_version(call.asker, FileId(call.path.id), newer, Who.calling(call)))


async def list_versions(call: Call[IdPath, None, None]) -> VersionList:
    found = await call.services.get(FileLife).history(call.asker, FileId(call.path.id))
    return VersionList(
        items=[VersionItem(version=number, file=file_item(file)) for file, number in found.versions],
        own=found.own,
        retention=found.retention,
        kept_days=round(found.kept / timedelta(days=1)),
    )


async def keep_file(call: Call[IdPath, None, Keeping]) -> None:
    life = call.services.get(FileLife)
    await life.keep(call.asker, FileId(call.path.id), call.body.retention, Who.calling(call))


LIFE_ROUTES = (
    Route(
        Method.POST,
        "/files/{id}/delete",
        delete_file,
        permission=SIGNED_IN,
        summary="Marks one's own file as deleted, with a reason; its bytes go later, by rule",
        errors=(NotFound,),
        status=204,
        rate=CHANGE_RATE,
    ),
    Route(
        Method.POST,
        "/files/{id}/versions",
        add_version,
        permission=SIGNED_IN,
        summary="Makes another of one's files the next version of this one",
        errors=(NotFound, Conflict),
        status=201,
        rate=CHANGE_RATE,
    ),
    Route(
        Method.POST,
        "/files/{id}/retention",
        keep_file,
        permission=SIGNED_IN,
        summary="Has one's own file kept for longer once it is deleted, never shorter",
        errors=(NotFound, Conflict),
        status=204,
        rate=CHANGE_RATE,
    ),
    Route(
        Method.GET,
        "/files/{id}/versions",
        list_versions,
        permission=GUEST_OR_USER,
        summary="All versions of a file, the newest first, and how long it is kept",
        errors=(NotFound,),
    ),
)
