"""Share links as values."""

from dataclasses import dataclass
from datetime import datetime

from platform_api.kernel.ids import OrganisationId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What a kind of link leads to: the table that keeps the links, and the column of what they open."""

    table: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSecrets:
    """The two secrets of a new link, shown once."""

    token: str
    pin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A link as kept: both secrets only as hashes; `subject` is what it opens."""

    id: str
    subject: str
    organisation: OrganisationId
    expires_at: datetime
    pin_hash: str
    pin_failures: int
    created_by: UserId
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShare:
    """A link with its two secrets, shown once."""

    share: Share
    token: str
    pin: str
