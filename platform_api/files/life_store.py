"""All SQL of versions, marks of deletion, and purging."""

from dataclasses import dataclass
from datetime import datetime

from platform_api.db import Transaction
from platform_api.files.model import Retention, StoredFile
from platform_api.files.store import file_of
from platform_api.kernel.ids import FileId


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A file whose bytes may go."""

    id: FileId
    organisation: str
    preview: FileId | None
    retention: str
    reason: str


async def mark_deleted(transaction: Transaction, file: FileId, by: str, reason: str, at: datetime) -> bool:
    """Whether it was there."""
    changed = await transaction.execute(
        "UPDATE files SET deleted_at = $2, deleted_by = $3, delete_reason = $4 "
        "WHERE id = $1 AND deleted_at IS NULL",
        file,
        at,
        by,
        reason,
    )
    return changed == 1


async def set_version(transaction: Transaction, file: FileId, newer: FileId) -> bool:
    """Whether the newer one belonged to nothing and now follows the other, at its place.

    Raises UniqueBroken if another follows it already.
    """
    changed = await transaction.execute(
        "UPDATE files AS n SET replaces = o.id, version = o.version + 1, subject_type = o.subject_type, "
        "subject_id = o.subject_id FROM files AS o WHERE o.id = $1 AND n.id = $2 AND n.replaces IS NULL "
        "AND n.subject_id IS NULL AND NOT EXISTS (SELECT FROM files WHERE replaces = n.id)",
        file,
        newer,
    )
    return changed == 1


async def versions(transaction: Transaction, file: FileId) -> list[tuple[StoredFile, int]]:
    """The chain in which a file stands, the newest first."""
    rows = await transaction.fetch(
        "WITH RECURSIVE older AS (SELECT * FROM files WHERE id = $1 "
        "UNION SELECT f.* FROM files f JOIN older ON f.id = older.replaces), "
        "newer AS (SELECT * FROM files WHERE id = $1 "
        "UNION SELECT f.* FROM files f JOIN newer ON f.replaces = newer.id) "
        "SELECT * FROM (SELECT * FROM older UNION SELECT * FROM newer) chain "
        "WHERE deleted_at IS NULL ORDER BY version DESC LIMIT 200",
        file,
    )
    return [(file_of(row), row["version"]) for row in rows]


async def retention_of(transaction: Transaction, file: FileId) -> Retention:
    """For how long the bytes are kept once the file is deleted."""
    row = await transaction.fetchrow("SELECT retention FROM files WHERE id = $1", file)
    return Retention(row["retention"]) if row is not None else Retention.WORKING


async def set_retention(
    transaction: Transaction, file: FileId, retention: Retention, before: list[Retention]
) -> bool:
    """Whether it was one of these before."""
    changed = await transaction.execute(
        "UPDATE files SET retention = $2 WHERE id = $1 AND retention = ANY ($3::text[])",
        file,
        retention.value,
        [each.value for each in before],
    )
    return changed == 1


async def due(transaction: Transaction, before: dict[str, datetime], limit: int) -> list[Due]:
    """Files that were deleted before the moment of their rule."""
    rows = await transaction.fetch(
        "SELECT id, organisation_id, preview_id, retention, delete_reason FROM files "
        "WHERE deleted_at IS NOT NULL AND purged_at IS NULL AND deleted_at < CASE retention "
        "WHEN 'working' THEN $1::timestamptz WHEN 'outpatient' THEN $2 ELSE $3 END "
        "ORDER BY deleted_at LIMIT $4",
        before["working"],
        before["outpatient"],
        before["inpatient"],
        limit,
    )
    return [
        Due(
            id=FileId(row["id"]),
            organisation=row["organisation_id"],
            preview=row["preview_id"],
            retention=row["retention"],
            reason=row["delete_reason"],
        )
        for row in rows
    ]


async def mark_purged(transaction: Transaction, file: FileId, at: datetime) -> bool:
    """Whether it was not yet; the name goes too, for people write patients' names into it."""
    changed = await transaction.execute(
        "UPDATE files SET purged_at = $2, name = 'purged', sha256 = '', preview_state = 'none', "
        "preview_id = NULL WHERE id = $1 AND purged_at IS NULL",
        file,
        at,
    )
    return changed == 1
