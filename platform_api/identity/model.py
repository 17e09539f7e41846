"""Accounts, signings-in and invitations as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from platform_api.http import GuestKind
from platform_api.kernel.config import Secret
from platform_api.kernel.ids import InvitationId, OrganisationId, SessionId, UserId


class OrganisationKind(StrEnum):
    """What an organisation is; `organisations.rules` says which stands below which."""

    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    DEPARTMENT = "department"
    HOSPITAL = "hospital"
    OFFICE = "office"
    UNIVERSITY = "university"
    GROUP = "group"


class UserRole(StrEnum):
    """What a user is for; `rules.PERMISSIONS` says what follows from it."""

    EXPERT = "expert"
    DOCTOR = "doctor"
    OFFICE = "office"
    ADMINISTRATOR = "administrator"


class GivenRoleName(StrEnum):
    """What is given for a node and a period: a user's role, a composed one, or access in an emergency."""

    EXPERT = "expert"
    DOCTOR = "doctor"
    OFFICE = "office"
    ADMINISTRATOR = "administrator"
    EMERGENCY = "emergency"
    COMPOSED = "composed"


class Duty(StrEnum):
    """The three duties that nobody holds two of (AZ-07); `rules.DUTY_PERMISSIONS` says what follows."""

    SYSTEM = "system"
    SECURITY = "security"
    AUDIT = "audit"


class EndReason(StrEnum):
    """Why a login ended."""

    LOGOUT = "logout"
    IDLE = "idle"
    ABSOLUTE = "absolute"
    REFRESH_REUSED = "refresh_reused"
    BY_OWNER = "by_owner"
    BY_ADMINISTRATOR = "by_administrator"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, not a password
    ROLES_CHANGED = "roles_changed"
    DISABLED = "disabled"
    CREDENTIALS_RESET = "credentials_reset"
    PASS_REVOKED = "pass_revoked"  # noqa: S105 - a reason, not a password


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A node of the tree of hospitals and offices."""

    id: OrganisationId
    parent: OrganisationId | None
    name: str
    kind: OrganisationKind
    region_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account."""

    id: UserId
    organisation: OrganisationId
    organisation_name: str
    username: str
    name: str
    title: str
    locale: str
    roles: frozenset[UserRole]
    password_hash: str | None
    must_change_password: bool
    totp_sealed: bytes | None
    totp_confirmed: bool
    disabled: bool
    speciality: str = ""
    duty: Duty | None = None
    given: tuple["HeldRole", ...] = ()

    @property
    def complete(self) -> bool:
        """Whether both factors are the user's own: before that, nothing but activation is open (AU-02)."""
        return self.password_hash is not None and not self.must_change_password and self.totp_confirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRole:
    """A given role that has not ended, as a user carries it."""

    node: OrganisationId
    node_name: str
    role: GivenRoleName
    starts_at: datetime
    ends_at: datetime | None
    covers: frozenset[OrganisationId]
    """Of the nodes where the user is somebody, those that are this one or below it."""
    below_home: bool
    """Whether the node is the user's own organisation or below it: then the own roles hold there too."""
    composed_of: frozenset[str] = frozenset()
    """What a composed role permits; nothing once it is retired."""

    def holds_at(self, now: datetime) -> bool:
        """Whether the moment is in its period."""
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRole:
    """A given role with its history; `ended_by` the house (`system:…`) once its period was over."""

    id: str
    user: UserId
    user_name: str
    node: OrganisationId
    node_name: str
    role: GivenRoleName
    starts_at: datetime
    ends_at: datetime | None
    given_at: datetime
    given_by_name: str
    ended_at: datetime | None
    ended_by_name: str | None
    composed: "RoleNames | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleNames:
    """A composed role by its names."""

    id: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedRole:
    """A role made of permissions, for a node and what lies below it."""

    names: RoleNames
    node: OrganisationId
    node_name: str
    permissions: frozenset[str]
    revision: int
    changed_at: datetime
    changed_by_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleHolder:
    """Who holds a role: as a base role, or given at these nodes."""

    user: UserId
    name: str
    username: str
    organisation_name: str
    as_base: bool
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyHolder:
    """Who holds a duty, and since when."""

    user: UserId
    name: str
    username: str
    organisation_name: str
    duty: Duty
    given_at: datetime
    disabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Somebody without an account, let into one session by a pass (an invitation or a share link)."""

    id: str
    name: str
    kind: GuestKind
    session: SessionId
    pass_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A patient's own account, reached by telephone."""

    id: str
    phone_sealed: bytes
    disabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One signing-in, of a user, of a guest or of a patient."""

    id: str
    user: User | None
    guest: Guest | None
    seen_at: datetime
    ends_at: datetime
    ended: bool
    patient: Patient | None = None

    @property
    def subject(self) -> str:
        """Whose it is, as grants, events and the trail name them."""
        if self.user is not None:
            return self.user.id
        if self.patient is not None:
            return self.patient.id
        return self.guest.id if self.guest is not None else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a signing-in or a refresh gives; the refresh token is known to its holder alone."""

    access: str
    refresh: Secret
    expires_in_s: int
    refresh_expires_in_s: int
    login: Login


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation of a named person into one session; its two codes are kept as hashes alone."""

    id: InvitationId
    session: SessionId
    organisation: OrganisationId
    kind: GuestKind
    name: str
    title: str
    hospital: str
    guest_id: str
    attempts: int
    created_by: UserId
    created_at: datetime
    expires_at: datetime
    redeemed_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """An invitation with its codes, shown once."""

    invitation: Invitation
    url_code: Secret
    one_time_code: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCredentials:
    """What a new or reset account's user is handed, shown once."""

    user: User
    one_time_password: Secret
    activation_token: Secret
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A key of a user's device, by the name that the user gave it."""

    id: str
    user: UserId
    name: str
    backed_up: bool
    created_at: datetime
    used_at: datetime | None
    suspended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What lets a program in; its secret is kept as a hash alone."""

    id: str
    organisation: OrganisationId
    user: UserId
    user_name: str
    name: str
    prefix: str
    scopes: frozenset[str]
    per_minute: int
    per_day: int
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None

    def opens_at(self, now: datetime) -> bool:
        """Whether it is neither over nor withdrawn."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    """A key with its secret, shown once."""

    key: ApiKey
    secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCertificate:
    """A certificate bound to its user."""

    id: str
    user: UserId
    subject: str
    ends_at: datetime
    created_at: datetime
    used_at: datetime | None
