"""A new master key for what lies sealed in the database, a killed worker, the old key's end (CR-05)."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from platform_api.audit import AuditTrail
from platform_api.db import Actor, Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE
from platform_api.exports import Vault
from platform_api.exports.model import ExportId
from platform_api.files import Rewrapper
from platform_api.identity.contacts import Contact, Contacts
from platform_api.identity.model import UserRole
from platform_api.jobs import Owner, store
from platform_api.jobs.model import JobState
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.config import Settings, SettingsError
from platform_api.kernel.ids import new_id
from platform_api.kernel.keys import add_sealing_key, load_keys, remove_sealing_key
from platform_api.resealing import COLUMNS, ResealColumns, Resealer
from tests.platform_api.joining.test_imports import GOOD, check
from tests.support.jobs import all_jobs
from tests.support.platform import Town
from tests.support.sheets import sheet

SYSTEM = Actor(subject="system:test")
NOTHING = Settings({}, {})
PEOPLE = 12
KILLS = 2


async def filled(town: Town, data_dir: Path) -> None:
    """At least one value in every sealed column, and an export of some pieces."""
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    contacts = town.platform.services.get(Contacts)
    for number in range(PEOPLE):
        person = await town.person(f"person{number}", UserRole.DOCTOR)
        async with town.platform.database.transaction(SYSTEM) as transaction:
            contact = Contact(phone=f"1380013{number:04}", document=f"1101051949123100{number:02}")
            await contacts.keep(transaction, person.user.id, contact)
    await check(admin, sheet(GOOD))
    body = {
        "organisation": admin.user.organisation,
        "name": "钱医生",
        "phone": "13900139000",
        "reason": "进修",
    }
    asked = await town.client.post("/api/v1/registrations", json=body)
    assert asked.status < 300, await asked.text()
    await rows_of_patients(town, contacts)
    plain = data_dir / "plain"
    plain.write_bytes(b"a,b\n" * 600_000)
    vault = Vault.below(data_dir, town.keys.sealer)
    export = ExportId(new_id())
    vault.draft(export)
    vault.keep(export, plain)


async def rows_of_patients(town: Town, contacts: Contacts) -> None:
    patient, code = new_id(), new_id()
    async with town.platform.database.transaction(SYSTEM) as transaction:
        kept = contacts.seal("13700137000", kind="patient_phone", owner=patient)
        await transaction.execute(
            "INSERT INTO patient_accounts (id, phone_sealed, phone_lookup, created_at) "
            "VALUES ($1, $2, $3, now())",
            *(patient, kept.sealed, kept.lookup),
        )
        sent = contacts.seal("13700137000", kind="phone", owner=code)
        await transaction.execute(
            "INSERT INTO phone_codes (id, phone_sealed, phone_lookup, code_hash, created_at, expires_at) "
            "VALUES ($1, $2, $3, '\\x00', now(), now())",
            *(code, sent.sealed, sent.lookup),
        )


async def opened(database: Database, data_dir: Path) -> dict[str, list[bytes]]:
    """Every sealed value, and every export, in the clear; raises SealBroken."""
    sealer, found = load_keys(data_dir, NOTHING).sealer, dict[str, list[bytes]]()
    async with database.transaction(SYSTEM) as transaction:
        for column in COLUMNS:
            rows = await transaction.fetch(  # names of ours
                f"SELECT {column.key} AS key, {column.column} AS sealed FROM {column.table} "  # noqa: S608 - names of ours
                f"WHERE {column.column} IS NOT NULL ORDER BY 1",
            )
            values = [sealer.open(row["sealed"], context=column.context_of(row["key"])) for row in rows]
            found[f"{column.table}.{column.column}"] = values
    vault = Vault.below(data_dir, sealer)
    found["exports"] = [vault.read(ExportId(name)) for name in vault.sealed_files()]
    return found


async def ask(database: Database, key: str) -> None:
    async with database.transaction(SYSTEM) as transaction:
        owner = Owner(organisation=None, subject=SYSTEM.subject, name="")
        await store.add(transaction, new_id(), ResealColumns(master_key=key), owner, SystemClock().now())


async def killed_after(dsn: str, data_dir: Path, steps: int) -> None:
    """A worker that ends by SIGKILL once it has said so many steps."""
    words = (sys.executable, "-m", "tests.support.reseal_child", dsn, str(data_dir))
    child = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    try:
        for _ in range(steps):
            await child.stdout.readline()
    finally:
        child.kill()
        await child.communicate()


async def test_CR_05_columns_come_under_a_new_key_though_the_worker_is_killed_and_the_old_one_ends(
    town: Town, database: Database, cluster: EmbeddedPostgres, database_name: str, tmp_path: Path
) -> None:
    await filled(town, tmp_path)
    before, old = await opened(database, tmp_path), town.keys.sealer.current
    assert all(before.values()), before.keys()
    new = add_sealing_key(tmp_path, NOTHING)
    await ask(database, new)
    sealer, dsn = load_keys(tmp_path, NOTHING).sealer, cluster.dsn(role=APP_ROLE, database=database_name)
    trail = town.platform.services.get(AuditTrail)
    resealer = Resealer(database, sealer, Rewrapper(Vault.below(tmp_path, sealer)), trail)
    left = []

    async with asyncio.timeout(60):
        for _ in range(KILLS):
            await killed_after(dsn, tmp_path, 4)
            left.append((await resealer.by_key())[old])
            assert await opened(database, tmp_path) == before
        running = asyncio.create_task(killed_after(dsn, tmp_path, 10_000))
        while (await all_jobs(database))[0].state is not JobState.DONE:
            await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.wait({running})

    assert left == sorted(left, reverse=True)
    assert left[0] > left[-1] > 0, "each kill fell into the middle of the work"
    assert set(await resealer.by_key()) == {new}
    remove_sealing_key(tmp_path, NOTHING, old)
    assert set(load_keys(tmp_path, NOTHING).sealer.keys) == {new}
    assert await opened(database, tmp_path) == before


async def test_CR_05_what_is_written_meanwhile_is_not_undone(town: Town, tmp_path: Path) -> None:
    person, database = await town.person("wang", UserRole.DOCTOR), town.platform.database
    add_sealing_key(tmp_path, NOTHING)
    sealer = town.keys.sealer

    class Slow(Resealer):
        """Somebody changes the row after it was read."""

        async def _anew(self, transaction: Any, column: Any, key: str, sealed: bytes, done: Any) -> None:
            value = sealer.seal(b"newer", context=column.context_of(key))
            await transaction.execute("UPDATE users SET totp_sealed = $2 WHERE id = $1", key, value)
            await super()._anew(transaction, column, key, sealed, done)

    async def progress(_: float) -> None: ...

    slow = Slow(database, sealer, Rewrapper(), town.platform.services.get(AuditTrail))
    await slow.work(ResealColumns(master_key=sealer.current), progress)

    values = (await opened(database, tmp_path))["users.totp_sealed"]
    assert values == [b"newer"]
    assert person.totp_secret.encode() not in values


async def test_CR_05_a_value_that_does_not_open_is_told_and_stops_nothing(town: Town, tmp_path: Path) -> None:
    people = [await town.person(name, UserRole.DOCTOR) for name in ("wang", "li")]
    add_sealing_key(tmp_path, NOTHING)
    database, sealer = town.platform.database, town.keys.sealer
    async with database.transaction(SYSTEM) as transaction:
        foreign = sealer.seal(b"x", context="other").replace(sealer.current.encode(), b"0" * 8, 1)
        await transaction.execute(
            "UPDATE users SET totp_sealed = $2 WHERE id = $1", people[0].user.id, foreign
        )

    async def progress(_: float) -> None: ...

    resealer = Resealer(database, sealer, Rewrapper(), town.platform.services.get(AuditTrail))
    await resealer.work(ResealColumns(master_key=sealer.current), progress)

    assert await resealer.by_key() == {sealer.current: 1, "0" * 8: 1}
    async with database.transaction(SYSTEM) as transaction:
        rows = await transaction.fetch(
            "SELECT * FROM audit_entries WHERE tag = 'key.resealed' ORDER BY number"
        )
    assert [(row["target"], row["outcome"], row["details"]) for row in rows] == [
        (sealer.current, "failed", {"what": "columns", "changed": 1, "broken": 1}),
        (sealer.current, "ok", {"what": "exports", "changed": 0, "broken": 0}),
    ]


async def test_CR_05_every_sealed_column_of_the_schema_is_known(database: Database) -> None:
    async with database.transaction(SYSTEM) as transaction:
        rows = await transaction.fetch(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c "
            "JOIN information_schema.tables t USING (table_schema, table_name) WHERE table_schema = 'public' "
            "AND t.table_type = 'BASE TABLE' AND c.data_type = 'bytea' AND c.column_name LIKE '%sealed'"
        )

    known = {(column.table, column.column) for column in COLUMNS}
    assert {(row["table_name"], row["column_name"]) for row in rows} == known


def test_CR_05_the_key_in_use_cannot_be_taken_away(tmp_path: Path) -> None:
    current = load_keys(tmp_path, NOTHING).sealer.current

    for key in (current, "unknown"):
        with pytest.raises(SettingsError, match="key in use"):
            remove_sealing_key(tmp_path, NOTHING, key)
    assert load_keys(tmp_path, NOTHING).sealer.current == current
