"""The SQL of joining."""

from dataclasses import dataclass
from datetime import datetime

from platform_api.db import Record, Transaction
from platform_api.identity.model import UserRole
from platform_api.joining.model import Joinable, Registration, RegistrationState, UserInvitation
from platform_api.kernel.ids import OrganisationId, UserId
from platform_api.search import Asked, SearchColumns, search_condition

REGISTRATION = """
    SELECT r.*, o.name AS organisation_name
    FROM registrations r JOIN organisations o ON o.id = r.organisation_id
"""
INVITATION = """
    SELECT i.*, o.name AS organisation_name
    FROM user_invitations i JOIN organisations o ON o.id = i.organisation_id
"""


# Registrations


async def joinable(transaction: Transaction, asked: Asked, limit: int) -> list[Joinable]:
    """Open organisations that are found by these words or sounds, by name."""
    condition, values = search_condition(asked, SearchColumns(), 2)
    rows = await transaction.fetch(
        "SELECT found.id, found.name, coalesce(above.names, '{}') AS above "  # noqa: S608 - constants
        f"FROM (SELECT * FROM organisations WHERE {condition} AND closed_at IS NULL "
        "ORDER BY name_key, id LIMIT $1) found "
        "CROSS JOIN LATERAL (SELECT array_agg(o.name ORDER BY p.depth DESC) AS names "
        "FROM organisation_paths p JOIN organisations o ON o.id = p.ancestor_id "
        "WHERE p.descendant_id = found.id AND p.depth > 0) above ORDER BY found.name_key, found.id",
        limit,
        *values,
    )
    return [
        Joinable(id=OrganisationId(row["id"]), name=row["name"], above=tuple(row["above"])) for row in rows
    ]


async def add_registration(
    transaction: Transaction, registration: Registration, code_hash: bytes, phone_lookup: bytes
) -> None:
    await transaction.execute(
        "INSERT INTO registrations (id, organisation_id, code_hash, name, phone_sealed, phone_lookup, title, "
        "speciality, reason, locale, state, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        registration.id,
        registration.organisation,
        code_hash,
        registration.name,
        registration.phone_sealed,
        phone_lookup,
        registration.title,
        registration.speciality,
        registration.reason,
        registration.locale,
        registration.state,
        registration.created_at,
    )


async def waiting_at(transaction: Transaction, organisation: OrganisationId) -> int:
    """How many registrations wait at this organisation."""
    count: int = await transaction.fetchval(
        "SELECT count(*) FROM registrations WHERE organisation_id = $1 AND state = 'waiting'", organisation
    )
    return count


async def organisation_exists(transaction: Transaction, organisation: OrganisationId) -> bool:
    return bool(
        await transaction.fetchval(
            "SELECT EXISTS (SELECT FROM organisations WHERE id = $1 AND closed_at IS NULL)", organisation
        )
    )


async def registration_by_code(transaction: Transaction, code_hash: bytes) -> Registration | None:
    row = await transaction.fetchrow(REGISTRATION + "WHERE r.code_hash = $1", code_hash)
    return _registration(row) if row else None


async def lock_registration(transaction: Transaction, registration: str) -> Registration | None:
    """One that the transaction may see, held until it ends."""
    row = await transaction.fetchrow(REGISTRATION + "WHERE r.id = $1 FOR UPDATE OF r", registration)
    return _registration(row) if row else None


async def answer_registration(
    transaction: Transaction,
    registration: str,
    state: RegistrationState,
    *,
    answer: str,
    user: UserId | None,
    by: str,
    now: datetime,
) -> None:
    await transaction.execute(
        "UPDATE registrations SET state = $2, answer = $3, user_id = $4, reviewed_by = $5, reviewed_at = $6 "
        "WHERE id = $1",
        registration,
        state,
        answer,
        user,
        by,
        now,
    )


# Invitations


async def add_invitation(
    transaction: Transaction, invitation: UserInvitation, url_hash: bytes, by: str
) -> None:
    await transaction.execute(
        "INSERT INTO user_invitations (id, organisation_id, roles, name, url_hash, created_by, created_at, "
        "expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        invitation.id,
        invitation.organisation,
        sorted(invitation.roles),
        invitation.name,
        url_hash,
        by,
        invitation.created_at,
        invitation.expires_at,
    )


async def invitation_by_url(transaction: Transaction, url_hash: bytes) -> UserInvitation | None:
    row = await transaction.fetchrow(INVITATION + "WHERE i.url_hash = $1", url_hash)
    return _invitation(row) if row else None


async def use_invitation(transaction: Transaction, invitation: str, now: datetime) -> bool:
    """Whether the link is used now for the first time, by whoever comes first (AU-04)."""
    return bool(
        await transaction.execute(
            "UPDATE user_invitations SET used_at = $2 "
            "WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2",
            invitation,
            now,
        )
    )


async def name_user_of_invitation(transaction: Transaction, invitation: str, user: UserId) -> None:
    await transaction.execute("UPDATE user_invitations SET user_id = $2 WHERE id = $1", invitation, user)


async def revoke_invitation(transaction: Transaction, invitation: str, now: datetime) -> bool:
    return bool(
        await transaction.execute(
            "UPDATE user_invitations SET revoked_at = $2 "
            "WHERE id = $1 AND revoked_at IS NULL AND used_at IS NULL",
            invitation,
            now,
        )
    )


# Lists


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptList:
    """A list as it is kept."""

    id: str
    state: str
    rows: int
    sealed: bytes | None
    expires_at: datetime


async def add_list(
    transaction: Transaction, kept: KeptList, organisation: OrganisationId, by: str, now: datetime
) -> None:
    """Keeps a checked list; what is too old loses its rows at the same time."""
    await transaction.execute(
        "UPDATE user_imports SET sealed = NULL WHERE expires_at <= $1 AND sealed IS NOT NULL", now
    )
    await transaction.execute(
        "INSERT INTO user_imports (id, organisation_id, made_by, rows, state, sealed, created_at, "
        "expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        kept.id,
        organisation,
        by,
        kept.rows,
        kept.state,
        kept.sealed,
        now,
        kept.expires_at,
    )


async def lock_list(transaction: Transaction, kept: str, by: str) -> KeptList | None:
    """A list of this user's own, held until the transaction ends."""
    row = await transaction.fetchrow(
        "SELECT * FROM user_imports WHERE id = $1 AND made_by = $2 FOR UPDATE", kept, by
    )
    if row is None:
        return None
    return KeptList(
        id=row["id"],
        state=row["state"],
        rows=row["rows"],
        sealed=row["sealed"],
        expires_at=row["expires_at"],
    )


async def move_list(
    transaction: Transaction, kept: str, state: str, sealed: bytes | None, expires_at: datetime
) -> None:
    await transaction.execute(
        "UPDATE user_imports SET state = $2, sealed = $3, expires_at = $4 WHERE id = $1",
        kept,
        state,
        sealed,
        expires_at,
    )


def _registration(row: Record) -> Registration:
    return Registration(
        id=row["id"],
        organisation=OrganisationId(row["organisation_id"]),
        organisation_name=row["organisation_name"],
        name=row["name"],
        phone_sealed=row["phone_sealed"],
        title=row["title"],
        speciality=row["speciality"],
        reason=row["reason"],
        locale=row["locale"],
        state=RegistrationState(row["state"]),
        answer=row["answer"],
        user=UserId(row["user_id"]) if row["user_id"] else None,
        created_at=row["created_at"],
    )


def _invitation(row: Record) -> UserInvitation:
    return UserInvitation(
        id=row["id"],
        organisation=OrganisationId(row["organisation_id"]),
        organisation_name=row["organisation_name"],
        roles=frozenset(UserRole(role) for role in row["roles"]),
        name=row["name"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
        revoked_at=row["revoked_at"],
    )
