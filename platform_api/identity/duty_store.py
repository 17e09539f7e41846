"""The SQL of the three duties."""

from datetime import datetime

from platform_api.db import Transaction
from platform_api.identity.model import Duty, DutyHolder
from platform_api.kernel.ids import UserId, new_id


async def add_duty(transaction: Transaction, user: UserId, duty: Duty, by: str, now: datetime) -> None:
    """Gives the duty; raises UniqueBroken if the user holds one."""
    await transaction.execute(
        "INSERT INTO duties (id, user_id, duty, given_at, given_by) VALUES ($1, $2, $3, $4, $5)",
        new_id(),
        user,
        duty,
        now,
        by,
    )


async def end_duty(transaction: Transaction, user: UserId, by: str, now: datetime) -> bool:
    """Whether the user held one, which ends."""
    return bool(
        await transaction.execute(
            "UPDATE duties SET ended_at = $2, ended_by = $3 WHERE user_id = $1 AND ended_at IS NULL",
            user,
            now,
            by,
        )
    )


async def holders(transaction: Transaction, limit: int) -> list[DutyHolder]:
    """Who holds a duty, of those that the actor's rules show."""
    rows = await transaction.fetch(
        "SELECT d.user_id, d.duty, d.given_at, u.name, u.username, u.disabled_at, "
        "o.name AS organisation_name "
        "FROM duties d JOIN users u ON u.id = d.user_id JOIN organisations o ON o.id = u.organisation_id "
        "WHERE d.ended_at IS NULL ORDER BY d.duty, d.given_at, d.id LIMIT $1",
        limit,
    )
    return [
        DutyHolder(
            user=UserId(row["user_id"]),
            name=row["name"],
            username=row["username"],
            organisation_name=row["organisation_name"],
            duty=Duty(row["duty"]),
            given_at=row["given_at"],
            disabled=row["disabled_at"] is not None,
        )
        for row in rows
    ]


async def held(transaction: Transaction) -> frozenset[Duty]:
    """Which duties somebody holds whose account is open."""
    rows = await transaction.fetch(
        "SELECT DISTINCT d.duty FROM duties d JOIN users u ON u.id = d.user_id "
        "WHERE d.ended_at IS NULL AND u.disabled_at IS NULL"
    )
    return frozenset(Duty(row["duty"]) for row in rows)
