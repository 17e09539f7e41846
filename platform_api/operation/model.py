"""What an operator sees of a running house, as values."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

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


class Kind(StrEnum):
    """What takes room. The first five are told by organisation too."""

    RECORDINGS = "recordings"
    FILES = "files"
    PREVIEWS = "previews"
    UPLOADS = "uploads"
    EXPORTS = "exports"
    ASIDE = "aside"
    """Bytes that no row names: set aside or left behind; they go after 30 days."""
    ROOMS = "rooms"
    """Journals of rooms that nobody records."""
    DATABASE = "database"
    LOGS = "logs"
    OTHER = "other"
    """Keys, certificates, the anchor of the trail, what parts say to each other."""


OF_ORGANISATIONS: Final = (Kind.RECORDINGS, Kind.FILES, Kind.PREVIEWS, Kind.UPLOADS, Kind.EXPORTS)


@dataclass(frozen=True, slots=True)
class Weight:
    """So many bytes in so many things."""

    bytes: int = 0
    items: int = 0

    def __add__(self, other: "Weight") -> "Weight":
        return Weight(self.bytes + other.bytes, self.items + other.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """What is kept and what it weighs, the heaviest kind first; `weighed_at` is when it was."""

    weighed_at: datetime
    kinds: tuple[tuple[Kind, Weight], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All of it. `database` is None while it is away; `delivery` where no receiver is set. `vacant_duties`
    are those of the three that nobody holds; `office` is whether office documents have previews; `storage` is
    None as long as nothing was weighed."""

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
    storage: Storage | None
