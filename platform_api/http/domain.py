"""What domains are built from, and what a domain shows to `app.py`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from platform_api.db import Database
from platform_api.http.health import Readiness
from platform_api.http.route import Route
from platform_api.http.services import Services
from platform_api.kernel.bus import Bus
from platform_api.kernel.clock import Clock
from platform_api.kernel.config import Settings
from platform_api.kernel.errors import AppError, Refused, Unavailable
from platform_api.kernel.lookup import Lookup
from platform_api.kernel.rooms import Source
from platform_api.kernel.sealing import Sealer
from platform_api.kernel.tokens import Grant, SigningKey

Refusal = Callable[[Grant, str, AppError, str], Awaitable[None]]
"""Hears of a grant that did not open the door of this room, why, and from which address it was tried."""


class Admission:
    """Asked at the door of a room, each time: whether the holder of a valid grant may still enter (AU-01)."""

    def __init__(self) -> None:
        self._checks: list[Callable[[Grant], Awaitable[None]]] = []
        self._refusals: list[Refusal] = []

    def add(self, check: Callable[[Grant], Awaitable[None]]) -> None:
        """Adds a domain's question: it raises Refused (or NotFound, Gone, Conflict) to keep somebody out."""
        self._checks.append(check)

    def on_refused(self, hear: Refusal) -> None:
        """Has `hear` called with each objection before it is raised (AD-01)."""
        self._refusals.append(hear)

    async def may_enter(
        self,
        grant: Grant,
        *,
        room: str | None = None,
        publish: frozenset[Source] = frozenset(),
        subscribe: frozenset[Source] = frozenset(),
        address: str = "",
    ) -> None:
        """Returns if nobody objects; raises the first objection, or Unavailable.

        `room`, `publish` and `subscribe` are what is asked for where the asker names it beside the grant.
        """
        try:
            if room is not None and room != grant.room:
                raise Refused("grant.invalid")
            if not publish <= grant.publish:
                raise Refused("media.source_not_allowed")
            if not subscribe <= grant.subscribe:
                raise Refused("right.missing")
            for check in self._checks:
                await check(grant)
        except Unavailable:
            raise
        except AppError as objection:
            for hear in self._refusals:
                await hear(grant, room or grant.room, objection, address)
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What every domain's `build` is given."""

    settings: Settings
    data_dir: Path
    database: Database
    bus: Bus
    clock: Clock
    signing_key: SigningKey
    sealer: Sealer
    lookup: Lookup
    services: Services
    readiness: Readiness
    admission: Admission


@runtime_checkable
class Starts(Protocol):
    """A service with work of its own: `start` after the database is open, `close` before it closes."""

    async def start(self) -> None: ...
    async def close(self) -> None: ...


class Domain(Protocol):
    """A domain package as `app.py` sees it; a module with these two names is one."""

    @property
    def ROUTES(self) -> Sequence[Route]:
        """What the domain answers."""
        ...

    def build(self, parts: Parts) -> Sequence[object]:
        """The domain's services; those of domains plugged earlier are in `parts.services`."""
        ...
