"""An item of the inbox as a value: something that waits for somebody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from platform_api.kernel.ids import OrganisationId, UserId

InboxItemId = NewType("InboxItemId", str)

MAX_PARAMS: Final = 6
MAX_PARAM_CHARS: Final = 120
MAX_LINK_CHARS: Final = 300
MAX_COUNTED: Final = 100
"""A badge counts no further: it shows 99+."""


class Nature(StrEnum):
    """What ends an item: its domain, or that its receiver has read it."""

    TASK = "task"
    NOTICE = "notice"


class InboxState(StrEnum):
    """Which items are listed."""

    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One user, or all who hold a permission at an organisation: made by `to_user` and `to_holders`."""

    user: UserId | None = None
    permission: str | None = None
    organisation: OrganisationId | None = None


def to_user(user: str) -> Receiver:
    """For this user alone."""
    return Receiver(user=UserId(user))


def to_holders(permission: str, organisation: str) -> Receiver:
    """For whoever may do this at this organisation."""
    return Receiver(permission=permission, organisation=OrganisationId(organisation))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a domain puts: `title` is a code of `kernel/messages`, `link` a place of the web client."""

    kind: str
    subject_type: str
    subject: str
    receiver: Receiver
    title: str
    link: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    nature: Nature = Nature.TASK
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptItem:
    """An item as its receiver finds it."""

    id: InboxItemId
    kind: str
    subject_type: str
    subject: str
    title: str
    params: Mapping[str, str | int]
    link: str
    nature: Nature
    due: datetime | None
    put_at: datetime
    done_at: datetime | None
    read: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items wait, and how many of them are unread; neither counts beyond `MAX_COUNTED`."""

    open: int
    unread: int
