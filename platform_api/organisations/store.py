"""The SQL of the tree."""

from collections.abc import Sequence
from datetime import datetime

from platform_api.db import Record, Transaction
from platform_api.identity.model import OrganisationKind
from platform_api.kernel.ids import OrganisationId
from platform_api.organisations.model import (
    Change,
    ChangeKind,
    Code,
    Draft,
    Found,
    Holding,
    Node,
    Step,
)
from platform_api.organisations.rules import searched_by
from platform_api.search import Asked, SearchColumns, name_key, search_condition

COLUMNS = """
    SELECT o.*, below.children, below.closed_children
    FROM organisations o
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE c.closed_at IS NULL) AS children,
            count(c.closed_at) AS closed_children
        FROM organisations c WHERE c.parent_id = o.id
    ) below
"""
NODE = COLUMNS + "JOIN organisation_paths p ON p.descendant_id = o.id AND p.ancestor_id = $1 "
"""Organisations in a scope: the first parameter is its node."""
WORDS = SearchColumns(tokens="o.search_tokens", text="o.search_text")
MOST_NAMED = 20


async def hold_tree(transaction: Transaction) -> None:
    """Keeps everybody else from moving, merging or adding until the transaction ends."""
    await transaction.execute("SELECT pg_advisory_xact_lock(hashtext('organisation_paths'))")


async def node(transaction: Transaction, top: OrganisationId, organisation: OrganisationId) -> Node | None:
    """An organisation in the scope of `top`."""
    row = await transaction.fetchrow(NODE + "WHERE o.id = $2", top, organisation)
    return _node(row) if row else None


async def lock_node(
    transaction: Transaction, top: OrganisationId, organisation: OrganisationId
) -> Node | None:
    """The same, held until the transaction ends."""
    row = await transaction.fetchrow(NODE + "WHERE o.id = $2 FOR UPDATE OF o", top, organisation)
    return _node(row) if row else None


async def kind_and_name(
    transaction: Transaction, organisation: OrganisationId | None
) -> tuple[OrganisationKind, str] | None:
    """Of any organisation, whoever asks: what stands above one's own has a kind too."""
    row = await transaction.fetchrow("SELECT kind, name FROM organisations WHERE id = $1", organisation)
    return (OrganisationKind(row["kind"]), row["name"]) if row else None


async def flat(transaction: Transaction, top: OrganisationId, after: str | None, limit: int) -> list[Node]:
    """Open organisations of a scope in order of id."""
    rows = await transaction.fetch(
        NODE + "WHERE o.closed_at IS NULL AND ($2::uuid IS NULL OR o.id > $2) ORDER BY o.id LIMIT $3",
        top,
        after,
        limit,
    )
    return [_node(row) for row in rows]


async def children(
    transaction: Transaction,
    parent: OrganisationId,
    after: tuple[str, str] | None,
    limit: int,
    *,
    closed: bool,
) -> list[Node]:
    """Those directly below an organisation, by the sound of their names; `closed` ones too, or none."""
    rows = await transaction.fetch(
        COLUMNS + "WHERE o.parent_id = $1 AND ($5 OR o.closed_at IS NULL) "
        "AND ($2::text IS NULL OR (o.name_key, o.id) > ($2, $3::uuid)) ORDER BY o.name_key, o.id LIMIT $4",
        parent,
        after[0] if after else None,
        after[1] if after else None,
        limit,
        closed,
    )
    return [_node(row) for row in rows]


async def search(
    transaction: Transaction, top: OrganisationId, asked: Asked | None, limit: int
) -> list[Found]:
    """Organisations of a scope that hold what is asked for, open ones first, each with its path.

    If nothing is asked for, all of them, the highest first.
    """
    condition, values = search_condition(asked, WORDS, 3) if asked else ("true", ())
    order = "o.name_key, o.id" if asked else "p.depth, o.name_key, o.id"
    rows = await transaction.fetch(
        f"{NODE} WHERE {condition} ORDER BY o.closed_at IS NOT NULL, {order} LIMIT $2",
        top,
        limit,
        *values,
    )
    nodes = [_node(row) for row in rows]
    paths = await paths_of(transaction, top, [each.id for each in nodes])
    return [Found(node=each, path=paths[each.id]) for each in nodes]


async def paths_of(
    transaction: Transaction, top: OrganisationId, organisations: Sequence[OrganisationId]
) -> dict[OrganisationId, tuple[Step, ...]]:
    """From the scope's node down to each, itself included."""
    rows = await transaction.fetch(
        "SELECT p.descendant_id, o.id, o.name FROM organisation_paths p "
        "JOIN organisations o ON o.id = p.ancestor_id "
        "JOIN organisation_paths mine ON mine.ancestor_id = $1 AND mine.descendant_id = p.ancestor_id "
        "WHERE p.descendant_id = ANY ($2::uuid[]) ORDER BY p.descendant_id, p.depth DESC",
        top,
        list(organisations),
    )
    found: dict[OrganisationId, list[Step]] = {each: [] for each in organisations}
    for row in rows:
        found[row["descendant_id"]].append(Step(id=OrganisationId(row["id"]), name=row["name"]))
    return {each: tuple(steps) for each, steps in found.items()}


async def is_within(transaction: Transaction, top: OrganisationId, sought: OrganisationId) -> bool:
    """Whether an organisation is this one or below it."""
    return bool(
        await transaction.fetchval(
            "SELECT EXISTS (SELECT FROM organisation_paths WHERE ancestor_id = $1 AND descendant_id = $2)",
            top,
            sought,
        )
    )


async def is_named_below(
    transaction: Transaction, parent: OrganisationId | None, name: str, but: OrganisationId | None
) -> bool:
    """Whether another open organisation of this name stands directly below."""
    return bool(
        await transaction.fetchval(
            "SELECT EXISTS (SELECT FROM organisations WHERE parent_id IS NOT DISTINCT FROM $1 AND name = $2 "
            "AND closed_at IS NULL AND id IS DISTINCT FROM $3)",
            parent,
            name,
            but,
        )
    )


async def weight(transaction: Transaction, organisation: OrganisationId) -> tuple[int, int]:
    """How many organisations an organisation and all below it are, and how many accounts in use they have."""
    row = await transaction.fetchrow(
        "SELECT count(*) AS organisations, coalesce(sum((SELECT count(*) FROM users u "
        "WHERE u.organisation_id = p.descendant_id AND u.disabled_at IS NULL)), 0)::bigint AS users "
        "FROM organisation_paths p WHERE p.ancestor_id = $1",
        organisation,
    )
    return (row["organisations"], row["users"]) if row else (0, 0)


async def left_in(transaction: Transaction, organisation: OrganisationId) -> tuple[int, int]:
    """Open organisations directly below, and accounts in use of its own."""
    row = await transaction.fetchrow(
        "SELECT (SELECT count(*) FROM organisations WHERE parent_id = $1 AND closed_at IS NULL) AS below, "
        "(SELECT count(*) FROM users WHERE organisation_id = $1 AND disabled_at IS NULL) AS users",
        organisation,
    )
    return (row["below"], row["users"]) if row else (0, 0)


async def names_below(transaction: Transaction, organisation: OrganisationId) -> list[str]:
    """Names of those directly below, the first of them."""
    rows = await transaction.fetch(
        "SELECT name FROM organisations WHERE parent_id = $1 AND closed_at IS NULL "
        "ORDER BY name_key LIMIT $2",
        organisation,
        MOST_NAMED,
    )
    return [row["name"] for row in rows]


async def kinds_below(transaction: Transaction, organisation: OrganisationId) -> list[OrganisationKind]:
    """The kinds of those directly below."""
    rows = await transaction.fetch(
        "SELECT DISTINCT kind FROM organisations WHERE parent_id = $1 AND closed_at IS NULL", organisation
    )
    return [OrganisationKind(row["kind"]) for row in rows]


# Writing


async def add(
    transaction: Transaction,
    organisation: OrganisationId,
    parent: OrganisationId | None,
    draft: Draft,
    now: datetime,
) -> None:
    """A new organisation; its codes are set apart."""
    indexed = searched_by(draft)
    await transaction.execute(
        "INSERT INTO organisations (id, parent_id, name, kind, region_code, short_name, aliases, name_key, "
        "search_tokens, search_text, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        organisation,
        parent,
        draft.name,
        draft.kind,
        draft.region_code,
        draft.short_name,
        list(draft.aliases),
        name_key(draft.name),
        list(indexed.tokens),
        indexed.text,
        now,
    )


async def change(transaction: Transaction, organisation: OrganisationId, draft: Draft) -> None:
    """Other words for an organisation; its codes are set apart."""
    indexed = searched_by(draft)
    await transaction.execute(
        "UPDATE organisations SET name = $2, kind = $3, region_code = $4, short_name = $5, aliases = $6, "
        "name_key = $7, search_tokens = $8, search_text = $9, version = version + 1 WHERE id = $1",
        organisation,
        draft.name,
        draft.kind,
        draft.region_code,
        draft.short_name,
        list(draft.aliases),
        name_key(draft.name),
        list(indexed.tokens),
        indexed.text,
    )


async def move(transaction: Transaction, organisation: OrganisationId, parent: OrganisationId) -> None:
    await transaction.execute(
        "UPDATE organisations SET parent_id = $2, version = version + 1 WHERE id = $1", organisation, parent
    )


async def lift_children(
    transaction: Transaction, source: OrganisationId, target: OrganisationId
) -> list[OrganisationId]:
    """Puts all that stands directly below one organisation below another."""
    rows = await transaction.fetch(
        "UPDATE organisations SET parent_id = $2, version = version + 1 "
        "WHERE parent_id = $1 AND id <> $2 RETURNING id",
        source,
        target,
    )
    return [OrganisationId(row["id"]) for row in rows]


async def set_closed(
    transaction: Transaction,
    organisation: OrganisationId,
    at: datetime | None,
    merged_into: OrganisationId | None = None,
) -> None:
    await transaction.execute(
        "UPDATE organisations SET closed_at = $2, merged_into = $3, version = version + 1 WHERE id = $1",
        organisation,
        at,
        merged_into,
    )


async def point_on(transaction: Transaction, source: OrganisationId, target: OrganisationId) -> None:
    """What was merged into the one before leads to the other now."""
    await transaction.execute(
        "UPDATE organisations SET merged_into = $2 WHERE merged_into = $1 AND id <> $2", source, target
    )


async def hand_over(
    transaction: Transaction, source: OrganisationId, target: OrganisationId
) -> tuple[str, ...]:
    """Puts all that one organisation owns under another; gives the tables whose rows stayed."""
    stayed = await transaction.fetchval("SELECT organisation_hand_over($1, $2)", source, target)
    return tuple(stayed)


async def holdings(transaction: Transaction, organisation: OrganisationId) -> tuple[Holding, ...]:
    """What an organisation owns, by table."""
    rows = await transaction.fetch(
        "SELECT relation, held FROM organisation_holdings($1) ORDER BY held DESC, relation", organisation
    )
    return tuple(Holding(what=row["relation"], count=row["held"]) for row in rows)


# Codes


async def codes(transaction: Transaction, organisation: OrganisationId) -> tuple[Code, ...]:
    """Those of an organisation, and those that a merger brought it."""
    rows = await transaction.fetch(
        "SELECT authority, code, nullif(origin_id, organisation_id) AS origin FROM organisation_codes "
        "WHERE organisation_id = $1 ORDER BY authority, code",
        organisation,
    )
    return tuple(
        Code(
            authority=row["authority"],
            code=row["code"],
            origin=OrganisationId(row["origin"]) if row["origin"] else None,
        )
        for row in rows
    )


async def set_codes(
    transaction: Transaction, organisation: OrganisationId, wanted: Sequence[Code], now: datetime
) -> None:
    """These and no others; those that stay keep whose they were. Raises UniqueBroken if one is another's."""
    await transaction.execute(
        "DELETE FROM organisation_codes WHERE organisation_id = $1 AND (authority, code) NOT IN "
        "(SELECT * FROM unnest($2::text[], $3::text[]))",
        organisation,
        [code.authority for code in wanted],
        [code.code for code in wanted],
    )
    kept = {(code.authority, code.code) for code in await codes(transaction, organisation)}
    await transaction.executemany(
        "INSERT INTO organisation_codes (authority, code, organisation_id, origin_id, added_at) "
        "VALUES ($1, $2, $3, $3, $4)",
        [
            (code.authority, code.code, organisation, now)
            for code in wanted
            if (code.authority, code.code) not in kept
        ],
    )


async def hand_over_codes(transaction: Transaction, source: OrganisationId, target: OrganisationId) -> None:
    await transaction.execute(
        "UPDATE organisation_codes SET organisation_id = $2 WHERE organisation_id = $1", source, target
    )


async def by_code(transaction: Transaction, authority: str, code: str) -> OrganisationId | None:
    """Whose code it is now, as far as the row rules show it."""
    found = await transaction.fetchval(
        "SELECT organisation_id FROM organisation_codes WHERE authority = $1 AND code = $2", authority, code
    )
    return OrganisationId(found) if found else None


# History


async def add_change(transaction: Transaction, change: Change) -> None:
    await transaction.execute(
        "INSERT INTO organisation_changes (id, organisation_id, kind, at, actor, actor_name, reason, before, "
        "after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        change.id,
        change.organisation,
        change.kind,
        change.at,
        change.actor,
        change.actor_name,
        change.reason,
        dict(change.before),
        dict(change.after),
    )


async def changes(
    transaction: Transaction, organisation: OrganisationId, after: str | None, limit: int
) -> list[Change]:
    """The newest first."""
    rows = await transaction.fetch(
        "SELECT * FROM organisation_changes WHERE organisation_id = $1 AND ($2::uuid IS NULL OR id < $2) "
        "ORDER BY id DESC LIMIT $3",
        organisation,
        after,
        limit,
    )
    return [
        Change(
            id=row["id"],
            organisation=OrganisationId(row["organisation_id"]),
            kind=ChangeKind(row["kind"]),
            at=row["at"],
            actor=row["actor"],
            actor_name=row["actor_name"],
            reason=row["reason"],
            before=row["before"],
            after=row["after"],
        )
        for row in rows
    ]


# Those that were there before they could be searched


async def unsearchable(transaction: Transaction, limit: int) -> list[tuple[OrganisationId, Draft]]:
    """Organisations whose words were never indexed."""
    rows = await transaction.fetch("SELECT * FROM organisations WHERE search_text = '' LIMIT $1", limit)
    return [
        (
            OrganisationId(row["id"]),
            Draft(name=row["name"], kind=OrganisationKind(row["kind"]), region_code=row["region_code"]),
        )
        for row in rows
    ]


async def index_words(transaction: Transaction, organisation: OrganisationId, draft: Draft) -> None:
    indexed = searched_by(draft)
    await transaction.execute(
        "UPDATE organisations SET name_key = $2, search_tokens = $3, search_text = $4 WHERE id = $1",
        organisation,
        name_key(draft.name),
        list(indexed.tokens),
        indexed.text,
    )


def _node(row: Record) -> Node:
    return Node(
        id=OrganisationId(row["id"]),
        parent=OrganisationId(row["parent_id"]) if row["parent_id"] else None,
        name=row["name"],
        kind=OrganisationKind(row["kind"]),
        region_code=row["region_code"],
        short_name=row["short_name"],
        aliases=tuple(row["aliases"]),
        version=row["version"],
        name_key=row["name_key"],
        closed_at=row["closed_at"],
        merged_into=OrganisationId(row["merged_into"]) if row["merged_into"] else None,
        children=row["children"],
        closed_children=row["closed_children"],
    )
