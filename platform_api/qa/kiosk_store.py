"""All SQL of screens in endoscopy rooms; SQL of one idea beside `store`."""

from datetime import datetime

from platform_api.db import Record, Transaction
from platform_api.kernel.ids import OrganisationId, UserId
from platform_api.qa.model import Kiosk, KioskId

_READ = (
    "SELECT k.*, (SELECT o.name FROM organisations o WHERE o.id = k.organisation_id) AS organisation_name "
    "FROM kiosks k "
)


async def add(
    transaction: Transaction,
    kiosk: KioskId,
    *,
    code_hash: bytes,
    token_hash: bytes,
    at: datetime,
    expires_at: datetime,
) -> None:
    """A screen that shows its code."""
    await transaction.execute(
        "INSERT INTO kiosks (id, code_hash, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        kiosk,
        code_hash,
        token_hash,
        at,
        expires_at,
    )


async def sweep(transaction: Transaction, at: datetime) -> None:
    """Forgets codes that nobody confirmed in time."""
    await transaction.execute("DELETE FROM kiosks WHERE paired_at IS NULL AND expires_at <= $1", at)


async def waiting(transaction: Transaction) -> int:
    """How many screens show a code."""
    return int(await transaction.fetchval("SELECT count(*) FROM kiosks WHERE paired_at IS NULL"))


async def by_token(transaction: Transaction, token_hash: bytes) -> Kiosk | None:
    row = await transaction.fetchrow(_READ + "WHERE k.token_hash = $1", token_hash)
    return None if row is None else _kiosk(row)


async def pair(
    transaction: Transaction,
    code_hash: bytes,
    *,
    organisation: OrganisationId,
    room: str,
    by: UserId,
    by_name: str,
    at: datetime,
    until: datetime,
) -> KioskId | None:
    """The screen that this call signed in, once; None if no screen shows the code now."""
    found = await transaction.fetchval(
        "UPDATE kiosks SET code_hash = NULL, organisation_id = $2, room = $3, paired_by = $4, "
        "paired_by_name = $5, paired_at = $6, expires_at = $7 "
        "WHERE code_hash = $1 AND paired_at IS NULL AND expires_at > $6 RETURNING id",
        code_hash,
        organisation,
        room,
        by,
        by_name,
        at,
        until,
    )
    return None if found is None else KioskId(found)


async def of_user(transaction: Transaction, user: UserId, at: datetime) -> list[Kiosk]:
    """The screens that a user has signed in and that still are."""
    rows = await transaction.fetch(
        _READ + "WHERE k.paired_by = $1 AND k.paired_at IS NOT NULL AND k.ended_at IS NULL "
        "AND k.expires_at > $2 ORDER BY k.id DESC LIMIT 50",
        user,
        at,
    )
    return [_kiosk(row) for row in rows]


async def end(transaction: Transaction, kiosk: KioskId, at: datetime, *, user: UserId | None = None) -> bool:
    """Whether this call ended it; with a user only if they had signed it in."""
    changed = await transaction.execute(
        "UPDATE kiosks SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL "
        "AND ($3::uuid IS NULL OR paired_by = $3)",
        kiosk,
        at,
        user,
    )
    return changed == 1


def _kiosk(row: Record) -> Kiosk:
    return Kiosk(
        id=KioskId(row["id"]),
        expires_at=row["expires_at"],
        organisation=None if row["organisation_id"] is None else OrganisationId(row["organisation_id"]),
        organisation_name=row["organisation_name"] or "",
        room=row["room"] or "",
        paired_by=None if row["paired_by"] is None else UserId(row["paired_by"]),
        paired_by_name=row["paired_by_name"] or "",
        paired_at=row["paired_at"],
        ended_at=row["ended_at"],
    )
