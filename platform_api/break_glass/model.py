"""An access in an emergency as a value."""

from dataclasses import dataclass
from datetime import datetime

from platform_api.kernel.ids import OrganisationId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """That somebody opened another organisation's records; `closed_at` once the access is over."""

    id: str
    user: UserId
    user_name: str
    user_organisation_name: str
    node: OrganisationId
    node_name: str
    given_role: str
    reason: str
    opened_at: datetime
    ends_at: datetime
    closed_at: datetime | None
    reviewed_at: datetime | None
    reviewer_name: str | None
    justified: bool | None
    remark: str
