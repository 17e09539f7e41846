"""A real PostgreSQL for tests: one cluster a test session, one database a test."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
import pyotp
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from platform_api.app import Platform, build_platform
from platform_api.db import Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE, OWNER_ROLE, migrate, prepare_cluster
from platform_api.identity.bootstrap import create_organisation, create_user
from platform_api.identity.model import Duty, Organisation, User, UserRole
from platform_api.identity.passwords import Passwords
from platform_api.kernel.bus import LocalBus
from platform_api.kernel.clock import ManualClock
from platform_api.kernel.config import Settings
from platform_api.kernel.ids import new_id
from platform_api.kernel.keys import Keys, load_keys

TEMPLATE = "scopecast_template"
ENOUGH_BYTES = 4 * 1024**3


@pytest.fixture(scope="session")
def cluster() -> Iterator[EmbeddedPostgres]:
    """A started cluster whose database `scopecast_template` has the whole schema."""
    above = Path(tempfile.mkdtemp(prefix="scopecast-pg-", dir=_quick_place()))
    server = EmbeddedPostgres(above / "postgres")
    server.start()
    try:
        asyncio.run(_make_template(server))
        yield server
    finally:
        server.stop()
        shutil.rmtree(above)


def _quick_place() -> Path | None:
    """Memory for what no test needs on a disk, where there is enough; None is the usual place."""
    memory = Path("/dev/shm")
    try:
        return memory if shutil.disk_usage(memory).free > ENOUGH_BYTES else None
    except FileNotFoundError:
        return None


async def _make_template(server: EmbeddedPostgres) -> None:
    superuser = await asyncpg.connect(server.dsn())
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # test_embedded.py proves them on
        await superuser.execute(f"ALTER SYSTEM SET {setting} = off")
    await superuser.execute("SELECT pg_reload_conf()")
    await superuser.close()
    await prepare_cluster(server.dsn(), database=TEMPLATE)
    await migrate(server.dsn(role=OWNER_ROLE, database=TEMPLATE))


@asynccontextmanager
async def fresh_database(cluster: EmbeddedPostgres) -> AsyncIterator[str]:
    """The name of a database with the whole schema and no row, for a while."""
    name = f"test_{new_id().replace('-', '')}"
    connection = await asyncpg.connect(cluster.dsn())
    try:
        await connection.execute(
            f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER {OWNER_ROLE} STRATEGY FILE_COPY"
        )
        yield name
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture
async def database_name(cluster: EmbeddedPostgres) -> AsyncIterator[str]:
    """A fresh database with the whole schema and no row."""
    async with fresh_database(cluster) as name:
        yield name


@pytest.fixture
async def database(cluster: EmbeddedPostgres, database_name: str) -> AsyncIterator[Database]:
    """The platform's way to a fresh database: as the role that owns nothing."""
    database = Database(cluster.dsn(role=APP_ROLE, database=database_name))
    await database.open()
    yield database
    await database.close()


START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
FAST_PASSWORDS = {"identity": {"password_memory_kib": 64, "password_rounds": 1}}
NO_OFFICE = {"files": {"soffice": ""}}
"""Whatever this machine has: who wants previews of office documents says so."""
HttpClient: TypeAlias = TestClient[web.Request, web.Application]


@dataclass(slots=True)
class Person:
    """A user of the test: the first factor, the second, and the way in."""

    user: User
    password: str
    totp_secret: str
    client: HttpClient
    clock: ManualClock
    access: str = ""
    refresh: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access}"}

    def code(self) -> str:
        """What the authenticator shows; the clock goes on by a step, for each code serves once."""
        self.clock.advance(30)
        return pyotp.TOTP(self.totp_secret).at(int(self.clock.now().timestamp()))

    async def sign_in(self) -> "Person":
        """Signs in over HTTP and keeps the tokens."""
        body = {"username": self.user.username, "password": self.password, "totp": self.code()}
        answer = await self.client.post("/api/v1/auth/login", json=body)
        assert answer.status == 200, await answer.text()
        tokens = await answer.json()
        self.access, self.refresh = tokens["access_token"], tokens["refresh_token"]
        return self

    async def get(self, path: str, **more: Any) -> ClientResponse:
        return await self.client.get(f"/api/v1{path}", headers=self.headers, **more)

    async def post(self, path: str, body: object = None, **more: Any) -> ClientResponse:
        return await self.client.post(f"/api/v1{path}", json=body or {}, headers=self.headers, **more)

    async def send(self, method: str, path: str, body: object = None, **more: Any) -> ClientResponse:
        return await self.client.request(method, f"/api/v1{path}", json=body, headers=self.headers, **more)


@dataclass(slots=True)
class Town:
    """A platform in front of a real socket, with a moveable clock, and the people in it."""

    platform: Platform
    client: HttpClient
    clock: ManualClock
    bus: LocalBus
    keys: Keys
    organisations: dict[str, Organisation] = field(default_factory=dict)

    async def organisation(self, name: str, parent: str | None = None) -> Organisation:
        """The organisation of this name, made at its first use."""
        if name not in self.organisations:
            above = self.organisations[parent].id if parent else None
            self.organisations[name] = await create_organisation(
                self.platform.database, self.clock, name=name, parent=above
            )
        return self.organisations[name]

    async def person(
        self,
        username: str,
        *roles: UserRole,
        organisation: str = "市立医院",
        name: str = "",
        duty: Duty | None = None,
    ) -> Person:
        """An activated user, not signed in."""
        services = self.platform.services
        made = await create_user(
            self.platform.database,
            self.clock,
            services.get(Passwords),
            self.keys.sealer,
            organisation=await self.organisation(organisation),
            username=username,
            name=name or f"{username}医生",
            roles=frozenset(roles),
            activated=True,
            duty=duty,
        )
        assert made.totp_secret is not None
        return Person(made.user, made.password, made.totp_secret, self.client, self.clock)

    async def signed_in(
        self,
        username: str,
        *roles: UserRole,
        organisation: str = "市立医院",
        name: str = "",
        duty: Duty | None = None,
    ) -> Person:
        """An activated user, signed in over HTTP."""
        made = await self.person(username, *roles, organisation=organisation, name=name, duty=duty)
        return await made.sign_in()


@asynccontextmanager
async def running_town(
    database: Database, data_dir: Path, tables: Mapping[str, Any] | None = None, **more: Any
) -> AsyncIterator[Town]:
    """A started platform over an open database, with other settings or domains if given, and its client."""
    settings = Settings({**FAST_PASSWORDS, **NO_OFFICE, **(tables or {})}, {})
    clock, bus = ManualClock(START), LocalBus()
    keys = load_keys(data_dir, settings)
    platform = build_platform(
        settings, data_dir=data_dir, database=database, bus=bus, clock=clock, keys=keys, **more
    )
    try:
        await platform.start()
        async with TestClient(TestServer(platform.http_app)) as client:
            yield Town(platform, client, clock, bus, keys)
    finally:
        await platform.close()


BuildTown = Callable[..., Awaitable[Town]]


@pytest.fixture
async def build_town(database: Database, tmp_path: Path) -> AsyncIterator[BuildTown]:
    """Builds and starts a platform, with other settings or domains if given."""
    async with AsyncExitStack() as built:

        async def build(tables: Mapping[str, Any] | None = None, **more: Any) -> Town:
            return await built.enter_async_context(running_town(database, tmp_path, tables, **more))

        yield build


@pytest.fixture
async def town(build_town: BuildTown) -> Town:
    """A started platform with all its domains and nobody in it."""
    return await build_town()
