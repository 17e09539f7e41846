"""Lists of a million rows over HTTP, and the search of two characters in a million names.

The real platform on an embedded PostgreSQL of its own, under forced row-level rules, asked by a province office
(sees all), a county office (ten hospitals) and a hospital. The rows are kept on disk (`SCOPECAST_BENCH_DIR`) and
used again while their number and their relation are the same; migrations and indexes are brought up to date.

First a list of people with a choice of questions; then lists of the product as they may grow: questions to a
million, registrations, invitations and exports that wait to a tenth, API keys to a hundredth.
"""

import asyncio
import hashlib
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
from aiohttp.test_utils import TestClient, TestServer

from platform_api.app import DOMAINS, build_platform, lists_of
from platform_api.db import Actor, Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE, OWNER_ROLE, migrate, prepare_cluster
from platform_api.identity.model import Organisation, OrganisationKind, UserRole
from platform_api.kernel.bus import LocalBus
from platform_api.kernel.clock import ManualClock
from platform_api.kernel.config import Settings
from platform_api.kernel.ids import OrganisationId, new_id
from platform_api.kernel.keys import load_keys
from platform_api.kernel.sealing import Sealer
from platform_api.search import index_name, name_key
from platform_api.tables import ColumnType
from platform_api.tables import Table as ListTable
from tests.bench.table import Table, percentile
from tests.support.filled_lists import FILLED, filler
from tests.support.people_list import INDEXES, SCHEMA, STATES, PeopleDomain, make_people
from tests.support.platform import FAST_PASSWORDS, START, Person, Town

ROWS: Final = int(os.environ.get("SCOPECAST_BENCH_ROWS", "1000000"))
KEPT: Final = Path(os.environ.get("SCOPECAST_BENCH_DIR", tempfile.gettempdir())) / f"scopecast-lists-{ROWS}"
COUNTIES: Final = 20
HOSPITALS: Final = 10
NAMES: Final = 60_000
GROWN: Final = {
    "questions": ROWS,
    "registrations": ROWS // 10,
    "user_invitations": ROWS // 10,
    "exports_waiting": ROWS // 10,
    "api_keys": ROWS // 100,
}
PAUSE_S: Final = 0.3
"""Of the platform's clock between two questions, so that nobody asks more often than a person may."""
ASKED: Final = 150
SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN: Final = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文志海春梅燕玲婷鹏飞宇晨浩然子涵梓轩雨欣怡佳琪思远"
    "博俊凯天翔雪莹倩雯慧颖嘉豪一诺可馨泽宁安康福祥瑞林森木水金火土山川江河湖云雷风雨霜露月星辰光"
)


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked, and who is how many."""

    name: str
    body: Callable[[random.Random], dict[str, Any]]
    target_ms: float


def _two_filters(chance: random.Random) -> dict[str, Any]:
    return {
        "filters": [
            {"column": "state", "operator": "is", "values": [chance.choice(STATES)]},
            {"column": "age", "operator": "from", "values": [str(chance.randint(20, 60))]},
        ],
        "sort": {"column": chance.choice(("seen_at", "name")), "descending": chance.random() < 0.5},
    }


def _search(chance: random.Random) -> dict[str, Any]:
    return {"text": chance.choice(GIVEN) + chance.choice(GIVEN), "sort": {"column": "name"}}


def _surname(chance: random.Random) -> dict[str, Any]:
    return {"text": chance.choice(SURNAMES) + chance.choice(GIVEN), "sort": {"column": "name"}}


def _initials(chance: random.Random) -> dict[str, Any]:
    return {"text": "".join(chance.choice("zlwchsjymx") for _ in range(3)), "sort": {"column": "name"}}


ASKINGS: Final = (
    Asking("two filters and a sort", _two_filters, 40),
    Asking("two characters of a given name", _search, 25),
    Asking("surname and a character", _surname, 25),
    Asking("three initials of pinyin", _initials, 25),
    Asking("no filter, newest first", lambda _: {}, 40),
)


def tables() -> Iterator[Table]:
    """The figures."""
    yield from asyncio.run(_measure())


async def _measure() -> tuple[Table, Table]:
    KEPT.mkdir(parents=True, exist_ok=True)
    cluster = EmbeddedPostgres(KEPT / "postgres")
    cluster.start()
    try:
        await prepare_cluster(cluster.dsn())
        await migrate(cluster.dsn(role=OWNER_ROLE, database="scopecast"))
        return await _in_town(cluster, KEPT)
    finally:
        cluster.stop()


async def _in_town(cluster: EmbeddedPostgres, above: Path) -> tuple[Table, Table]:
    settings = Settings(FAST_PASSWORDS, {})
    database = Database(cluster.dsn(role=APP_ROLE, database="scopecast"))
    keys, clock, bus = load_keys(above, settings), ManualClock(START), LocalBus()
    platform = build_platform(
        settings,
        data_dir=above,
        database=database,
        bus=bus,
        clock=clock,
        keys=keys,
        domains=(*DOMAINS, PeopleDomain()),
    )
    await platform.start()
    client = TestClient(TestServer(platform.http_app))
    await client.start_server()
    try:
        town = Town(platform, client, clock, bus, keys)
        await _organisations(town)
        began = time.perf_counter()
        await _fill(cluster, [each.id for name, each in town.organisations.items() if "医院" in name])
        await _fill_grown(cluster, keys.sealer)
        filled_s = time.perf_counter() - began
        people = await _people(town)
        rows = [
            await _row("people", asking, who, person) for asking in ASKINGS for who, person in people.items()
        ]
        grown = [
            (f"{name}, {GROWN[name]:,}", *await _row(name, asking, who, person))
            for name, table in _grown_lists().items()
            for asking in _askings_of(table)
            for who, person in people.items()
        ]
        load = os.getloadavg()[0]
        title = f"Lists over HTTP, {ROWS:,} rows (made ready in {filled_s:.0f} s), load {load:.1f}"
        heads = ("asked", "by", "p50 ms", "p95 ms", "max ms", "target", "verdict")
        return Table(title, heads, tuple(rows)), Table(
            f"Lists of the product, load {load:.1f}", ("list", *heads), tuple(grown)
        )
    finally:
        await client.close()
        await platform.close()


async def _organisations(town: Town) -> None:
    """The tree; of an earlier run if there was one."""
    async with town.platform.database.transaction(Actor(subject="system:bench")) as transaction:
        for row in await transaction.fetch("SELECT id, name, parent_id FROM organisations"):
            parent = None if row["parent_id"] is None else OrganisationId(row["parent_id"])
            known = Organisation(
                id=OrganisationId(row["id"]),
                name=row["name"],
                parent=parent,
                kind=OrganisationKind.OFFICE,
                region_code="",
            )
            town.organisations[known.name] = known
    await town.organisation("省项目办")
    for county in range(COUNTIES):
        await town.organisation(f"第{county}县", "省项目办")
        for hospital in range(HOSPITALS):
            await town.organisation(f"第{county}县第{hospital}医院", f"第{county}县")


async def _people(town: Town) -> dict[str, Person]:
    seats = {"province": "省项目办", "county": "第3县", "hospital": "第3县第3医院"}
    run = new_id()[-8:]
    return {
        name: await town.signed_in(
            f"{name}-{run}", UserRole.OFFICE, UserRole.ADMINISTRATOR, organisation=seat
        )
        for name, seat in seats.items()
    }


async def _fill(cluster: EmbeddedPostgres, hospitals: list[OrganisationId]) -> None:
    connection = await asyncpg.connect(cluster.dsn(database="scopecast"))
    try:
        made = hashlib.sha256(f"{ROWS}{SCHEMA}".encode()).hexdigest()
        if await connection.fetchval("SELECT obj_description(to_regclass('people'))") != made:
            await connection.execute("DROP TABLE IF EXISTS people; DROP FUNCTION IF EXISTS people_found")
            await make_people(cluster, "scopecast", sql=SCHEMA)
            await connection.copy_records_to_table("people", records=_records(hospitals))
            await connection.execute(f"COMMENT ON TABLE people IS '{made}'")
        if await _index(connection):
            await connection.execute("VACUUM ANALYZE people")
    finally:
        await connection.close()


def _grown_lists() -> dict[str, ListTable]:
    """The product's lists that are filled here."""
    return {table.name: table for table in lists_of(DOMAINS) if table.name in GROWN}


def _askings_of(table: ListTable) -> Iterator[Asking]:
    """The usual order, each choice of words, the other orders, and the search."""
    yield Asking("as it opens", lambda _: {}, 40)
    for column in table.columns:
        if column.filterable and column.type is ColumnType.ENUM:
            name, options = column.name, column.options
            yield Asking(
                f"{name} is one of {len(options)}",
                lambda chance, name=name, options=options: {  # type: ignore[misc] # bound now
                    "filters": [{"column": name, "operator": "is", "values": [chance.choice(options)]}]
                },
                40,
            )
        if column.sortable and column.name != table.sort.column:
            yield Asking(
                f"by {column.name}",
                lambda chance, name=column.name: {  # type: ignore[misc] # bound now
                    "sort": {"column": name, "descending": chance.random() < 0.5}
                },
                40,
            )
    if table.search is not None:
        yield Asking("two characters", lambda chance: {"text": f"张{chance.randrange(5000)}"}, 25)


async def _fill_grown(cluster: EmbeddedPostgres, sealer: Sealer) -> None:
    """Each list anew if it was filled otherwise; no trigger has to judge these rows."""
    connection = await asyncpg.connect(cluster.dsn(database="scopecast"))
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS bench_filled (name text PRIMARY KEY, made text)")
        for name, table in _grown_lists().items():
            relation = table.base or table.source
            sealed = [column.name for column in table.columns if column.type is ColumnType.SEALED]
            made = hashlib.sha256(f"{GROWN[name]}{FILLED[name]}{sealed}".encode()).hexdigest()
            if await connection.fetchval("SELECT made FROM bench_filled WHERE name = $1", name) == made:
                continue
            await connection.execute(f"TRUNCATE {relation} CASCADE")
            await connection.execute(filler(GROWN[name]))
            await connection.execute("SET session_replication_role = replica")
            await connection.execute(FILLED[name])
            await _seal(connection, table, relation, sealer)
            await connection.execute("SET session_replication_role = origin")
            await connection.execute("DROP TABLE filler")
            await connection.execute(f"VACUUM ANALYZE {relation}")
            await connection.execute(
                "INSERT INTO bench_filled VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET made = $2",
                name,
                made,
            )
    finally:
        await connection.close()


async def _seal(connection: Any, table: ListTable, relation: str, sealer: Sealer) -> None:
    """What of the list is sealed, each cell in its own context."""
    for column in (each for each in table.columns if each.type is ColumnType.SEALED):
        keys = [row[0] for row in await connection.fetch(f"SELECT id FROM {relation}")]  # noqa: S608 - a name of ours
        contexts = ((key, (column.context or "").replace("{key}", str(key))) for key in keys)
        cells = [(key, sealer.seal(b"13800000000", context=context)) for key, context in contexts]
        await connection.execute("CREATE TEMP TABLE cells (key uuid PRIMARY KEY, sealed bytea)")
        await connection.copy_records_to_table("cells", records=cells)
        await connection.execute(
            f"UPDATE {relation} SET {column.name} = sealed FROM cells WHERE id = key"  # noqa: S608 - names of ours
        )
        await connection.execute("DROP TABLE cells")


async def _index(connection: Any) -> bool:
    """Makes the indexes as they are declared now; whether there was anything to make."""
    wanted = {line.split()[2]: line for line in INDEXES.split(";") if line.strip()}
    rows = await connection.fetch(
        "SELECT indexrelid::regclass::text AS name, obj_description(indexrelid) AS made FROM pg_index "
        "WHERE indrelid = 'people'::regclass AND NOT indisprimary"
    )
    kept = {row["name"] for row in rows if wanted.get(row["name"], "").strip() == row["made"]}
    await connection.execute("SET maintenance_work_mem = '512MB'")
    for name in {row["name"] for row in rows} - kept:
        await connection.execute(f"DROP INDEX {name}")
    for name in wanted.keys() - kept:
        await connection.execute(wanted[name])
        await connection.execute(f"COMMENT ON INDEX {name} IS '{wanted[name].strip()}'")
    return wanted.keys() != kept


def _records(hospitals: list[OrganisationId]) -> Iterator[tuple[object, ...]]:
    chance = random.Random(7)
    names = []
    for _ in range(NAMES):
        name = chance.choice(SURNAMES) + "".join(
            chance.choice(GIVEN) for _ in range(chance.choice((1, 2, 2)))
        )
        indexed = index_name(name)
        names.append((name, name_key(name), list(indexed.tokens), indexed.text))
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    weights = [1 / (number + 5) for number in range(len(hospitals))]
    for number, hospital in enumerate(chance.choices(hospitals, weights, k=ROWS)):
        name, key, tokens, text = chance.choice(names)
        seen = None if number % 20 == 0 else begin + timedelta(minutes=chance.randrange(3_000_000))
        state = chance.choices(STATES, (1, 10, 89))[0]
        yield (
            *(new_id(), hospital, "某医院", name, key, None, None, None, None, chance.randrange(18, 95)),
            *(None, None, seen, state, number % 7 == 0, "", tokens, text),
        )


async def _row(table: str, asking: Asking, who: str, person: Person) -> tuple[str, ...]:
    chance = random.Random(11)
    await person.sign_in()
    took = list[float]()
    for number in range(ASKED + 20):
        body = asking.body(chance)
        person.clock.advance(PAUSE_S)
        began = time.perf_counter()
        chosen = {"columns": ["name", "age", "seen_at", "state"]} if table == "people" else {}
        answer = await person.post(f"/tables/{table}/rows", {**body, **chosen})
        await answer.read()
        if answer.status != 200:
            raise RuntimeError(await answer.text())
        if number >= 20:  # the first warm the caches up, as any working day does
            took.append((time.perf_counter() - began) * 1000)
    p95 = percentile(took, 0.95)
    figures = (f"{percentile(took, 0.5):.1f}", f"{p95:.1f}", f"{max(took):.1f}")
    return (
        asking.name,
        who,
        *figures,
        f"{asking.target_ms:.0f}",
        "ok" if p95 <= asking.target_ms else "MISSED",
    )
