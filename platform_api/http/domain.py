"""What domains are built from, and what a domain shows to `app.py`."""

from collections.abc import Sequence
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
from platform_api.kernel.sealing import Sealer
from platform_api.kernel.tokens import SigningKey


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
    services: Services
    readiness: Readiness


@runtime_checkable
class Starts(Protocol):
    """A service with work of its own: `start` after the database is open, `close` before it closes."""

    async def start(self) -> None: ...
    async def close(self) -> None: ...


class Domain(Protocol):
    """A domain package as `app.py` sees it."""

    ROUTES: Sequence[Route]

    @staticmethod
    def build(parts: Parts) -> Sequence[object]:
        """The domain's services; those of domains plugged earlier are in `parts.services`."""
        ...
