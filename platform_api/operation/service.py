"""The operator's view: every part asked at once, none waited for longer than two seconds."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Final, TypeVar

from platform_api.audit_messages import AuditMessages
from platform_api.db import Actor, Database
from platform_api.files import PaperMaker
from platform_api.http import Asker
from platform_api.http.health import Readiness
from platform_api.identity.duties import Duties
from platform_api.jobs import Jobs, Owner
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.log import get_logger
from platform_api.operation import store, weight_store
from platform_api.operation.machine import look_at_machine
from platform_api.operation.model import (
    Certificate,
    DatabaseFacts,
    Expiry,
    Node,
    NodeReport,
    Overview,
    Storage,
)
from platform_api.operation.weigher import WeighStorage

T = TypeVar("T")
HOUSE: Final = Actor(subject="system:operation")
TIMEOUT_S: Final = 2.0
FREE_LEAST: Final = 200 * 1024 * 1024
"""With less on the disk of the data nothing can be recorded for long, and a start is refused."""
EXPIRES_SOON: Final = timedelta(days=1)


class Operation:
    """Asked by operators and by `/readyz`; the launcher tells which nodes and certificates there are."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        data_dir: Path,
        readiness: Readiness,
        jobs: Jobs,
        messages: AuditMessages,
        duties: Duties,
        papers: PaperMaker,
    ) -> None:
        self._database = database
        self._clock = clock
        self._data_dir = data_dir
        self._readiness = readiness
        self._jobs = jobs
        self._messages = messages
        self._duties = duties
        self._papers = papers
        self._nodes: dict[str, NodeReport] = {}
        self._expiries: dict[str, Expiry] = {}
        self._started_at = clock.now()
        self._log = get_logger("operation")

    def attend(self, node: str, report: NodeReport) -> None:
        """Has a media node shown."""
        self._nodes[node] = report

    def certify(self, name: str, expiry: Expiry) -> None:
        """Has a certificate shown."""
        self._expiries[name] = expiry

    def now(self) -> datetime:
        """The moment by the house's clock."""
        return self._clock.now()

    async def check_storage(self) -> None:
        """Returns if the disk of the data has room; raises Unavailable, and OSError."""
        machine = await asyncio.to_thread(look_at_machine, self._data_dir)
        if machine.disk_free < FREE_LEAST:
            raise Unavailable

    async def check_certificates(self) -> None:
        """Returns if no certificate ends within a day; raises Unavailable."""
        soon = self._clock.now() + EXPIRES_SOON
        if any(each.expires_at < soon for each in await self._certificates()):
            raise Unavailable

    async def overview(self) -> Overview:
        """Everything as it is now."""
        parts, nodes, database, workload, delivery, (vacant, storage) = await asyncio.gather(
            self._readiness.look(),
            asyncio.gather(*(self._node(name) for name in self._nodes)),
            self._patiently("database", self._database_facts()),
            self._patiently("jobs", self._jobs.workload()),
            self._patiently("syslog", self._messages.state()),
            asyncio.gather(
                self._patiently("database", self._duties.vacant()),
                self._patiently("database", self._storage()),
            ),
        )
        return Overview(
            version=metadata.version("scopecast"),
            started_at=self._started_at,
            parts=parts,
            machine=await asyncio.to_thread(look_at_machine, self._data_dir),
            database=database,
            nodes=tuple(nodes),
            workload=workload,
            certificates=await self._certificates(),
            delivery=delivery,
            vacant_duties=tuple(vacant or ()),
            office=await asyncio.to_thread(self._papers.state),
            storage=storage,
        )

    async def weigh_now(self, asker: Asker) -> None:
        """Has what is kept weighed by a worker; once, however often it is asked for while it waits."""
        owner = Owner(organisation=asker.organisation, subject=asker.subject, name=asker.name)
        async with self._database.transaction(asker.actor()) as transaction:
            await self._jobs.ask(transaction, WeighStorage(), owner)

    async def _storage(self) -> Storage | None:
        async with self._database.transaction(HOUSE) as transaction:
            return await weight_store.kept(transaction)

    async def _database_facts(self) -> DatabaseFacts | None:
        async with self._database.transaction(HOUSE) as transaction:
            return await store.facts(transaction)

    async def _node(self, name: str) -> Node:
        said = await self._patiently(name, self._nodes[name]())
        found = said or {}
        return Node(
            name=name,
            up=said is not None,
            rooms=int(found.get("rooms", 0)),
            connections=int(found.get("connections", 0)),
        )

    async def _patiently(self, part: str, asked: Awaitable[T]) -> T | None:
        """The answer, or None of a part that is away."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await asked
        except Exception as error:  # noqa: BLE001 - whatever a part fails with, the others are shown
            self._log.warning("operation.part_away", part=part, error_type=type(error).__name__)
            return None

    async def _certificates(self) -> tuple[Certificate, ...]:
        found = []
        for name, expiry in self._expiries.items():
            ends = await asyncio.to_thread(expiry)
            if ends is not None:
                found.append(Certificate(name=name, expires_at=ends))
        return tuple(found)
