"""The pool of connections and the two ways to use one: a transaction, or a read."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from platform_api.db.transaction import Actor, Transaction
from platform_api.kernel.config import Secret
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.log import get_logger

RETRY_S = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """Section `database`. Without `dsn` the embedded PostgreSQL is used."""

    dsn: Secret | None = None
    owner_dsn: Secret | None = None
    accept_unproven: bool = False
    pool_size: int = 10
    acquire_timeout_s: float = 5.0
    statement_timeout_s: float = 15.0
    lock_timeout_s: float = 5.0
    close_timeout_s: float = 5.0


class Database:
    """Connections as the application role, which owns nothing."""

    def __init__(self, dsn: str, settings: DatabaseSettings | None = None) -> None:
        self._dsn = dsn
        self._settings = settings or DatabaseSettings()
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self) -> None:
        """Connects; raises Unavailable if the server does not answer."""
        settings = self._settings
        limits = {
            "application_name": "scopecast",
            "timezone": "UTC",
            "statement_timeout": f"{settings.statement_timeout_s * 1000:.0f}",
            "lock_timeout": f"{settings.lock_timeout_s * 1000:.0f}",
            "idle_in_transaction_session_timeout": f"{settings.statement_timeout_s * 1000:.0f}",
        }
        try:
            async with _translated():
                self._pool = await asyncpg.create_pool(
                    self._dsn,
                    min_size=0,
                    max_size=settings.pool_size,
                    timeout=settings.acquire_timeout_s,
                    command_timeout=settings.statement_timeout_s + 1,
                    server_settings=limits,
                    init=prepare_connection,
                )
        except OSError as error:
            raise Unavailable("database.unavailable", retry_after_s=RETRY_S) from error
        await self.check()

    async def close(self) -> None:
        """Waits for what is under way, cuts it off after `close_timeout_s`; may be called twice."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(self._settings.close_timeout_s):
                await pool.close()
        except TimeoutError:
            get_logger("db").warning("db.cut_off", after_s=self._settings.close_timeout_s)

    @asynccontextmanager
    async def transaction(self, actor: Actor | None = None) -> AsyncIterator[Transaction]:
        """A transaction that is kept if the block ends well and undone if it raises.

        Raises Unavailable when the database is away or all connections stay busy.
        """
        async with self._connection() as connection:
            transaction = Transaction(connection)
            async with connection.transaction():
                if actor is not None:
                    await connection.execute(
                        "SELECT set_config('scopecast.actor', $1, true), "
                        "set_config('scopecast.organisation', $2, true)",
                        actor.subject,
                        actor.organisation or "",
                    )
                yield transaction
                for hook in transaction.before_commit_hooks:
                    await hook()
        for hook in transaction.after_commit_hooks:
            await hook()

    async def check(self) -> None:
        """Returns if the database answers; raises Unavailable."""
        async with self._connection() as connection:
            await connection.fetchval("SELECT 1")

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        pool = self._pool  # `close` forgets it while a transaction is still under way
        if pool is None:
            raise Unavailable("database.unavailable", retry_after_s=RETRY_S)
        async with _translated():
            try:
                connection = await pool.acquire(timeout=self._settings.acquire_timeout_s)
            except (OSError, asyncpg.InterfaceError) as error:
                raise Unavailable("database.unavailable", retry_after_s=RETRY_S) from error
        try:
            async with _translated():
                yield connection
        except asyncpg.InterfaceError as error:
            if not _is_lost(connection):
                raise
            raise Unavailable("database.unavailable", retry_after_s=RETRY_S) from error
        finally:
            await pool.release(connection)


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    """Turns the driver's ways to say "the server is away, or too busy" into ours."""
    try:
        yield
    except (
        asyncpg.PostgresConnectionError,
        asyncpg.CannotConnectNowError,
        asyncpg.AdminShutdownError,
        asyncpg.CrashShutdownError,
        asyncpg.QueryCanceledError,
        asyncpg.LockNotAvailableError,
        asyncpg.TooManyConnectionsError,
        ConnectionError,
        TimeoutError,
    ) as error:
        raise Unavailable("database.unavailable", retry_after_s=RETRY_S) from error


def _is_lost(connection: Any) -> bool:  # noqa: ANN401 - the driver's two connection classes
    """Whether the server ended the connection; the pool may have taken it back by itself already."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


async def prepare_connection(connection: Any) -> None:  # noqa: ANN401 - the driver's two connection classes
    """Ids are text on our side, JSON columns are Python values."""
    await connection.set_type_codec("uuid", encoder=str, decoder=str, schema="pg_catalog", format="text")
    await connection.set_type_codec(
        "jsonb", encoder=_to_json, decoder=json.loads, schema="pg_catalog", format="text"
    )


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
