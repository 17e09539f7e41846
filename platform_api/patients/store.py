"""The SQL of patients' accounts and phone codes."""

from dataclasses import dataclass
from datetime import datetime

from platform_api.db import Transaction
from platform_api.identity.model import Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCode:
    """A code as it is kept."""

    id: str
    phone_sealed: bytes
    phone_lookup: bytes
    code_hash: bytes


async def add_code(transaction: Transaction, code: KeptCode, now: datetime, expires_at: datetime) -> None:
    """Keeps a code; what is too old goes at the same time."""
    await transaction.execute("DELETE FROM phone_codes WHERE expires_at <= $1", now)
    await transaction.execute(
        "INSERT INTO phone_codes (id, phone_sealed, phone_lookup, code_hash, created_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        code.id,
        code.phone_sealed,
        code.phone_lookup,
        code.code_hash,
        now,
        expires_at,
    )


async def count_try(transaction: Transaction, code: str, most: int, now: datetime) -> KeptCode | None:
    """The code, its try counted before it is judged; None if it opens nothing any more."""
    row = await transaction.fetchrow(
        "UPDATE phone_codes SET tries = tries + 1 WHERE id = $1 AND used_at IS NULL AND tries < $2 "
        "AND expires_at > $3 RETURNING id, phone_sealed, phone_lookup, code_hash",
        code,
        most,
        now,
    )
    return KeptCode(**dict(row)) if row else None


async def use_code(transaction: Transaction, code: str, now: datetime) -> bool:
    """Whether the code is used now for the first time, by whoever comes first (AU-04)."""
    return bool(
        await transaction.execute(
            "UPDATE phone_codes SET used_at = $2 WHERE id = $1 AND used_at IS NULL", code, now
        )
    )


async def account_of_phone(transaction: Transaction, phone_lookup: bytes) -> Patient | None:
    row = await transaction.fetchrow(
        "SELECT id, phone_sealed, disabled_at FROM patient_accounts WHERE phone_lookup = $1", phone_lookup
    )
    if row is None:
        return None
    return Patient(id=row["id"], phone_sealed=row["phone_sealed"], disabled=row["disabled_at"] is not None)


async def add_account(transaction: Transaction, patient: Patient, phone_lookup: bytes, now: datetime) -> None:
    """Makes the account; does nothing where somebody was quicker with the same number."""
    await transaction.execute(
        "INSERT INTO patient_accounts (id, phone_sealed, phone_lookup, created_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (phone_lookup) DO NOTHING",
        patient.id,
        patient.phone_sealed,
        phone_lookup,
        now,
    )
