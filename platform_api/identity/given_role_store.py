"""The SQL of roles given for a node and a period."""

from datetime import datetime
from typing import Final

from platform_api.db import Record, Transaction
from platform_api.identity.model import GivenRole, GivenRoleName, RoleNames
from platform_api.kernel.ids import OrganisationId, UserId

GIVEN: Final = """
    SELECT g.*, u.name AS user_name, o.name AS node_name, c.name_zh, c.name_en
    FROM given_roles g JOIN users u ON u.id = g.user_id JOIN organisations o ON o.id = g.organisation_id
    LEFT JOIN composed_roles c ON c.id = g.composed_id
"""


async def add(transaction: Transaction, given: GivenRole, by: str) -> None:
    await transaction.execute(
        "INSERT INTO given_roles (id, user_id, organisation_id, role, starts_at, ends_at, given_at, "
        "given_by, given_by_name, composed_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        given.id,
        given.user,
        given.node,
        given.role,
        given.starts_at,
        given.ends_at,
        given.given_at,
        by,
        given.given_by_name,
        given.composed.id if given.composed else None,
    )


async def overlaps(transaction: Transaction, given: GivenRole) -> bool:
    """Whether the same role at the same node is given for a part of this period already."""
    return bool(
        await transaction.fetchval(
            "SELECT EXISTS (SELECT FROM given_roles WHERE user_id = $1 AND organisation_id = $2 "
            "AND role = $3 AND ended_at IS NULL AND (ends_at IS NULL OR ends_at > $4) "
            "AND ($5::timestamptz IS NULL OR starts_at < $5) AND composed_id IS NOT DISTINCT FROM $6)",
            given.user,
            given.node,
            given.role,
            given.starts_at,
            given.ends_at,
            given.composed.id if given.composed else None,
        )
    )


async def count_open(transaction: Transaction, user: UserId) -> int:
    """How many of a user have not ended."""
    return int(
        await transaction.fetchval(
            "SELECT count(*) FROM given_roles WHERE user_id = $1 AND ended_at IS NULL", user
        )
    )


async def by_id(transaction: Transaction, given: str) -> GivenRole | None:
    row = await transaction.fetchrow(GIVEN + "WHERE g.id = $1", given)
    return _given(row) if row else None


async def of_user(transaction: Transaction, user: UserId, limit: int) -> list[GivenRole]:
    """Those of a user that the actor's rules show, the newest first."""
    rows = await transaction.fetch(GIVEN + "WHERE g.user_id = $1 ORDER BY g.id DESC LIMIT $2", user, limit)
    return [_given(row) for row in rows]


async def below(
    transaction: Transaction, *, only_open: bool, after: str | None, limit: int
) -> list[GivenRole]:
    """Those at the nodes of the actor's scope, the newest first."""
    rows = await transaction.fetch(
        GIVEN + "WHERE g.organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) "
        "AND (NOT $1 OR g.ended_at IS NULL) AND ($2::uuid IS NULL OR g.id < $2) ORDER BY g.id DESC LIMIT $3",
        only_open,
        after,
        limit,
    )
    return [_given(row) for row in rows]


async def end(transaction: Transaction, given: str, by: str, by_name: str, now: datetime) -> bool:
    """Ends it if it has not ended."""
    return bool(
        await transaction.execute(
            "UPDATE given_roles SET ended_at = $2, ended_by = $3, ended_by_name = $4 "
            "WHERE id = $1 AND ended_at IS NULL",
            given,
            now,
            by,
            by_name,
        )
    )


async def lapse(transaction: Transaction, now: datetime, by: str) -> list[GivenRole]:
    """Closes those whose period is over."""
    rows = await transaction.fetch(
        "WITH over AS (UPDATE given_roles SET ended_at = ends_at, ended_by = $2 "
        "WHERE ended_at IS NULL AND ends_at <= $1 RETURNING *) "
        "SELECT g.*, u.name AS user_name, o.name AS node_name, c.name_zh, c.name_en "
        "FROM over g JOIN users u ON u.id = g.user_id JOIN organisations o ON o.id = g.organisation_id "
        "LEFT JOIN composed_roles c ON c.id = g.composed_id",
        now,
        by,
    )
    return [_given(row) for row in rows]


async def end_composed(
    transaction: Transaction, composed: str, by: str, by_name: str, now: datetime
) -> list[GivenRole]:
    """Ends all that were given of a composed role."""
    rows = await transaction.fetch(
        "WITH over AS (UPDATE given_roles SET ended_at = $2, ended_by = $3, ended_by_name = $4 "
        "WHERE composed_id = $1 AND ended_at IS NULL RETURNING *) "
        "SELECT g.*, u.name AS user_name, o.name AS node_name, c.name_zh, c.name_en "
        "FROM over g JOIN users u ON u.id = g.user_id JOIN organisations o ON o.id = g.organisation_id "
        "LEFT JOIN composed_roles c ON c.id = g.composed_id",
        composed,
        now,
        by,
        by_name,
    )
    return [_given(row) for row in rows]


async def logins_of_composed(transaction: Transaction, composed: str) -> list[tuple[str, str]]:
    """The logins that have not ended of all who hold a composed role, each with its subject."""
    rows = await transaction.fetch(
        "SELECT DISTINCT l.id, l.user_id FROM logins l JOIN given_roles g ON g.user_id = l.user_id "
        "WHERE g.composed_id = $1 AND g.ended_at IS NULL AND l.ended_at IS NULL",
        composed,
    )
    return [(row["id"], row["user_id"]) for row in rows]


def _composed(row: Record) -> RoleNames | None:
    if row["composed_id"] is None:
        return None
    return RoleNames(id=row["composed_id"], zh=row["name_zh"] or "", en=row["name_en"] or "")


def _given(row: Record) -> GivenRole:
    return GivenRole(
        id=row["id"],
        user=UserId(row["user_id"]),
        user_name=row["user_name"],
        node=OrganisationId(row["organisation_id"]),
        node_name=row["node_name"],
        role=GivenRoleName(row["role"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        given_at=row["given_at"],
        given_by_name=row["given_by_name"],
        ended_at=row["ended_at"],
        ended_by_name=row["ended_by_name"],
        composed=_composed(row),
    )
