"""All SQL of files."""

from collections.abc import Sequence

from platform_api.db import Record, Transaction
from platform_api.files.model import FileType, StoredFile
from platform_api.kernel.ids import FileId, OrganisationId


async def add(transaction: Transaction, file: StoredFile) -> None:
    await transaction.execute(
        "INSERT INTO files (id, organisation_id, owner, name, content_type, size, sha256, width, height, "
        "subject_type, subject_id, created_at, duration_ms, preview_state) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        file.id,
        file.organisation,
        file.owner,
        file.name,
        file.file_type.value,
        file.size,
        file.sha256,
        file.width,
        file.height,
        file.subject_type,
        file.subject_id,
        file.created_at,
        file.duration_ms,
        file.preview_state,
    )


async def get(transaction: Transaction, file: FileId) -> StoredFile | None:
    row = await transaction.fetchrow("SELECT * FROM files WHERE id = $1 AND deleted_at IS NULL", file)
    return None if row is None else file_of(row)


async def get_many(transaction: Transaction, files: Sequence[FileId]) -> dict[FileId, StoredFile]:
    rows = await transaction.fetch(
        "SELECT * FROM files WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL", list(files)
    )
    return {FileId(row["id"]): file_of(row) for row in rows}


async def get_kept(transaction: Transaction, files: Sequence[FileId]) -> dict[FileId, StoredFile]:
    """Those of these whose bytes are kept, though some were deleted."""
    rows = await transaction.fetch(
        "SELECT * FROM files WHERE id = ANY ($1::uuid[]) AND purged_at IS NULL", list(files)
    )
    return {FileId(row["id"]): file_of(row) for row in rows}


async def ids_after(transaction: Transaction, after: FileId | None, limit: int) -> list[FileId]:
    """Ids in order, from the one after this on."""
    rows = await transaction.fetch(
        "SELECT id FROM files WHERE ($1::uuid IS NULL OR id > $1) AND purged_at IS NULL ORDER BY id LIMIT $2",
        after,
        limit,
    )
    return [FileId(row["id"]) for row in rows]


async def known_objects(transaction: Transaction, objects: Sequence[FileId]) -> set[FileId]:
    """Those of these bytes that some row names: as a file, or as what is shown of one."""
    rows = await transaction.fetch(
        "SELECT id FROM files WHERE id = ANY ($1::uuid[]) AND purged_at IS NULL "
        "UNION ALL SELECT preview_id FROM files WHERE preview_id = ANY ($1::uuid[])",
        list(objects),
    )
    return {FileId(row["id"]) for row in rows}


async def set_preview(transaction: Transaction, file: FileId, state: str, preview: FileId | None) -> bool:
    """Whether the file waited for it."""
    changed = await transaction.execute(
        "UPDATE files SET preview_state = $2, preview_id = $3 WHERE id = $1 AND preview_state = 'waiting'",
        file,
        state,
        preview,
    )
    return changed == 1


async def attach(transaction: Transaction, file: FileId, subject_type: str, subject_id: str) -> bool:
    """Whether the file belonged to nothing and now belongs to this."""
    changed = await transaction.execute(
        "UPDATE files SET subject_type = $2, subject_id = $3 WHERE id = $1 AND subject_id IS NULL",
        file,
        subject_type,
        subject_id,
    )
    return changed == 1


def file_of(row: Record) -> StoredFile:
    """A row as the file that it is."""
    return StoredFile(
        id=FileId(row["id"]),
        organisation=OrganisationId(row["organisation_id"]),
        owner=row["owner"],
        name=row["name"],
        file_type=FileType(row["content_type"]),
        size=row["size"],
        sha256=row["sha256"],
        width=row["width"],
        height=row["height"],
        created_at=row["created_at"],
        subject_type=row["subject_type"],
        subject_id=row["subject_id"],
        duration_ms=row["duration_ms"],
        preview_state=row["preview_state"],
        preview_id=row["preview_id"],
    )
