"""Which tables stand under row-level rules that bind their owner too (AZ-01): all but those named here."""

import asyncpg
import pytest

from platform_api.db import Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE, OWNER_ROLE

WITHOUT_RULES = {
    "schema_migrations": "names of steps and their hashes; the application may only read it",
    "pgqueuer": "the queue library's own table: kinds of work and ids of jobs, whose rows stand under rules",
    "pgqueuer_log": "the same library's log of ids and states; what a job said goes to `jobs`",
    "pgqueuer_statistics": "the same library's counts by kind",
    "pgqueuer_schedules": "the same library's timetable",
}
"""Each line says why; a table with a person's or an organisation's data has no place here."""


async def test_AZ_01_every_table_but_the_allowed_forces_row_rules(
    cluster: EmbeddedPostgres, database_name: str
) -> None:
    connection = await asyncpg.connect(cluster.dsn(role=APP_ROLE, database=database_name))
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
        "AND NOT (relrowsecurity AND relforcerowsecurity)"
    )
    await connection.close()

    assert {row["relname"] for row in rows} == set(WITHOUT_RULES)


async def test_AZ_01_the_application_can_neither_pass_rules_nor_change_them(
    cluster: EmbeddedPostgres, database: Database
) -> None:
    async with database.transaction() as transaction:
        roles = await transaction.fetch(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles "
            "WHERE rolname = ANY ($1::text[])",
            [APP_ROLE, OWNER_ROLE],
        )
        member = await transaction.fetchval("SELECT pg_has_role(current_user, $1, 'member')", OWNER_ROLE)

    assert {row["rolname"]: tuple(row)[1:] for row in roles} == {
        APP_ROLE: (False, False, False, False),
        OWNER_ROLE: (False, False, False, False),
    }
    assert member is False
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction() as transaction:
            await transaction.execute("ALTER TABLE users NO FORCE ROW LEVEL SECURITY")


async def test_AZ_01_functions_that_run_as_the_owner_keep_to_a_path_and_are_not_for_everybody(
    database: Database,
) -> None:
    async with database.transaction() as transaction:
        rows = await transaction.fetch(
            "SELECT p.oid::regprocedure::text AS name, p.proconfig, "
            "has_function_privilege('public', p.oid, 'execute') AS anybody FROM pg_proc p "
            "WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace"
        )

    for row in rows:
        assert any(each.startswith("search_path=") for each in row["proconfig"] or ()), row["name"]
        assert not row["anybody"], row["name"]
