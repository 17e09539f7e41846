"""What an operator sees of a running house, as values."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from platform_api.audit_messages import Delivery
from platform_api.files import OfficeState
from platform_api.identity.model import Duty
from platform_api.jobs.model import Workload

NodeReport = Callable[[], Awaitable[Mapping[str, float]]]
"""What a media node says of itself: `connections`, `rooms`; raises while it is away."""
Expiry = Callable[[], datetime | None]
"""When a certificate ends; None if there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """This machine: the load of one, five and fifteen minutes, processors, memory, the disk of the data."""

    load: tuple[float, float, float]
    processors: int
    memory_total: int
    memory_free: int
    disk_total: int
    disk_free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """The database's version, size in bytes, and connections by us and at most."""

    version: str
    size: int
    connections: int
    connections_most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A media node; no figures while it is away."""

    name: str
    up: bool
    rooms: int
    connections: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate and when it ends."""

    name: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All of it. `database` is None while it is away; `delivery` where no receiver is set. `vacant_duties`
    are those of the three that nobody holds; `office` is whether office documents have previews."""

    version: str
    started_at: datetime
    parts: Mapping[str, bool]
    machine: Machine
    database: DatabaseFacts | None
    nodes: tuple[Node, ...]
    workload: Workload | None
    certificates: tuple[Certificate, ...]
    delivery: Delivery | None
    vacant_duties: tuple[Duty, ...]
    office: OfficeState
