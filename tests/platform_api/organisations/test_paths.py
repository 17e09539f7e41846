"""The closure says the same as the tree after whatever was done to it, and the scope is read by its index."""

import random
from importlib import resources

import asyncpg
import pytest

from platform_api.db import Actor, Database, Transaction
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import OWNER_ROLE
from platform_api.db.organisations import BELOW
from platform_api.kernel.ids import new_id

ADD = (
    "INSERT INTO organisations (id, parent_id, name, kind, created_at) "
    "VALUES ($1, $2, '机构', 'hospital', now())"
)
MOVE = "UPDATE organisations SET parent_id = $2 WHERE id = $1"
KEPT = "SELECT ancestor_id, descendant_id, depth FROM organisation_paths ORDER BY 1, 2"
COUNTED = """
    WITH RECURSIVE path AS (
        SELECT id AS ancestor_id, id AS descendant_id, 0 AS depth FROM organisations
        UNION ALL
        SELECT path.ancestor_id, o.id, path.depth + 1
        FROM organisations o JOIN path ON o.parent_id = path.descendant_id
    )
    SELECT ancestor_id, descendant_id, depth FROM path ORDER BY 1, 2
"""
MANY = 3_000
HOUSE = Actor(subject="system:test")
STEP = resources.files("platform_api.db") / "migrations" / "0021_pre_organisation_paths.sql"


async def add(transaction: Transaction, parent: str | None) -> str:
    made = new_id()
    await transaction.execute(ADD, made, parent)
    return made


async def agree(transaction: Transaction) -> bool:
    kept = [tuple(row) for row in await transaction.fetch(KEPT)]
    return kept == [tuple(row) for row in await transaction.fetch(COUNTED)] and bool(kept)


async def test_the_closure_is_the_tree_after_every_move(database: Database) -> None:
    chance = random.Random(21)
    async with database.transaction(HOUSE) as transaction:
        tree = [await add(transaction, None)]
        for _ in range(40):
            tree.append(await add(transaction, chance.choice([*tree, None])))
        assert await agree(transaction)

    moved = refused = 0
    while moved < 40 or refused < 5:
        try:
            async with database.transaction(HOUSE) as transaction:
                await transaction.execute(MOVE, chance.choice(tree), chance.choice([*tree, None]))
                assert await agree(transaction)
            moved += 1
        except asyncpg.CheckViolationError:
            refused += 1


async def test_nobody_but_the_triggers_writes_the_closure(database: Database) -> None:
    async with database.transaction(HOUSE) as transaction:
        await add(transaction, None)
    for statement in (
        "DELETE FROM organisation_paths",
        "UPDATE organisation_paths SET depth = 1",
        "INSERT INTO organisation_paths SELECT id, id, 0 FROM organisations",
        "SELECT organisation_path_add()",
    ):
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.FeatureNotSupportedError)):
            async with database.transaction(HOUSE) as transaction:
                await transaction.execute(statement)


async def test_the_step_fills_the_closure_of_a_tree_that_was_there(
    database: Database, cluster: EmbeddedPostgres, database_name: str
) -> None:
    async with database.transaction(HOUSE) as transaction:
        top = await add(transaction, None)
        await add(transaction, await add(transaction, top))
    text = STEP.read_text(encoding="utf-8")
    filling = text[text.index("INSERT INTO") : text.index("FROM path;") + 10]

    owner = await asyncpg.connect(cluster.dsn(role=OWNER_ROLE, database=database_name))
    await owner.execute("SELECT set_config('scopecast.actor', 'system:migration', false)")
    await owner.execute("DELETE FROM organisation_paths")
    await owner.execute(filling)
    await owner.close()

    async with database.transaction(HOUSE) as transaction:
        assert await agree(transaction)


async def test_AZ_01_the_scope_of_three_thousand_organisations_is_read_by_its_index(
    database: Database, cluster: EmbeddedPostgres, database_name: str
) -> None:
    async with database.transaction(HOUSE) as transaction:
        top = await add(transaction, None)
        cities = [await add(transaction, top) for _ in range(20)]
        hospitals = [await add(transaction, cities[n % 20]) for n in range(MANY // 10)]
        for n in range(MANY - len(hospitals) - 21):
            await add(transaction, hospitals[n % len(hospitals)])
    superuser = await asyncpg.connect(cluster.dsn(database=database_name))
    await superuser.execute("ANALYZE organisation_paths")
    await superuser.close()

    async with database.transaction(Actor(subject="u", organisation=cities[0])) as transaction:
        seen = await transaction.fetchval("SELECT scopecast_scope()")
        in_scope = await transaction.fetch(
            "EXPLAIN SELECT FROM organisation_paths WHERE ancestor_id = scopecast_organisation()"
        )
        below = await transaction.fetch("EXPLAIN" + BELOW + "SELECT id FROM mine", cities[0])  # noqa: S608 - constants
        everybody = await transaction.fetchval("SELECT count(*) FROM organisation_paths WHERE depth = 0")
    async with database.transaction(Actor(subject="u", organisation=top)) as transaction:
        all_seen = await transaction.fetchval("SELECT scopecast_scope()")

    assert (everybody, len(all_seen), len(seen)) == (MANY, MANY, len(set(seen)))
    assert 100 < len(seen) < 200
    for plan in (in_scope, below):
        text = "\n".join(row[0] for row in plan)
        assert "organisation_paths_pkey" in text
        assert "Seq Scan" not in text
