"""The SQL of passkeys, their challenges and of recovery codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from platform_api.db import Record, Transaction
from platform_api.identity.ceremony import Registered
from platform_api.identity.model import Passkey
from platform_api.identity.relying_party import RelyingParty
from platform_api.kernel.ids import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What was asked of an authenticator, for whom and where."""

    challenge: bytes
    purpose: str
    user: UserId | None
    party: RelyingParty


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPasskey:
    """A passkey with what proves it."""

    passkey: Passkey
    credential_id: bytes
    public_key: bytes


async def add_challenge(
    transaction: Transaction, asked: Challenge, now: datetime, expires_at: datetime
) -> None:
    """Keeps what was asked; what is too old goes at the same time."""
    await transaction.execute("DELETE FROM passkey_challenges WHERE expires_at <= $1", now)
    await transaction.execute(
        "INSERT INTO passkey_challenges (challenge, purpose, user_id, relying_party, origin, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        asked.challenge,
        asked.purpose,
        asked.user,
        asked.party.id,
        " ".join(asked.party.origins),
        expires_at,
    )


async def take_challenge(
    transaction: Transaction, challenge: bytes, purpose: str, now: datetime
) -> Challenge | None:
    """The challenge, for whoever comes first; it is gone afterwards (AU-04)."""
    row = await transaction.fetchrow(
        "DELETE FROM passkey_challenges WHERE challenge = $1 AND purpose = $2 AND expires_at > $3 "
        "RETURNING user_id, relying_party, origin",
        challenge,
        purpose,
        now,
    )
    if row is None:
        return None
    return Challenge(
        challenge=challenge,
        purpose=purpose,
        user=UserId(row["user_id"]) if row["user_id"] else None,
        party=RelyingParty(id=row["relying_party"], origins=tuple(row["origin"].split())),
    )


async def add_passkey(
    transaction: Transaction, passkey: Passkey, made: Registered, relying_party: str
) -> None:
    """Keeps a new key; raises UniqueBroken if it is known, to whomever it belongs."""
    await transaction.execute(
        "INSERT INTO passkeys (id, user_id, name, credential_id, public_key, sign_count, relying_party, "
        "transports, backed_up, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        passkey.id,
        passkey.user,
        passkey.name,
        made.credential_id,
        made.public_key,
        made.sign_count,
        relying_party,
        list(made.transports),
        made.backed_up,
        passkey.created_at,
    )


async def passkeys_of(transaction: Transaction, user: UserId) -> list[KeptPasskey]:
    """All passkeys of a user, oldest first."""
    rows = await transaction.fetch("SELECT * FROM passkeys WHERE user_id = $1 ORDER BY id", user)
    return [_passkey(row) for row in rows]


async def passkey_by_credential(transaction: Transaction, credential: bytes) -> KeptPasskey | None:
    row = await transaction.fetchrow("SELECT * FROM passkeys WHERE credential_id = $1", credential)
    return _passkey(row) if row else None


async def use_passkey(transaction: Transaction, passkey: str, count: int, now: datetime) -> bool:
    """Whether this use is the newest: a counter that stands still or goes back betrays a copy.

    Authenticators without a counter say 0 each time.
    """
    return bool(
        await transaction.execute(
            "UPDATE passkeys SET sign_count = $2, used_at = $3 WHERE id = $1 AND suspended_at IS NULL "
            "AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0))",
            passkey,
            count,
            now,
        )
    )


async def suspend_passkey(transaction: Transaction, passkey: str, now: datetime) -> bool:
    return bool(
        await transaction.execute(
            "UPDATE passkeys SET suspended_at = $2 WHERE id = $1 AND suspended_at IS NULL", passkey, now
        )
    )


async def remove_passkey(transaction: Transaction, user: UserId, passkey: str) -> bool:
    return bool(
        await transaction.execute("DELETE FROM passkeys WHERE id = $1 AND user_id = $2", passkey, user)
    )


async def remove_factors(transaction: Transaction, user: UserId) -> None:
    """Forgets all passkeys, recovery codes and certificates."""
    await transaction.execute("DELETE FROM user_certificates WHERE user_id = $1", user)
    await transaction.execute("DELETE FROM passkeys WHERE user_id = $1", user)
    await transaction.execute("DELETE FROM recovery_codes WHERE user_id = $1", user)


async def replace_codes(transaction: Transaction, user: UserId, hashes: Sequence[bytes]) -> None:
    """New recovery codes in place of the old."""
    await transaction.execute("DELETE FROM recovery_codes WHERE user_id = $1", user)
    await transaction.executemany(
        "INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2)", [(user, item) for item in hashes]
    )


async def use_code(transaction: Transaction, user: UserId, code_hash: bytes, now: datetime) -> bool:
    """Whether this code is used now for the first time, by whoever comes first (AU-04)."""
    return bool(
        await transaction.execute(
            "UPDATE recovery_codes SET used_at = $3 "
            "WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL",
            user,
            code_hash,
            now,
        )
    )


async def codes_left(transaction: Transaction, user: UserId) -> int:
    """How many recovery codes of the user still open."""
    left: int = await transaction.fetchval(
        "SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL", user
    )
    return left


def _passkey(row: Record) -> KeptPasskey:
    return KeptPasskey(
        passkey=Passkey(
            id=row["id"],
            user=UserId(row["user_id"]),
            name=row["name"],
            backed_up=row["backed_up"],
            created_at=row["created_at"],
            used_at=row["used_at"],
            suspended=row["suspended_at"] is not None,
        ),
        credential_id=row["credential_id"],
        public_key=row["public_key"],
    )
