"""The SQL of certificates."""

from datetime import datetime

from platform_api.db import Transaction
from platform_api.identity.model import UserCertificate
from platform_api.kernel.ids import UserId


async def certificates_of(transaction: Transaction, user: UserId) -> list[UserCertificate]:
    """All certificates of a user, oldest first."""
    rows = await transaction.fetch("SELECT * FROM user_certificates WHERE user_id = $1 ORDER BY id", user)
    return [
        UserCertificate(
            id=row["id"],
            user=UserId(row["user_id"]),
            subject=row["subject"],
            ends_at=row["ends_at"],
            created_at=row["created_at"],
            used_at=row["used_at"],
        )
        for row in rows
    ]


async def add_certificate(transaction: Transaction, bound: UserCertificate, fingerprint: bytes) -> None:
    """Binds it; raises UniqueBroken if it is bound, to whomever."""
    await transaction.execute(
        "INSERT INTO user_certificates (id, user_id, fingerprint, subject, ends_at, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        bound.id,
        bound.user,
        fingerprint,
        bound.subject,
        bound.ends_at,
        bound.created_at,
    )


async def owner_of(transaction: Transaction, fingerprint: bytes) -> UserId | None:
    """Whose certificate this is."""
    found = await transaction.fetchval(
        "SELECT user_id FROM user_certificates WHERE fingerprint = $1", fingerprint
    )
    return UserId(found) if found else None


async def touch_certificate(transaction: Transaction, fingerprint: bytes, now: datetime) -> None:
    await transaction.execute(
        "UPDATE user_certificates SET used_at = $2 WHERE fingerprint = $1", fingerprint, now
    )


async def remove_certificate(transaction: Transaction, user: UserId, certificate: str) -> bool:
    return bool(
        await transaction.execute(
            "DELETE FROM user_certificates WHERE id = $1 AND user_id = $2", certificate, user
        )
    )
