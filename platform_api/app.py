"""The platform put together: it builds everything and decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from prometheus_client import CollectorRegistry

from platform_api import (
    alarms,
    audit,
    audit_messages,
    break_glass,
    comments,
    exports,
    files,
    forwarding,
    identity,
    inbox,
    jobs,
    joining,
    notify,
    operation,
    organisations,
    patients,
    qa,
    resealing,
    review,
    rooms,
    teaching,
)
from platform_api.db import Database
from platform_api.http import Admission, Domain, Parts, Services
from platform_api.http.application import make_application
from platform_api.http.domain import Starts
from platform_api.http.health import Readiness
from platform_api.http.settings import HttpSettings
from platform_api.http.static import WebClient
from platform_api.identity.gate import Gate
from platform_api.jobs import JobKind, JobSpec, Schedule, Work
from platform_api.kernel.bus import Bus
from platform_api.kernel.clock import Clock
from platform_api.kernel.config import Settings
from platform_api.kernel.keys import Keys
from platform_api.tables import Table
from platform_api.tables import serving as tables
from platform_api.tables.service import Tables

DOMAINS: Sequence[Domain] = (
    audit,
    inbox,
    identity,
    break_glass,
    organisations,
    joining,
    notify,
    patients,
    jobs,
    files,
    tables,
    exports,
    forwarding,
    comments,
    review,
    teaching,
    qa,
    rooms,
    alarms,
    audit_messages,
    operation,
    resealing,
)
"""In this order they are built and started; each may use the services of those before it."""


@dataclass(slots=True, kw_only=True)
class Platform:
    """The built platform; `start` opens the database first, `close` undoes it all in reverse."""

    http_app: web.Application
    services: Services
    readiness: Readiness
    admission: Admission
    database: Database
    registry: CollectorRegistry
    _started: list[Starts] = field(default_factory=list)

    async def start(self) -> None:
        """Opens the database and starts the services; raises Unavailable, and leaves nothing half started."""
        try:
            await self.database.open()
            for service in self.services.all():
                if isinstance(service, Starts):
                    self._started.append(service)
                    await service.start()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Closes what was started; may be called twice."""
        while self._started:
            await self._started.pop().close()
        await self.database.close()


def lists_of(domains: Sequence[Domain]) -> list[Table]:
    """The lists that the domains name as `TABLES`."""
    return [table for domain in domains for table in getattr(domain, "TABLES", ())]


def kinds_of(domains: Sequence[Domain]) -> list[JobKind]:
    """The kinds of work that the domains name as `JOBS`."""
    return [kind for domain in domains for kind in getattr(domain, "JOBS", ())]


def schedules_of(domains: Sequence[Domain]) -> list[Schedule]:
    """The work that the domains name as `SCHEDULES`: asked for again and again."""
    return [schedule for domain in domains for schedule in getattr(domain, "SCHEDULES", ())]


def works_of(domains: Sequence[Domain], parts: Parts) -> dict[type[JobSpec], Work]:
    """Who does the domains' work, for the worker; the domains are built already."""
    return {kind.spec: kind.work(parts) for kind in kinds_of(domains)}


def parts_of(
    settings: Settings, *, data_dir: Path, database: Database, bus: Bus, clock: Clock, keys: Keys
) -> Parts:
    """What domains are built from, with no service yet."""
    return Parts(
        settings=settings,
        data_dir=data_dir,
        database=database,
        bus=bus,
        clock=clock,
        signing_key=keys.signing,
        sealer=keys.sealer,
        lookup=keys.lookup,
        services=Services(),
        readiness=Readiness(),
        admission=Admission(),
    )


def build_domains(domains: Sequence[Domain], parts: Parts) -> None:
    """Puts the domains' services into the parts, and their lists into the tables; nothing runs yet."""
    for domain in domains:
        for service in domain.build(parts):
            parts.services.put(service)
    parts.services.get(Tables).register(*lists_of(domains))


def build_platform(
    settings: Settings,
    *,
    data_dir: Path,
    database: Database,
    bus: Bus,
    clock: Clock,
    keys: Keys,
    web_dist: Path | None = None,
    domains: Sequence[Domain] = DOMAINS,
) -> Platform:
    """The platform over a database that `start` will open.

    `web_dist` is the built web client. Raises SettingsError, and RouteError for a route without permission.
    """
    parts = parts_of(settings, data_dir=data_dir, database=database, bus=bus, clock=clock, keys=keys)
    parts.readiness.add("db", database.check)
    build_domains(domains, parts)
    registry = CollectorRegistry()
    app = make_application(
        [route for domain in domains for route in domain.ROUTES],
        authenticator=parts.services.get(Gate),
        services=parts.services,
        readiness=parts.readiness,
        clock=clock,
        settings=settings.section("http", HttpSettings),
        registry=registry,
        web_client=WebClient(web_dist) if web_dist is not None else None,
    )
    return Platform(
        http_app=app,
        services=parts.services,
        readiness=parts.readiness,
        admission=parts.admission,
        database=database,
        registry=registry,
    )
