"""The SQL of invitations."""

from datetime import datetime

from platform_api.db import Record, Transaction
from platform_api.http import GuestKind
from platform_api.identity.model import Invitation
from platform_api.kernel.ids import InvitationId, OrganisationId, SessionId, UserId


async def add(transaction: Transaction, invitation: Invitation, *, url_hash: bytes, code_hash: bytes) -> None:
    await transaction.execute(
        "INSERT INTO invitations (id, session_id, organisation_id, kind, name, title, hospital, "
        "url_hash, code_hash, guest_id, created_by, created_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        invitation.id,
        invitation.session,
        invitation.organisation,
        invitation.kind,
        invitation.name,
        invitation.title,
        invitation.hospital,
        url_hash,
        code_hash,
        invitation.guest_id,
        invitation.created_by,
        invitation.created_at,
        invitation.expires_at,
    )


async def of_session(transaction: Transaction, session: SessionId) -> list[Invitation]:
    rows = await transaction.fetch("SELECT * FROM invitations WHERE session_id = $1 ORDER BY id", session)
    return [_invitation(row) for row in rows]


async def by_url(transaction: Transaction, url_hash: bytes) -> Invitation | None:
    row = await transaction.fetchrow("SELECT * FROM invitations WHERE url_hash = $1", url_hash)
    return _invitation(row) if row else None


async def count_attempt(
    transaction: Transaction, url_hash: bytes, limit: int, now: datetime
) -> tuple[Invitation, bytes] | None:
    """The open invitation and its code's hash, this attempt counted; None if it is open no more."""
    row = await transaction.fetchrow(
        "UPDATE invitations SET attempts = attempts + 1 WHERE url_hash = $1 AND attempts < $2 "
        "AND redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > $3 RETURNING *",
        url_hash,
        limit,
        now,
    )
    return (_invitation(row), row["code_hash"]) if row else None


async def redeem(transaction: Transaction, invitation: InvitationId, name: str, now: datetime) -> bool:
    """Whether it is redeemed now, by whoever comes first (AU-04)."""
    return bool(
        await transaction.execute(
            "UPDATE invitations SET redeemed_at = $2, name = $3 "
            "WHERE id = $1 AND redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > $2",
            invitation,
            now,
            name,
        )
    )


async def revoke(
    transaction: Transaction, session: SessionId, invitation: InvitationId, now: datetime
) -> Invitation | None:
    """The invitation of that session, withdrawn; None if there is none or it was withdrawn before."""
    row = await transaction.fetchrow(
        "UPDATE invitations SET revoked_at = $3 "
        "WHERE id = $2 AND session_id = $1 AND revoked_at IS NULL RETURNING *",
        session,
        invitation,
        now,
    )
    return _invitation(row) if row else None


def _invitation(row: Record) -> Invitation:
    return Invitation(
        id=InvitationId(row["id"]),
        session=SessionId(row["session_id"]),
        organisation=OrganisationId(row["organisation_id"]),
        kind=GuestKind(row["kind"]),
        name=row["name"],
        title=row["title"],
        hospital=row["hospital"],
        guest_id=row["guest_id"],
        attempts=row["attempts"],
        created_by=UserId(row["created_by"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        redeemed_at=row["redeemed_at"],
        revoked_at=row["revoked_at"],
    )
