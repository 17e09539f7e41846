"""The SQL of accounts and organisations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from platform_api.db import Record, Transaction
from platform_api.db.organisations import BELOW
from platform_api.identity import list_store
from platform_api.identity.model import (
    Duty,
    GivenRoleName,
    HeldRole,
    Organisation,
    OrganisationKind,
    User,
    UserRole,
)
from platform_api.kernel.ids import OrganisationId, UserId
from platform_api.search import SearchColumns, ask, index_name, name_key, search_condition

USER = """
    SELECT u.*, o.name AS organisation_name,
        (SELECT duty FROM duties WHERE user_id = u.id AND ended_at IS NULL) AS duty,
        (
            SELECT jsonb_agg(
                jsonb_build_object(
                    'node', g.organisation_id, 'name', n.name, 'role', g.role,
                    'from', g.starts_at, 'until', g.ends_at, 'permissions', c.permissions,
                    'covers', (
                        SELECT jsonb_agg(p.descendant_id) FROM organisation_paths p
                        WHERE p.ancestor_id = g.organisation_id AND (
                            p.descendant_id = u.organisation_id OR p.descendant_id IN (
                                SELECT organisation_id FROM given_roles
                                WHERE user_id = u.id AND ended_at IS NULL
                            )
                        )
                    ),
                    'below_home', EXISTS (
                        SELECT FROM organisation_paths p
                        WHERE p.ancestor_id = u.organisation_id AND p.descendant_id = g.organisation_id
                    )
                )
            )
            FROM given_roles g JOIN organisations n ON n.id = g.organisation_id
            LEFT JOIN composed_roles c ON c.id = g.composed_id AND c.retired_at IS NULL
            WHERE g.user_id = u.id AND g.ended_at IS NULL
        ) AS given
    FROM users u JOIN organisations o ON o.id = u.organisation_id
"""
USER_WORDS: Final = SearchColumns(tokens="u.search_tokens", text="u.search_text")


async def add_organisation(transaction: Transaction, organisation: Organisation, now: datetime) -> None:
    indexed = index_name(organisation.name)
    await transaction.execute(
        "INSERT INTO organisations (id, parent_id, name, kind, region_code, name_key, search_tokens, "
        "search_text, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        organisation.id,
        organisation.parent,
        organisation.name,
        organisation.kind,
        organisation.region_code,
        name_key(organisation.name),
        list(indexed.tokens),
        indexed.text,
        now,
    )


async def organisation_by_id(transaction: Transaction, organisation: OrganisationId) -> Organisation | None:
    row = await transaction.fetchrow("SELECT * FROM organisations WHERE id = $1", organisation)
    return _organisation(row) if row else None


async def organisations_below(
    transaction: Transaction, top: OrganisationId, after: str | None, limit: int
) -> list[Organisation]:
    """An organisation and all below it that are open, in order of id."""
    rows = await transaction.fetch(
        BELOW + "SELECT * FROM organisations WHERE id IN (SELECT id FROM mine) "  # noqa: S608 - constants
        "AND closed_at IS NULL AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3",
        top,
        after,
        limit,
    )
    return [_organisation(row) for row in rows]


async def is_below(transaction: Transaction, top: OrganisationId, sought: OrganisationId) -> bool:
    """Whether an organisation is this one or below it."""
    return bool(
        await transaction.fetchval(
            BELOW + "SELECT EXISTS (SELECT 1 FROM mine WHERE id = $2)",  # noqa: S608 - constants
            top,
            sought,
        )
    )


async def may_join(transaction: Transaction, top: OrganisationId, sought: OrganisationId) -> bool:
    """Whether an organisation is this one or below it, and open for people."""
    return bool(
        await transaction.fetchval(
            BELOW  # noqa: S608 - constants
            + "SELECT EXISTS (SELECT 1 FROM organisations WHERE id = $2 AND closed_at IS NULL "
            "AND id IN (SELECT id FROM mine))",
            top,
            sought,
        )
    )


async def add_user(transaction: Transaction, user: User, now: datetime) -> None:
    """Adds the account; raises UniqueBroken if its name is taken."""
    await transaction.execute(
        "INSERT INTO users (id, organisation_id, username, name, title, locale, roles, password_hash, "
        "must_change_password, totp_sealed, totp_confirmed_at, created_at, speciality) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        user.id,
        user.organisation,
        user.username,
        user.name,
        user.title,
        user.locale,
        sorted(user.roles),
        user.password_hash,
        user.must_change_password,
        user.totp_sealed,
        now if user.totp_confirmed else None,
        now,
        user.speciality,
    )
    words = index_name(user.name, user.username)
    await list_store.keep_words(transaction, user.id, name_key(user.name), words)


async def user_by_name(transaction: Transaction, username: str) -> User | None:
    row = await transaction.fetchrow(USER + "WHERE u.username = $1", username)
    return user_of(row) if row else None


async def user_by_id(transaction: Transaction, user: UserId) -> User | None:
    row = await transaction.fetchrow(USER + "WHERE u.id = $1", user)
    return user_of(row) if row else None


async def lock_user(transaction: Transaction, user: UserId) -> User | None:
    """The account, held until the transaction ends."""
    row = await transaction.fetchrow(USER + "WHERE u.id = $1 FOR UPDATE OF u", user)
    return user_of(row) if row else None


async def users_below(
    transaction: Transaction, top: OrganisationId, words: str, after: str | None, limit: int
) -> list[User]:
    """Accounts of an organisation and all below it, in order of id; with words those found by them."""
    condition, values = search_condition(ask(words), USER_WORDS, 4) if words else ("true", ())
    rows = await transaction.fetch(
        BELOW + USER + "WHERE u.organisation_id IN (SELECT id FROM mine) "  # noqa: S608 - constants
        f"AND {condition} AND ($2::uuid IS NULL OR u.id > $2) ORDER BY u.id LIMIT $3",
        top,
        after,
        limit,
        *values,
    )
    return [user_of(row) for row in rows]


async def usernames_from(transaction: Transaction, stem: str) -> set[str]:
    """The user names that are this one, or this one and a number."""
    rows = await transaction.fetch(
        "SELECT username FROM users WHERE username >= $1 AND username < $1 || 'a' AND username ~ $2",
        stem,
        f"^{stem}[0-9]*$",
    )
    return {row["username"] for row in rows}


async def usernames_known(transaction: Transaction, usernames: Sequence[str]) -> set[str]:
    """Which of these user names are taken."""
    rows = await transaction.fetch(
        "SELECT username FROM users WHERE username = ANY($1::text[])", list(usernames)
    )
    return {row["username"] for row in rows}


async def set_password(transaction: Transaction, user: UserId, encoded: str, *, must_change: bool) -> None:
    """The new hash; whatever activation was handed out is void."""
    await transaction.execute(
        "UPDATE users SET password_hash = $2, must_change_password = $3, activation_hash = NULL, "
        "activation_expires_at = NULL WHERE id = $1",
        user,
        encoded,
        must_change,
    )


async def set_activation(
    transaction: Transaction, user: UserId, token_hash: bytes, expires_at: datetime
) -> None:
    await transaction.execute(
        "UPDATE users SET activation_hash = $2, activation_expires_at = $3 WHERE id = $1",
        user,
        token_hash,
        expires_at,
    )


async def use_activation(transaction: Transaction, token_hash: bytes, now: datetime) -> UserId | None:
    """Whose activation this was, once (AU-04)."""
    found = await transaction.fetchval(
        "UPDATE users SET activation_hash = NULL, activation_expires_at = NULL "
        "WHERE activation_hash = $1 AND activation_expires_at > $2 AND disabled_at IS NULL RETURNING id",
        token_hash,
        now,
    )
    return UserId(found) if found else None


async def activation_expiry(transaction: Transaction, user: UserId) -> datetime | None:
    """Until when a handed-out first password may be used."""
    expires_at: datetime | None = await transaction.fetchval(
        "SELECT activation_expires_at FROM users WHERE id = $1", user
    )
    return expires_at


async def set_totp(transaction: Transaction, user: UserId, sealed: bytes | None) -> None:
    """A secret that is not confirmed yet, or none; it never touches one that is."""
    await transaction.execute(
        "UPDATE users SET totp_sealed = $2 WHERE id = $1 AND totp_confirmed_at IS NULL", user, sealed
    )


async def confirm_totp(transaction: Transaction, user: UserId, now: datetime) -> None:
    await transaction.execute("UPDATE users SET totp_confirmed_at = $2 WHERE id = $1", user, now)


async def replace_totp(
    transaction: Transaction, user: UserId, present: bytes | None, sealed: bytes, step: int, now: datetime
) -> bool:
    """Another authenticator in place of this very one, by whoever comes first; its first code is used."""
    return bool(
        await transaction.execute(
            "UPDATE users SET totp_sealed = $3, totp_confirmed_at = $5, "
            "totp_last_step = greatest(totp_last_step, $4) WHERE id = $1 AND totp_sealed = $2",
            user,
            present,
            sealed,
            step,
            now,
        )
    )


async def drop_totp(transaction: Transaction, user: UserId) -> None:
    """Forgets the authenticator; the last used step stays, so no old code comes to life."""
    await transaction.execute(
        "UPDATE users SET totp_sealed = NULL, totp_confirmed_at = NULL WHERE id = $1", user
    )


async def use_totp_step(transaction: Transaction, user: UserId, step: int) -> bool:
    """Whether this step is used now for the first time, by whoever comes first (AU-04)."""
    return bool(
        await transaction.execute(
            "UPDATE users SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2", user, step
        )
    )


async def change_user(
    transaction: Transaction, user: UserId, *, name: str | None, title: str | None, organisation: str | None
) -> None:
    """Another name, title or organisation; what is None stays."""
    row = await transaction.fetchrow(
        "UPDATE users SET name = coalesce($2, name), title = coalesce($3, title), "
        "organisation_id = coalesce($4, organisation_id) WHERE id = $1 RETURNING name, username",
        user,
        name,
        title,
        organisation,
    )
    if row is not None and name is not None:
        words = index_name(row["name"], row["username"])
        await list_store.keep_words(transaction, user, name_key(row["name"]), words)


async def set_disabled(transaction: Transaction, user: UserId, at: datetime | None) -> None:
    await transaction.execute("UPDATE users SET disabled_at = $2 WHERE id = $1", user, at)


async def set_roles(transaction: Transaction, user: UserId, roles: frozenset[UserRole]) -> None:
    await transaction.execute("UPDATE users SET roles = $2 WHERE id = $1", user, sorted(roles))


def user_of(row: Record) -> User:
    """A row of `users` with its organisation's name."""
    return User(
        id=UserId(row["id"]),
        organisation=OrganisationId(row["organisation_id"]),
        organisation_name=row["organisation_name"],
        username=row["username"],
        name=row["name"],
        title=row["title"],
        locale=row["locale"],
        roles=frozenset(UserRole(role) for role in row["roles"]),
        password_hash=row["password_hash"],
        must_change_password=row["must_change_password"],
        totp_sealed=row["totp_sealed"],
        totp_confirmed=row["totp_confirmed_at"] is not None,
        disabled=row["disabled_at"] is not None,
        speciality=row["speciality"],
        duty=Duty(row["duty"]) if row["duty"] else None,
        given=tuple(_held(each) for each in row["given"] or ()),
    )


def _held(given: dict[str, Any]) -> HeldRole:
    return HeldRole(
        node=OrganisationId(given["node"]),
        node_name=given["name"],
        role=GivenRoleName(given["role"]),
        starts_at=datetime.fromisoformat(given["from"]),
        ends_at=datetime.fromisoformat(given["until"]) if given["until"] else None,
        covers=frozenset(OrganisationId(each) for each in given["covers"] or ()),
        below_home=given["below_home"],
        composed_of=frozenset(given["permissions"] or ()),
    )


def _organisation(row: Record) -> Organisation:
    return Organisation(
        id=OrganisationId(row["id"]),
        parent=OrganisationId(row["parent_id"]) if row["parent_id"] else None,
        name=row["name"],
        kind=OrganisationKind(row["kind"]),
        region_code=row["region_code"],
    )
