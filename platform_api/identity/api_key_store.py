"""The SQL of API keys."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from platform_api.db import Record, Transaction
from platform_api.identity.model import ApiKey
from platform_api.kernel.ids import OrganisationId, UserId

KEY = "SELECT k.*, u.name AS user_name FROM api_keys k JOIN users u ON u.id = k.user_id "


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How many calls a key has made in the present minute and day, and when those end."""

    minute_over: bool
    day_over: bool
    minute_ends_at: datetime
    day_ends_at: datetime


async def add_key(transaction: Transaction, key: ApiKey, key_hash: bytes) -> None:
    await transaction.execute(
        "INSERT INTO api_keys (id, organisation_id, user_id, name, prefix, key_hash, scopes, per_minute, "
        "per_day, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        key.id,
        key.organisation,
        key.user,
        key.name,
        key.prefix,
        key_hash,
        sorted(key.scopes),
        key.per_minute,
        key.per_day,
        key.created_at,
        key.expires_at,
    )


async def live_keys_of(transaction: Transaction, user: UserId, now: datetime) -> int:
    """How many keys of a user open something."""
    count: int = await transaction.fetchval(
        "SELECT count(*) FROM api_keys WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2",
        user,
        now,
    )
    return count


async def key_by_hash(transaction: Transaction, key_hash: bytes) -> ApiKey | None:
    row = await transaction.fetchrow(KEY + "WHERE k.key_hash = $1", key_hash)
    return _key(row) if row else None


async def revoke_key(transaction: Transaction, key: str, now: datetime) -> ApiKey | None:
    """Withdraws the key, if it is one the transaction may see and not withdrawn yet."""
    changed = await transaction.execute(
        "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", key, now
    )
    row = await transaction.fetchrow(KEY + "WHERE k.id = $1", key) if changed else None
    return _key(row) if row else None


async def count_call(transaction: Transaction, key: str, now: datetime) -> Quota | None:
    """Counts a call; if the minute's or the day's calls are used up, counts nothing and says so."""
    minute = now.replace(second=0, microsecond=0)
    day = minute.replace(hour=0, minute=0)
    counted = await transaction.execute(
        "UPDATE api_keys SET used_at = $4, "
        "minute_count = CASE WHEN minute_at = $2 THEN minute_count + 1 ELSE 1 END, minute_at = $2, "
        "day_count = CASE WHEN day_at = $3 THEN day_count + 1 ELSE 1 END, day_at = $3 "
        "WHERE id = $1 AND (minute_at <> $2 OR minute_count < per_minute) "
        "AND (day_at <> $3 OR day_count < per_day)",
        key,
        minute,
        day,
        now,
    )
    if counted:
        return None
    row = await transaction.fetchrow(
        "SELECT minute_at = $2 AND minute_count >= per_minute AS minute_over, "
        "day_at = $3 AND day_count >= per_day AS day_over FROM api_keys WHERE id = $1",
        key,
        minute,
        day,
    )
    return Quota(
        minute_over=bool(row and row["minute_over"]),
        day_over=bool(row and row["day_over"]),
        minute_ends_at=minute + timedelta(minutes=1),
        day_ends_at=day + timedelta(days=1),
    )


def _key(row: Record) -> ApiKey:
    return ApiKey(
        id=row["id"],
        organisation=OrganisationId(row["organisation_id"]),
        user=UserId(row["user_id"]),
        user_name=row["user_name"],
        name=row["name"],
        prefix=row["prefix"],
        scopes=frozenset(row["scopes"]),
        per_minute=row["per_minute"],
        per_day=row["per_day"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
        revoked_at=row["revoked_at"],
    )
