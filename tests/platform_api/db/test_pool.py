"""Transactions keep or undo, name the actor, and say when the database is away."""

import asyncio

import asyncpg
import pytest

from platform_api.db import Actor, Database, DatabaseSettings
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.ids import new_id

ADD = "INSERT INTO organisations (id, name, kind, created_at) VALUES ($1, $2, 'hospital', now())"
HOUSE = Actor(subject="system:test")


async def count(database: Database) -> int:
    async with database.transaction(HOUSE) as transaction:
        return int(await transaction.fetchval("SELECT count(*) FROM organisations"))


async def test_a_block_that_raises_leaves_nothing_and_tells_nobody(database: Database) -> None:
    told = []

    async def tell() -> None:
        told.append("kept")

    async def fail() -> None:
        async with database.transaction(HOUSE) as transaction:
            transaction.after_commit(tell)
            await transaction.execute(ADD, new_id(), "市立医院")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert (await count(database), told) == (0, [])

    async with database.transaction(HOUSE) as transaction:
        transaction.after_commit(tell)
        assert await transaction.execute(ADD, new_id(), "市立医院") == 1
        assert told == []
    assert (await count(database), told) == (1, ["kept"])


async def test_the_actor_is_set_for_the_transaction_alone(database: Database) -> None:
    ask = "SELECT current_setting('scopecast.actor', true), current_setting('scopecast.organisation', true)"
    async with database.transaction(Actor(subject="u", organisation="o")) as transaction:
        row = await transaction.fetchrow(ask)
        assert row is not None
        assert tuple(row) == ("u", "o")
    async with database.transaction() as transaction:
        row = await transaction.fetchrow(ask)
        assert row is not None
        assert not any(row)


async def test_a_busy_pool_and_a_missing_server_are_unavailable(
    cluster: EmbeddedPostgres, database_name: str
) -> None:
    small = Database(
        cluster.dsn(role=APP_ROLE, database=database_name),
        DatabaseSettings(pool_size=1, acquire_timeout_s=0.1),
    )
    await small.open()
    async with small.transaction():
        with pytest.raises(Unavailable):
            async with small.transaction():
                pass
    await small.close()
    with pytest.raises(Unavailable):
        await small.check()

    with pytest.raises(Unavailable):
        await Database(f"postgresql://x@/x?host={cluster.socket_dir}/none").open()


async def test_a_lost_connection_is_unavailable_and_a_wrong_statement_is_our_fault(
    cluster: EmbeddedPostgres, database: Database
) -> None:
    superuser = await asyncpg.connect(cluster.dsn())

    async def lose() -> None:
        async with database.transaction() as transaction:
            pid = await transaction.fetchval("SELECT pg_backend_pid()")
            await superuser.execute("SELECT pg_terminate_backend($1)", pid)
            await transaction.fetchval("SELECT 1")

    with pytest.raises(Unavailable):
        await lose()
    await superuser.close()

    with pytest.raises(asyncpg.InterfaceError):
        async with database.transaction() as transaction:
            await transaction.fetchval("SELECT $1::text")


async def test_closing_waits_for_a_transaction_under_way(database: Database) -> None:
    async with database.transaction(HOUSE) as transaction:
        closing = asyncio.create_task(database.close())
        await transaction.execute(ADD, new_id(), "市立医院")
        assert not closing.done()
        with pytest.raises(Unavailable):
            await database.check()
    await closing
    await database.open()
    assert await count(database) == 1


async def test_closing_cuts_off_what_does_not_end(cluster: EmbeddedPostgres, database_name: str) -> None:
    hasty = Database(
        cluster.dsn(role=APP_ROLE, database=database_name), DatabaseSettings(close_timeout_s=0.1)
    )
    await hasty.open()

    async def hang() -> None:
        async with hasty.transaction(HOUSE) as transaction:
            await transaction.execute(ADD, new_id(), "市立医院")
            await hasty.close()
            await transaction.fetchval("SELECT 1")

    with pytest.raises(Unavailable):
        await hang()
    await hasty.open()
    assert await count(hasty) == 0
    await hasty.close()
