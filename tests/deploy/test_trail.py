"""`scopecast audit` as an operator uses it: what is broken, and what exactly leaked."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.launch import keys, trail, words
from platform_api.audit import AuditTrail
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE
from platform_api.identity.model import Duty, UserRole
from tests.support.platform import Town
from tests.support.sessions import ok


@pytest.fixture
def line(
    tmp_path: Path, cluster: EmbeddedPostgres, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Parses a command line for the platform of this test."""
    monkeypatch.setenv("SCOPECAST_DATABASE__DSN", cluster.dsn(role=APP_ROLE, database=database_name))

    def parse(*given: str) -> Namespace:
        parser = ArgumentParser()
        words.declare_audit(parser)
        return parser.parse_args([*given, "--data-dir", str(tmp_path)])

    return parse


async def test_AD_02_verify_names_the_row_whose_byte_was_flipped(
    town: Town, line: Any, cluster: EmbeddedPostgres, database_name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b", "c"):
        await town.signed_in(name, UserRole.DOCTOR)
    await town.platform.services.get(AuditTrail).settle()
    assert await trail.run(line("verify")) == 0
    superuser = await asyncpg.connect(cluster.dsn(database=database_name))
    await superuser.execute(
        "UPDATE audit_entries SET actor_name = 'x' || substr(actor_name, 2) WHERE number = 2"
    )
    await superuser.close()
    capsys.readouterr()

    assert await trail.run(line("verify")) == trail.EXIT_BROKEN

    assert capsys.readouterr().out.startswith("entry 2 is broken (2026-11-22T")


async def test_PR_05_a_breach_is_the_exact_set_of_what_was_seen(
    town: Town, line: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody reads lists; what others read, what came before, and what was refused is no part of it."""
    leak = await town.signed_in("leak", duty=Duty.AUDIT)
    other = await town.signed_in("other", duty=Duty.AUDIT)
    await ok(await leak.post("/tables/audit/rows", {"limit": 1}))
    town.clock.advance(60)
    since = town.clock.now().isoformat()
    first = await ok(await leak.post("/tables/audit/rows", {"limit": 2, "columns": ["at", "tag"]}))
    again = await ok(await leak.post("/tables/audit/rows", {"limit": 1, "columns": ["at", "actor"]}))
    await ok(await other.post("/tables/audit/rows", {"limit": 100}))
    assert (await leak.get("/exports/00000000-0000-4000-8000-000000000000/file")).status == 404

    assert await trail.run(line("breach", "--actor", "leak", "--since", since, "--json")) == 0

    said = json.loads(capsys.readouterr().out)
    seen = {row["key"] for page in (first, again) for row in page["rows"]}
    assert {record["target"] for record in said["records"]} == seen
    assert said["actor"] == leak.user.id
    assert {name for record in said["records"] for name in record["fields"]} == {"at", "tag", "actor"}
    assert await trail.run(line("breach", "--actor", "leak", "--since", since, "--until", since)) == 0
    assert capsys.readouterr().out == "first\tlast\ttimes\trecord\tacts\tfields\n"


async def test_CR_05_what_is_done_with_master_keys_stands_in_the_trail(
    town: Town, cluster: EmbeddedPostgres, database_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCOPECAST_DATABASE__DSN", cluster.dsn(role=APP_ROLE, database=database_name))
    parser = ArgumentParser()
    words.declare_keys(parser)
    first = town.keys.sealer.current

    async def typed(*given: str) -> str:
        return await keys.run(parser.parse_args([*given, "--data-dir", str(tmp_path)]))

    second = (await typed("rotate")).split()[0]
    await typed("rewrap")
    await town.platform.services.get(AuditTrail).settle()
    await typed("retire", first)

    superuser = await asyncpg.connect(cluster.dsn(database=database_name))
    rows = await superuser.fetch("SELECT * FROM audit_entries WHERE tag LIKE 'key.%' ORDER BY number")
    await superuser.close()
    assert [(row["tag"], row["target"], row["actor"].partition(":")[0]) for row in rows] == [
        ("key.added", second, "cli"),
        ("key.resealed", second, "system"),
        ("key.resealed", second, "system"),
        ("key.resealed", second, "system"),
        ("key.taken_up", second, "system"),
        ("key.retired", first, "cli"),
    ]
