"""All SQL of share links; each kind of thing keeps its links in a table of its own, with the same columns."""

from datetime import datetime
from typing import Final

from platform_api.db import Record, Transaction
from platform_api.kernel.ids import OrganisationId, UserId
from platform_api.sharing.model import Share, Shared

SESSIONS: Final = Shared(table="session_shares", column="session_id")
QUESTIONS: Final = Shared(table="question_shares", column="question_id")


async def add(transaction: Transaction, shared: Shared, share: Share, token_hash: bytes) -> None:
    await transaction.execute(
        f"INSERT INTO {shared.table} (id, {shared.column}, organisation_id, token_hash, pin_hash, "  # noqa: S608 - constants
        "created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        share.id,
        share.subject,
        share.organisation,
        token_hash,
        share.pin_hash,
        share.created_by,
        share.created_at,
        share.expires_at,
    )


async def get_by_token(transaction: Transaction, shared: Shared, token_hash: bytes) -> Share | None:
    """The link of this token, held until the end of the transaction so that tries are counted."""
    row = await transaction.fetchrow(
        f"SELECT * FROM {shared.table} WHERE token_hash = $1 FOR UPDATE",  # noqa: S608 - a constant
        token_hash,
    )
    return None if row is None else _share(row, shared)


async def get(transaction: Transaction, shared: Shared, share: str) -> Share | None:
    row = await transaction.fetchrow(
        f"SELECT * FROM {shared.table} WHERE id = $1",  # noqa: S608 - a constant
        share,
    )
    return None if row is None else _share(row, shared)


async def of_subject(transaction: Transaction, shared: Shared, subject: str) -> list[Share]:
    """The links to one thing, newest first."""
    rows = await transaction.fetch(
        f"SELECT * FROM {shared.table} WHERE {shared.column} = $1 ORDER BY id DESC LIMIT 100",  # noqa: S608 - constants
        subject,
    )
    return [_share(row, shared) for row in rows]


async def count_failure(transaction: Transaction, shared: Shared, share: str) -> None:
    await transaction.execute(
        f"UPDATE {shared.table} SET pin_failures = pin_failures + 1 WHERE id = $1",  # noqa: S608 - a constant
        share,
    )


async def revoke(transaction: Transaction, shared: Shared, share: str, at: datetime) -> bool:
    """Whether this call withdrew it; once only (AU-04)."""
    changed = await transaction.execute(
        f"UPDATE {shared.table} SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",  # noqa: S608 - a constant
        share,
        at,
    )
    return changed == 1


def _share(row: Record, shared: Shared) -> Share:
    return Share(
        id=row["id"],
        subject=row[shared.column],
        organisation=OrganisationId(row["organisation_id"]),
        expires_at=row["expires_at"],
        pin_hash=row["pin_hash"],
        pin_failures=row["pin_failures"],
        created_by=UserId(row["created_by"]),
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )
