"""All SQL of the delivery: how far each receiver is."""

from datetime import datetime

from platform_api.db import Transaction


async def place(transaction: Transaction, receiver: str) -> int:
    """The number up to which this receiver has all; it begins with nothing."""
    await transaction.execute(
        "INSERT INTO audit_deliveries (receiver) VALUES ($1) ON CONFLICT DO NOTHING", receiver
    )
    return int(
        await transaction.fetchval("SELECT number FROM audit_deliveries WHERE receiver = $1", receiver)
    )


async def delivered(transaction: Transaction, receiver: str, number: int, at: datetime) -> None:
    await transaction.execute(
        "UPDATE audit_deliveries SET number = $2, delivered_at = $3, failure = '' "
        "WHERE receiver = $1 AND number < $2",
        receiver,
        number,
        at,
    )


async def failed(transaction: Transaction, receiver: str, failure: str, at: datetime) -> None:
    await transaction.execute(
        "UPDATE audit_deliveries SET failed_at = $3, failure = $2 WHERE receiver = $1",
        receiver,
        failure[:200],
        at,
    )


async def state(transaction: Transaction, receiver: str) -> tuple[int, datetime | None, datetime | None, str]:
    """Its number, when it was delivered to last, when that failed last, and how."""
    row = await transaction.fetchrow("SELECT * FROM audit_deliveries WHERE receiver = $1", receiver)
    if row is None:
        return 0, None, None, ""
    return row["number"], row["delivered_at"], row["failed_at"], row["failure"]
