"""The SQL of roles composed of permissions, and of who holds which role."""

from datetime import datetime
from typing import Final

from platform_api.db import Record, Transaction
from platform_api.identity.model import ComposedRole, RoleHolder, RoleNames
from platform_api.kernel.ids import OrganisationId, UserId

ROLE: Final = (
    "SELECT r.*, o.name AS node_name FROM composed_roles r JOIN organisations o ON o.id = r.organisation_id "
)
HELD: Final = """
    SELECT unnest(roles) AS role, id AS user_id, NULL::uuid AS node_id
    FROM users WHERE organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    UNION ALL
    SELECT d.duty, d.user_id, NULL FROM duties d JOIN users u ON u.id = d.user_id
    WHERE d.ended_at IS NULL AND u.organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    UNION ALL
    SELECT coalesce(composed_id::text, role), user_id, organisation_id
    FROM given_roles
    WHERE ended_at IS NULL AND organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
"""
"""Who holds what in the actor's scope: a base role or duty (no node), or one given that has not ended."""


async def add(transaction: Transaction, role: ComposedRole, by: str) -> None:
    """Adds the role; raises UniqueBroken if its node has one of that name."""
    await transaction.execute(
        "INSERT INTO composed_roles (id, organisation_id, name_zh, name_en, permissions, made_at, made_by, "
        "changed_at, changed_by_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $6, $8)",
        role.names.id,
        role.node,
        role.names.zh,
        role.names.en,
        sorted(role.permissions),
        role.changed_at,
        by,
        role.changed_by_name,
    )


async def by_id(transaction: Transaction, role: str) -> ComposedRole | None:
    """The role, unless it is retired."""
    row = await transaction.fetchrow(ROLE + "WHERE r.id = $1 AND r.retired_at IS NULL", role)
    return _role(row) if row else None


async def lock(transaction: Transaction, role: str) -> ComposedRole | None:
    """The same for whoever keeps its node, held until the transaction ends."""
    row = await transaction.fetchrow(
        ROLE + "WHERE r.id = $1 AND r.retired_at IS NULL "
        "AND r.organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) FOR UPDATE OF r",
        role,
    )
    return _role(row) if row else None


async def seen(transaction: Transaction, limit: int) -> list[ComposedRole]:
    """Those that may be given at the actor's nodes: made there, below, or above; by node and name."""
    rows = await transaction.fetch(
        ROLE + "WHERE r.retired_at IS NULL ORDER BY o.name_key, o.id, r.name_zh LIMIT $1", limit
    )
    return [_role(row) for row in rows]


async def count_of(transaction: Transaction, node: OrganisationId) -> int:
    """How many a node has of its own."""
    return int(
        await transaction.fetchval(
            "SELECT count(*) FROM composed_roles WHERE organisation_id = $1 AND retired_at IS NULL", node
        )
    )


async def change(transaction: Transaction, role: ComposedRole) -> None:
    """Keeps other names and permissions; raises UniqueBroken as `add` does."""
    await transaction.execute(
        "UPDATE composed_roles SET name_zh = $2, name_en = $3, permissions = $4, revision = revision + 1, "
        "changed_at = $5, changed_by_name = $6 WHERE id = $1",
        role.names.id,
        role.names.zh,
        role.names.en,
        sorted(role.permissions),
        role.changed_at,
        role.changed_by_name,
    )


async def retire(transaction: Transaction, role: str, by_name: str, now: datetime) -> None:
    await transaction.execute(
        "UPDATE composed_roles SET retired_at = $2, changed_at = $2, changed_by_name = $3 WHERE id = $1",
        role,
        now,
        by_name,
    )


async def holders_by_role(transaction: Transaction) -> dict[str, int]:
    """How many people in the actor's scope hold each role or duty, by its name or id."""
    rows = await transaction.fetch(
        f"SELECT role, count(DISTINCT user_id) AS n FROM ({HELD}) AS held GROUP BY role"  # noqa: S608 - a constant
    )
    return {row["role"]: row["n"] for row in rows}


async def holders_of(transaction: Transaction, role: str, after: str | None, limit: int) -> list[RoleHolder]:
    """Who in the actor's scope holds this role, in order of id."""
    rows = await transaction.fetch(
        "SELECT u.id, u.name, u.username, o.name AS organisation_name, "  # noqa: S608 - a constant
        "bool_or(h.node_id IS NULL) AS as_base, array_remove(array_agg(DISTINCT n.name), NULL) AS nodes "
        f"FROM ({HELD}) AS h JOIN users u ON u.id = h.user_id "
        "JOIN organisations o ON o.id = u.organisation_id "
        "LEFT JOIN organisations n ON n.id = h.node_id "
        "WHERE h.role = $1 AND ($2::uuid IS NULL OR u.id > $2) "
        "GROUP BY u.id, u.name, u.username, o.name ORDER BY u.id LIMIT $3",
        role,
        after,
        limit,
    )
    return [_holder(row) for row in rows]


def _role(row: Record) -> ComposedRole:
    return ComposedRole(
        names=RoleNames(id=row["id"], zh=row["name_zh"], en=row["name_en"]),
        node=OrganisationId(row["organisation_id"]),
        node_name=row["node_name"],
        permissions=frozenset(row["permissions"]),
        revision=row["revision"],
        changed_at=row["changed_at"],
        changed_by_name=row["changed_by_name"],
    )


def _holder(row: Record) -> RoleHolder:
    return RoleHolder(
        user=UserId(row["id"]),
        name=row["name"],
        username=row["username"],
        organisation_name=row["organisation_name"],
        as_base=row["as_base"],
        nodes=tuple(row["nodes"]),
    )
