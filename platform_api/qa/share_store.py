"""All SQL of links to questions; SQL of one idea beside `store`."""

from datetime import datetime

from platform_api.db import Record, Transaction
from platform_api.kernel.ids import OrganisationId, UserId
from platform_api.qa.model import QuestionId, Share


async def add(transaction: Transaction, share: Share, token_hash: bytes) -> None:
    await transaction.execute(
        "INSERT INTO question_shares (id, question_id, organisation_id, token_hash, pin_hash, created_by, "
        "created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        share.id,
        share.question,
        share.organisation,
        token_hash,
        share.pin_hash,
        share.created_by,
        share.created_at,
        share.expires_at,
    )


async def get_by_token(transaction: Transaction, token_hash: bytes) -> Share | None:
    """The link of this token, held until the end of the transaction so that tries are counted."""
    row = await transaction.fetchrow(
        "SELECT * FROM question_shares WHERE token_hash = $1 FOR UPDATE", token_hash
    )
    return None if row is None else _share(row)


async def get(transaction: Transaction, share: str) -> Share | None:
    row = await transaction.fetchrow("SELECT * FROM question_shares WHERE id = $1", share)
    return None if row is None else _share(row)


async def of_question(transaction: Transaction, question: QuestionId) -> list[Share]:
    """The question's links, newest first."""
    rows = await transaction.fetch(
        "SELECT * FROM question_shares WHERE question_id = $1 ORDER BY id DESC LIMIT 100", question
    )
    return [_share(row) for row in rows]


async def count_failure(transaction: Transaction, share: str) -> None:
    await transaction.execute(
        "UPDATE question_shares SET pin_failures = pin_failures + 1 WHERE id = $1", share
    )


async def revoke(transaction: Transaction, share: str, at: datetime) -> bool:
    """Whether this call withdrew it, and with it whom it let in; once only (AU-04)."""
    changed = await transaction.execute(
        "UPDATE question_shares SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", share, at
    )
    await transaction.execute("DELETE FROM question_admissions WHERE share_id = $1", share)
    return changed == 1


async def admit(transaction: Transaction, share: Share, subject: str, at: datetime) -> None:
    """Lets somebody with an account see the question until the link ends."""
    await transaction.execute(
        "INSERT INTO question_admissions (question_id, subject, share_id, organisation_id, expires_at, "
        "admitted_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        share.question,
        subject,
        share.id,
        share.organisation,
        share.expires_at,
        at,
    )


def _share(row: Record) -> Share:
    return Share(
        id=row["id"],
        question=QuestionId(row["question_id"]),
        organisation=OrganisationId(row["organisation_id"]),
        expires_at=row["expires_at"],
        pin_hash=row["pin_hash"],
        pin_failures=row["pin_failures"],
        created_by=UserId(row["created_by"]),
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )
