"""The SQL of users' numbers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from platform_api.db import Transaction
from platform_api.kernel.ids import UserId


class _Sealed(Protocol):
    """What is kept of a number."""

    @property
    def sealed(self) -> bytes: ...
    @property
    def lookup(self) -> bytes: ...


async def keep(
    transaction: Transaction, user: UserId, phone: _Sealed | None, document: _Sealed | None, now: datetime
) -> None:
    """Keeps what is given and leaves the other; raises UniqueBroken for a foreign identity number."""
    await transaction.execute(
        "INSERT INTO user_contacts (user_id, phone_sealed, phone_lookup, document_sealed, document_lookup, "
        "changed_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id) DO UPDATE SET "
        "phone_sealed = coalesce($2, user_contacts.phone_sealed), "
        "phone_lookup = coalesce($3, user_contacts.phone_lookup), "
        "document_sealed = coalesce($4, user_contacts.document_sealed), "
        "document_lookup = coalesce($5, user_contacts.document_lookup), changed_at = $6",
        user,
        phone.sealed if phone else None,
        phone.lookup if phone else None,
        document.sealed if document else None,
        document.lookup if document else None,
        now,
    )


async def of(transaction: Transaction, user: UserId) -> tuple[bytes | None, bytes | None]:
    """The sealed telephone and identity number."""
    row = await transaction.fetchrow(
        "SELECT phone_sealed, document_sealed FROM user_contacts WHERE user_id = $1", user
    )
    return (row["phone_sealed"], row["document_sealed"]) if row else (None, None)


async def documents_known(transaction: Transaction, lookups: Sequence[bytes]) -> list[bytes]:
    """Which of these look-ups some user has."""
    rows = await transaction.fetch(
        "SELECT document_lookup FROM user_contacts WHERE document_lookup = ANY($1::bytea[])", list(lookups)
    )
    return [row["document_lookup"] for row in rows]
