"""Organisations, their codes, and what was done to them, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from platform_api.identity.model import OrganisationKind
from platform_api.kernel.ids import OrganisationId

Facts = Mapping[str, str | list[str] | None]
"""What a change says of an organisation before and after it: names, kinds and codes, nobody's data."""


class ChangeKind(StrEnum):
    """What was done."""

    CREATED = "created"
    CHANGED = "changed"
    MOVED = "moved"
    MERGED = "merged"
    ABSORBED = "absorbed"
    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What an authority calls an organisation; `origin`: whose it was before a merger, if not its own."""

    authority: str
    code: str
    origin: OrganisationId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is said of an organisation."""

    name: str
    kind: OrganisationKind
    region_code: str = ""
    short_name: str = ""
    aliases: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An organisation in its place; `children`, `closed_children`: how many stand directly below it."""

    id: OrganisationId
    parent: OrganisationId | None
    name: str
    kind: OrganisationKind
    region_code: str
    short_name: str
    aliases: tuple[str, ...]
    version: int
    name_key: str
    closed_at: datetime | None
    merged_into: OrganisationId | None
    children: int = 0
    closed_children: int = 0

    @property
    def is_open(self) -> bool:
        """Whether anything may still be put below it."""
        return self.closed_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One of those above, as far as the asker sees."""

    id: OrganisationId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An organisation with all that its page tells; `path` leads from the asker's own down to it."""

    node: Node
    codes: tuple[Code, ...]
    path: tuple[Step, ...]
    merged_into_name: str | None
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An organisation that a search found, and where it stands."""

    node: Node
    path: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the history."""

    id: str
    organisation: OrganisationId
    kind: ChangeKind
    at: datetime
    actor: str
    actor_name: str
    reason: str
    before: Facts
    after: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """How many rows of one kind an organisation owns."""

    what: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveForecast:
    """What a move would do: who goes along, whose administrators lose and gain sight of them."""

    node: Node
    before: tuple[Step, ...]
    after: tuple[Step, ...]
    organisations: int
    users: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeForecast:
    """What a merger would put under the other."""

    source: Node
    target: Node
    holdings: tuple[Holding, ...]
    children: tuple[str, ...]
    codes: tuple[Code, ...]
    same_names: tuple[str, ...]
