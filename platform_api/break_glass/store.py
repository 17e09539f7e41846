"""All SQL of emergency access."""

from datetime import datetime
from typing import Final

from platform_api.break_glass.model import Opening
from platform_api.db import Record, Transaction
from platform_api.kernel.ids import OrganisationId, UserId

# Who opens and who reviews belong to different organisations: their names are read as the house's, by
# `acting_as`.
OPENING: Final = """
    SELECT b.*, u.name AS user_name, h.name AS user_organisation_name, n.name AS node_name,
        r.name AS reviewer_name, g.ended_at AS closed_at
    FROM break_glass b
    JOIN users u ON u.id = b.user_id JOIN organisations h ON h.id = u.organisation_id
    JOIN organisations n ON n.id = b.organisation_id JOIN given_roles g ON g.id = b.given_role_id
    LEFT JOIN users r ON r.id = b.reviewed_by
"""


async def add(transaction: Transaction, opening: Opening) -> None:
    await transaction.execute(
        "INSERT INTO break_glass (id, user_id, organisation_id, given_role_id, reason, opened_at, ends_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        opening.id,
        opening.user,
        opening.node,
        opening.given_role,
        opening.reason,
        opening.opened_at,
        opening.ends_at,
    )


async def opened_since(transaction: Transaction, user: str, since: datetime) -> int:
    """How many a user opened since a moment."""
    return int(
        await transaction.fetchval(
            "SELECT count(*) FROM break_glass WHERE user_id = $1 AND opened_at > $2", user, since
        )
    )


async def visible(transaction: Transaction, after: str | None, limit: int) -> list[str]:
    """Those at the nodes of the actor's scope: their ids, the newest first."""
    rows = await transaction.fetch(
        "SELECT id FROM break_glass WHERE organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) "
        "AND ($1::uuid IS NULL OR id < $1) ORDER BY id DESC LIMIT $2",
        after,
        limit,
    )
    return [row["id"] for row in rows]


async def in_scope(transaction: Transaction, opening: str) -> bool:
    """Whether it is at a node of the actor's scope; its row is held."""
    row = await transaction.fetchrow(
        "SELECT id FROM break_glass WHERE id = $1 "
        "AND organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) FOR UPDATE",
        opening,
    )
    return row is not None


async def by_ids(transaction: Transaction, openings: list[str]) -> list[Opening]:
    """These, the newest first."""
    rows = await transaction.fetch(OPENING + "WHERE b.id = ANY ($1::uuid[]) ORDER BY b.id DESC", openings)
    return [_opening(row) for row in rows]


async def of_user(transaction: Transaction, user: str, limit: int) -> list[Opening]:
    """A user's own, the newest first."""
    rows = await transaction.fetch(
        OPENING + "WHERE b.user_id = $1 ORDER BY b.opened_at DESC, b.id DESC LIMIT $2", user, limit
    )
    return [_opening(row) for row in rows]


async def review(
    transaction: Transaction, opening: str, by: str, *, justified: bool, remark: str, now: datetime
) -> None:
    await transaction.execute(
        "UPDATE break_glass SET reviewed_at = $2, reviewed_by = $3, justified = $4, remark = $5 "
        "WHERE id = $1",
        opening,
        now,
        by,
        justified,
        remark,
    )


def _opening(row: Record) -> Opening:
    return Opening(
        id=row["id"],
        user=UserId(row["user_id"]),
        user_name=row["user_name"],
        user_organisation_name=row["user_organisation_name"],
        node=OrganisationId(row["organisation_id"]),
        node_name=row["node_name"],
        given_role=row["given_role_id"],
        reason=row["reason"],
        opened_at=row["opened_at"],
        ends_at=row["ends_at"],
        closed_at=row["closed_at"],
        reviewed_at=row["reviewed_at"],
        reviewer_name=row["reviewer_name"],
        justified=row["justified"],
        remark=row["remark"],
    )
