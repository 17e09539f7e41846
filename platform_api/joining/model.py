"""Registrations, invitations of users, and lists as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from platform_api.identity.model import UserRole
from platform_api.kernel.config import Secret
from platform_api.kernel.ids import OrganisationId, UserId


class RegistrationState(StrEnum):
    """Where a registration stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joinable:
    """An organisation that one may ask to join, with the names of what stands above it."""

    id: OrganisationId
    name: str
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Somebody who asks for an account."""

    id: str
    organisation: OrganisationId
    organisation_name: str
    name: str
    phone_sealed: bytes
    title: str
    speciality: str
    reason: str
    locale: str
    state: RegistrationState
    answer: str
    user: UserId | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an applicant sees: the state, and once approved the user name."""

    registration: Registration
    username: str
    activated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInvitation:
    """A link that makes one account."""

    id: str
    organisation: OrganisationId
    organisation_name: str
    roles: frozenset[UserRole]
    name: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUserInvitation:
    """The same with its link, shown once."""

    invitation: UserInvitation
    url_code: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of a sheet: its text, and whether the sheet keeps it as a number."""

    text: str
    number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong in one cell: `row` as the sheet counts it, `column` by its heading, and a code."""

    row: int
    column: str
    code: str
    params: Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedUser:
    """One good line of a list."""

    row: int
    name: str
    username: str
    organisation: OrganisationId
    organisation_name: str
    roles: frozenset[UserRole]
    title: str
    speciality: str
    phone: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedList:
    """What became of a list: with faults it has no id and nothing of it is kept."""

    id: str | None
    rows: int
    users: tuple[ListedUser, ...]
    faults: tuple[Fault, ...]
