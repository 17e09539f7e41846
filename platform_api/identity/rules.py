"""Pure decisions of identity: what roles may, which passwords do, when a login is over."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import pyotp

from platform_api.identity.errors import PasswordWeak
from platform_api.identity.model import Duty, GivenRoleName, HeldRole, User, UserRole
from platform_api.identity.strength import is_guessable
from platform_api.kernel.ids import OrganisationId

PERMISSIONS: Final[dict[UserRole, frozenset[str]]] = {
    UserRole.EXPERT: frozenset(
        {
            "break_glass.ask",
            "sessions.view",
            "sessions.plan",
            "sessions.share",
            "recordings.view",
            "comments.write",
            "files.upload",
            "files.view",
            "qa.view",
            "qa.ask",
            "qa.host",
            "qa.share",
        }
    ),
    UserRole.DOCTOR: frozenset(
        {
            "break_glass.ask",
            "sessions.view",
            "sessions.share",
            "recordings.view",
            "comments.write",
            "files.upload",
            "files.view",
            "qa.view",
            "qa.ask",
            "qa.share",
        }
    ),
    UserRole.OFFICE: frozenset(
        {
            "break_glass.ask",
            "sessions.view",
            "sessions.plan",
            "sessions.moderate",
            "sessions.share",
            "recordings.view",
            "comments.write",
            "comments.moderate",
            "qa.view",
            "qa.ask",
            "qa.host",
            "qa.share",
            "qa.moderate",
            "qa.review",
            "files.upload",
            "files.view",
            "jobs.view",
            "tables.share",
            "exports.approve",
        }
    ),
    UserRole.ADMINISTRATOR: frozenset(
        {
            "sessions.view",
            "users.manage",
            "roles.give",
            "api_keys.manage",
            "organisations.view",
            "organisations.manage",
            "review.levels",
            "jobs.view",
            "jobs.manage",
            "files.view",
            "tables.share",
            "exports.approve",
        }
    ),
}

EMERGENCY_PERMISSIONS: Final = frozenset({"sessions.view", "recordings.view", "files.view", "qa.view"})
"""What opens a node in an emergency: looking, and nothing else."""

DUTY_PERMISSIONS: Final[dict[Duty, frozenset[str]]] = {
    Duty.SYSTEM: frozenset({"operation.view", "rooms.inspect", "jobs.view", "jobs.manage"}),
    Duty.SECURITY: frozenset(
        {
            "users.manage",
            "roles.give",
            "roles.compose",
            "duties.give",
            "organisations.view",
            "alarms.view",
            "alarms.settle",
            "break_glass.review",
        }
    ),
    Duty.AUDIT: frozenset({"audit.view", "alarms.view"}),
}
"""Three sets that share nothing by which one duty could do another's work (AZ-07)."""

COMPOSABLE: Final = frozenset().union(*PERMISSIONS.values()) - frozenset().union(*DUTY_PERMISSIONS.values())
"""What a composed role may carry: what some ordinary role permits, and nothing that a duty is for (AZ-07)."""
COMPOSES: Final = frozenset({"roles.compose", "roles.give"})

MIN_PASSWORD: Final = 10
MAX_PASSWORD: Final = 128
ONE_TIME_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
TOTP_STEP_S: Final = 30
TOTP_DRIFT_STEPS: Final = 1
USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySettings:
    """Section `identity`."""

    access_minutes: int = 10
    idle_minutes: int = 15
    absolute_hours: int = 12
    activation_days: int = 7
    password_memory_kib: int = 47_104
    password_rounds: int = 2
    passkey_domain: str = "auto"
    passkey_hosts: tuple[str, ...] = ()
    passkey_origins: tuple[str, ...] = ()
    certificate_login: bool = False

    @property
    def access_life(self) -> timedelta:
        """How long an access token lives: never above a quarter of an hour (AU-08)."""
        return timedelta(minutes=min(self.access_minutes, 15))

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.idle_minutes)

    @property
    def absolute(self) -> timedelta:
        return timedelta(hours=self.absolute_hours)


@dataclass(frozen=True, slots=True)
class AttemptLimit:
    """At most so many judged attempts within the window."""

    count: int
    window: timedelta = timedelta(minutes=15)


PER_ACCOUNT: Final = AttemptLimit(5)
PER_ADDRESS: Final = AttemptLimit(20)
PER_TOTP: Final = AttemptLimit(5)
INVITATION_ATTEMPTS: Final = 5


def permissions_of(roles: Iterable[UserRole]) -> frozenset[str]:
    """What the roles together permit."""
    return frozenset().union(*(PERMISSIONS[role] for role in roles))


def permissions_held(user: User) -> frozenset[str]:
    """What a user may: by the own roles, and by the duty."""
    return permissions_of(user.roles) | (DUTY_PERMISSIONS[user.duty] if user.duty else frozenset())


def permissions_given(held: HeldRole) -> frozenset[str]:
    """What a given role permits at its node."""
    if held.role is GivenRoleName.EMERGENCY:
        return EMERGENCY_PERMISSIONS
    if held.role is GivenRoleName.COMPOSED:
        return held.composed_of & COMPOSABLE
    return PERMISSIONS[UserRole(held.role.value)]


def composable_by(permissions: frozenset[str]) -> frozenset[str]:
    """What somebody with these rights may put into a role: what they can hand out in ordinary ones."""
    return COMPOSABLE if permissions >= COMPOSES else frozenset()


def rights_by_node(user: User, now: datetime) -> dict[OrganisationId, frozenset[str]]:
    """What a user may now at the own organisation (the first), and at each node of a given role.

    A right holds at the node it is given for and at what lies below: so the own roles hold at nodes below the
    own organisation, and a role given above it holds at the own organisation too.
    """
    held = [each for each in user.given if each.holds_at(now)]
    below_home = {each.node for each in held if each.below_home}
    rights: dict[OrganisationId, frozenset[str]] = {}
    for node in (user.organisation, *(each.node for each in sorted(held, key=_narrowness))):
        own = permissions_held(user) if node == user.organisation or node in below_home else frozenset()
        given = (permissions_given(each) for each in held if node in each.covers)
        rights[node] = own.union(*given)
    return rights


def _narrowness(held: HeldRole) -> tuple[int, str]:
    return (-len(held.covers), held.node)


def apart(roles: Iterable[UserRole], duty: Duty | None) -> bool:
    """Whether these roles go with the duty: who keeps accounts holds none (AZ-07)."""
    return duty is None or UserRole.ADMINISTRATOR not in roles


def duty_allows(role: GivenRoleName, duty: Duty | None) -> bool:
    """Whether somebody with this duty may be given the role: not if it keeps accounts or is composed."""
    return duty is None or role not in (GivenRoleName.ADMINISTRATOR, GivenRoleName.COMPOSED)


def check_password(password: str, *, username: str, name: str = "") -> None:
    """Raises PasswordWeak with the code of what is wrong (AU-06)."""
    if len(password) < MIN_PASSWORD:
        raise PasswordWeak("password.too_short", params={"limit": MIN_PASSWORD})
    if len(password) > MAX_PASSWORD:
        raise PasswordWeak("password.too_long", params={"limit": MAX_PASSWORD})
    lowered = password.lower()
    if lowered == username:
        raise PasswordWeak("password.same")
    if is_guessable(password, about=(username, name)):
        raise PasswordWeak("password.common")


def new_one_time_password() -> str:
    """Fifteen characters (74 bits) that can be read out on the telephone."""
    groups = ("".join(secrets.choice(ONE_TIME_ALPHABET) for _ in range(5)) for _ in range(3))
    return "-".join(groups)


def new_url_code() -> str:
    """A code of 192 bits for an address."""
    return secrets.token_urlsafe(24)


def new_one_time_code() -> str:
    """Eight digits."""
    return f"{secrets.randbelow(10**8):08d}"


def secret_hash(secret: str) -> bytes:
    """How a random secret of at least 128 bits is kept."""
    return hashlib.sha256(secret.encode()).digest()


def one_time_code_hash(url_code: str, one_time_code: str) -> bytes:
    """How the eight digits are kept: keyed by the url code, which the database does not know."""
    return hmac.digest(url_code.encode(), one_time_code.encode(), "sha256")


def totp_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is (RFC 6238, one step of drift each way), or None."""
    if not re.fullmatch(r"[0-9]{6}", code):
        return None
    present = int(now.timestamp()) // TOTP_STEP_S
    generator = pyotp.TOTP(secret)
    found = None
    for step in range(present - TOTP_DRIFT_STEPS, present + TOTP_DRIFT_STEPS + 1):
        if hmac.compare_digest(generator.generate_otp(step), code):
            found = step
    return found


def login_is_over(*, seen_at: datetime, ends_at: datetime, now: datetime, idle: timedelta) -> bool:
    """Whether a login has been idle too long or is too old (AU-05)."""
    return now >= ends_at or now - seen_at >= idle
