"""Reviews as values: what is handed in, how it stands, and what happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NewType

from platform_api.kernel.ids import OrganisationId, UserId

ReviewId = NewType("ReviewId", str)

MAX_NOTE: Final = 500
MAX_REMARK: Final = 500
MAX_REMARKS: Final = 100
MAX_LEVELS: Final = 8


class ReviewState(StrEnum):
    """How it stands; `rules.MOVES` says what leads where."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    LOCKED = "locked"
    UNLOCK_ASKED = "unlock_asked"
    UNLOCKED = "unlocked"


class ReviewAct(StrEnum):
    """What somebody does; `lock` is the approval of the last level."""

    SUBMIT = "submit"
    TAKE_BACK = "take_back"
    RETURN = "return"
    APPROVE = "approve"
    LOCK = "lock"
    ASK_UNLOCK = "ask_unlock"
    REFUSE_UNLOCK = "refuse_unlock"
    UNLOCK = "unlock"


class LevelName(StrEnum):
    """Where a level stands, seen from the organisation that handed in: itself, or the nearest such above."""

    OWN = "own"
    HOSPITAL = "hospital"
    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"
    NATION = "nation"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRule:
    """One line of `review_levels`: which level looks, and what one must hold there."""

    level: LevelName
    permission: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level of one review: the organisation that looks, and what its people must hold."""

    level: LevelName
    permission: str
    organisation: OrganisationId
    organisation_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An organisation on the way up, as far as levels care."""

    id: OrganisationId
    name: str
    kind: str
    region_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is reviewed, as its domain describes it to one asker.

    `content` holds its fields by name; the title goes into inboxes and must not name a patient.
    """

    kind: str
    id: str
    organisation: OrganisationId
    title: str
    link: str
    content: Mapping[str, Any]
    may_submit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that is not as it was; None where it was not there or is gone."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A review as kept. `reached` tells of each level whether it lies in the asker's scope."""

    id: ReviewId
    organisation: OrganisationId
    kind: str
    subject: str
    state: ReviewState
    version: int
    levels: tuple[Level, ...]
    place: int
    submitted_by: UserId | None = None
    submitted_at: datetime | None = None
    approved_by: tuple[UserId, ...] = ()
    unlock_asked_by: UserId | None = None
    unlock_reason: str | None = None
    reached: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody does, with what they say to it. `version` is the one that they looked at."""

    act: ReviewAct
    version: int | None = None
    note: str = ""
    remarks: Mapping[str, str] = field(default_factory=dict)
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One line of a review's history."""

    act: ReviewAct
    version: int
    level: str | None
    user: UserId
    name: str
    at: datetime
    note: str = ""
    remarks: Mapping[str, str] = field(default_factory=dict)
    content: Mapping[str, Any] | None = None
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What an asker may do with a review now."""

    submit: bool = False
    take_back: bool = False
    decide: bool = False
    ask_unlock: bool = False
    unlock: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A review with its history, oldest first, as one asker sees it.

    `levels` are those that look at it; while it may be changed, those that would look at it if it came now.
    """

    review: Review
    levels: tuple[Level, ...]
    history: tuple[Happened, ...]
    may: Rights
