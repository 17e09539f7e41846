"""All SQL of uploads under way."""

from datetime import datetime

from platform_api.db import Record, Transaction
from platform_api.files.model import Upload, UploadId
from platform_api.kernel.ids import OrganisationId


async def add(transaction: Transaction, upload: Upload) -> None:
    await transaction.execute(
        "INSERT INTO uploads (id, organisation_id, owner, name, size, modified_ms, begun_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        upload.id,
        upload.organisation,
        upload.owner,
        upload.name,
        upload.size,
        upload.modified_ms,
        upload.begun_at,
        upload.expires_at,
    )


async def get(transaction: Transaction, upload: UploadId) -> Upload | None:
    row = await transaction.fetchrow("SELECT * FROM uploads WHERE id = $1", upload)
    return None if row is None else _upload(row)


async def of_owner(transaction: Transaction, owner: str, now: datetime) -> list[Upload]:
    """Those that may still go on, the oldest first."""
    rows = await transaction.fetch(
        "SELECT * FROM uploads WHERE owner = $1 AND expires_at > $2 ORDER BY id LIMIT 100", owner, now
    )
    return [_upload(row) for row in rows]


async def remove(transaction: Transaction, upload: UploadId) -> bool:
    """Whether it was there."""
    return await transaction.execute("DELETE FROM uploads WHERE id = $1", upload) == 1


async def expired(transaction: Transaction, now: datetime) -> list[UploadId]:
    rows = await transaction.fetch(
        "SELECT id FROM uploads WHERE expires_at <= $1 ORDER BY id LIMIT 1000", now
    )
    return [UploadId(row["id"]) for row in rows]


async def known(transaction: Transaction, uploads: list[UploadId]) -> set[UploadId]:
    rows = await transaction.fetch("SELECT id FROM uploads WHERE id = ANY ($1::uuid[])", uploads)
    return {UploadId(row["id"]) for row in rows}


async def used_bytes(transaction: Transaction, organisation: OrganisationId) -> int:
    """What an organisation's files have, and what its uploads may come to have; asked as the house itself."""
    used: int = await transaction.fetchval(
        "SELECT coalesce((SELECT sum(size) FROM files "
        "WHERE organisation_id = $1 AND purged_at IS NULL), 0)::bigint "
        "+ coalesce((SELECT sum(size) FROM uploads WHERE organisation_id = $1), 0)::bigint",
        organisation,
    )
    return used


async def lock_quota(transaction: Transaction, organisation: OrganisationId) -> None:
    """Those who begin uploads for an organisation wait for each other until the end of the transaction."""
    await transaction.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 41))", f"quota:{organisation}"
    )


def _upload(row: Record) -> Upload:
    return Upload(
        id=UploadId(row["id"]),
        organisation=OrganisationId(row["organisation_id"]),
        owner=row["owner"],
        name=row["name"],
        size=row["size"],
        modified_ms=row["modified_ms"],
        begun_at=row["begun_at"],
        expires_at=row["expires_at"],
    )
