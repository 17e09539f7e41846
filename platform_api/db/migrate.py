"""Forward-only steps from `migrations/`, each once, each whole or not at all.

`NNNN_pre_….sql` adds what new code needs while old code runs; `NNNN_post_….sql` removes what nobody
uses any more. `schema.sql` shows the sum of all steps; a test keeps the two equal.
"""

import hashlib
import re
from dataclasses import dataclass
from importlib import resources

import asyncpg

from platform_api.kernel.log import get_logger

OWNER_ROLE = "scopecast_owner"
APP_ROLE = "scopecast_app"
DATABASE = "scopecast"
NAME_PATTERN = re.compile(r"(\d{4})_(pre|post)_[a-z0-9_]+\.sql")
LOCK_KEY = 0x5C09ECA5
LIMITS = "SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = '10min'"
LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON schema_migrations TO scopecast_app;
"""


class MigrationError(Exception):
    """A step was changed after it had been applied, or its name is wrong."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations() -> list[Migration]:
    """All steps in order; raises MigrationError for a wrong name or a number used twice."""
    found: dict[int, Migration] = {}
    for file in (resources.files("platform_api.db") / "migrations").iterdir():
        if not file.name.endswith(".sql"):
            continue
        match = NAME_PATTERN.fullmatch(file.name)
        if match is None or int(match[1]) in found:
            raise MigrationError(f"a migration's name must be NNNN_pre_words.sql, once a number: {file.name}")
        found[int(match[1])] = Migration(int(match[1]), file.name, file.read_text(encoding="utf-8"))
    return [found[number] for number in sorted(found)]


async def prepare_cluster(superuser_dsn: str, *, database: str = DATABASE) -> None:
    """Makes the two roles and the database in a cluster of our own; nothing happens to what is there."""
    connection = await asyncpg.connect(superuser_dsn, timeout=10)
    try:
        for role in (OWNER_ROLE, APP_ROLE):
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                await connection.execute(
                    f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"
                )
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await connection.execute(
                f"CREATE DATABASE {database} OWNER {OWNER_ROLE} TEMPLATE template0 "
                "ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
            )
    finally:
        await connection.close()


async def migrate(owner_dsn: str) -> list[str]:
    """Applies what is missing as the owner role; gives the names of the applied steps."""
    log = get_logger("db")
    connection = await asyncpg.connect(owner_dsn, timeout=10)
    applied = []
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)
        await connection.execute(LEDGER)
        rows = await connection.fetch("SELECT number, sha256 FROM schema_migrations")
        done = {row["number"]: row["sha256"] for row in rows}
        for step in read_migrations():
            if step.number in done:
                if done[step.number] != step.sha256:
                    raise MigrationError(f"{step.name} was changed after it had been applied")
                continue
            await _apply(connection, step)
            log.info("db.migrated", migration=step.name)
            applied.append(step.name)
    finally:
        await connection.close()
    return applied


async def missing_steps(dsn: str) -> list[str]:
    """The names of the steps that this database lacks, as far as any role may see."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        rows = await connection.fetch("SELECT number FROM schema_migrations")
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        rows = []
    finally:
        await connection.close()
    done = {row["number"] for row in rows}
    return [step.name for step in read_migrations() if step.number not in done]


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", step: Migration) -> None:
    async with connection.transaction():
        await connection.execute(LIMITS)
        await connection.execute(step.sql)
        await connection.execute(
            "INSERT INTO schema_migrations (number, name, sha256) VALUES ($1, $2, $3)",
            step.number,
            step.name,
            step.sha256,
        )
