"""What is forwarded, as its domain describes it to one asker."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from platform_api.audit import Tag
from platform_api.db import Transaction
from platform_api.kernel.ids import OrganisationId, UserId


class ForwardGroup(StrEnum):
    """To which holders at an organisation a thing may be forwarded."""

    ALL = "all"
    EXPERTS = "experts"
    MODERATORS = "moderators"


Audience = Callable[[Transaction, Sequence[UserId]], Awaitable[set[UserId]]]
"""Which of these users see the thing."""
SeenAt = Callable[[Transaction, OrganisationId, ForwardGroup], Awaitable[bool]]
"""Whether this group at this organisation sees the thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """`word` names it in codes: the inbox has `{word}.forwarded`, a refusal is `{word}.cannot_see`."""

    kind: str
    id: str
    word: str
    tag: Tag
    organisation: OrganisationId
    title: str
    link: str
    audience: Audience
    seen_at: SeenAt
    permissions: Mapping[ForwardGroup, str]
