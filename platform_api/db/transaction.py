"""One database transaction, on behalf of somebody."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import asyncpg

Record: TypeAlias = asyncpg.Record
UniqueBroken = asyncpg.UniqueViolationError
"""A row with these unique values is there already; `constraint_name` says which."""

Hook: TypeAlias = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, for which organisation: row-level rules read it as `scopecast.actor`, `.organisation`."""

    subject: str
    organisation: str | None = None


class _Driver(Protocol):
    """What is used of a driver's connection."""

    async def fetch(self, query: str, *args: object) -> list[Record]: ...
    async def fetchrow(self, query: str, *args: object) -> Record | None: ...
    async def fetchval(self, query: str, *args: object) -> Any: ...  # noqa: ANN401
    async def execute(self, query: str, *args: object) -> str: ...
    async def executemany(self, command: str, args: Iterable[Sequence[Any]]) -> None: ...


class Transaction:
    """Statements that are kept or undone together; made by `Database.transaction` alone.

    Hooks: what was added by `before_commit` runs last inside, what was added by `after_commit` runs
    once it is kept for good. Tell the bus there and nowhere else.
    """

    def __init__(self, driver: _Driver) -> None:
        self._driver = driver
        self.before_commit_hooks: list[Hook] = []
        self.after_commit_hooks: list[Hook] = []

    async def fetch(self, sql: str, *args: object) -> list[Record]:
        """All rows."""
        return await self._driver.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: object) -> Record | None:
        """The first row, or None."""
        return await self._driver.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: object) -> Any:  # noqa: ANN401 - a column's type is the schema's
        """The first column of the first row, or None."""
        return await self._driver.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> int:
        """How many rows the statement touched."""
        tag = (await self._driver.execute(sql, *args)).rpartition(" ")[2]
        return int(tag) if tag.isdigit() else 0

    async def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Runs the statement once a row, as one batch."""
        await self._driver.executemany(sql, rows)

    def before_commit(self, hook: Hook) -> None:
        """Adds what must be the last thing inside (it may take a lock that everybody wants)."""
        self.before_commit_hooks.append(hook)

    def after_commit(self, hook: Hook) -> None:
        """Adds what happens only if and after the transaction is kept."""
        self.after_commit_hooks.append(hook)


@asynccontextmanager
async def acting_as(transaction: Transaction, subject: str) -> AsyncIterator[None]:
    """Has the statements of the block run as this subject of the house (`system:…`), then as before.

    For what must be looked up whoever asks; what comes of it is checked by the caller.
    """
    before = await transaction.fetchval("SELECT scopecast_actor()")
    await transaction.execute("SELECT set_config('scopecast.actor', $1, true)", subject)
    yield
    await transaction.execute("SELECT set_config('scopecast.actor', $1, true)", before)
