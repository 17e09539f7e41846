"""Shapes of emergency access."""

from typing import Annotated

from pydantic import Field

from platform_api.break_glass.model import Opening
from platform_api.break_glass.rules import LEAST_REASON, LONGEST_MINUTES, MOST_REASON
from platform_api.http import Id, Moment, Shape, Text


class OpeningDraft(Shape):
    """Which hospital's records, why, and for how many minutes."""

    organisation: Id
    reason: Annotated[Text, Field(min_length=LEAST_REASON, max_length=MOST_REASON)]
    minutes: Annotated[int, Field(ge=5, le=LONGEST_MINUTES)] = LONGEST_MINUTES


class Verdict(Shape):
    """Whether it was right."""

    justified: bool
    remark: Annotated[Text, Field(max_length=MOST_REASON)] = ""


class OpeningView(Shape):
    """An access in an emergency; `justified` once it was reviewed."""

    id: Id
    user: Id
    user_name: str
    user_organisation: str
    organisation: Id
    organisation_name: str
    reason: str
    opened_at: Moment
    ends_at: Moment
    closed_at: Moment | None
    reviewed_at: Moment | None
    reviewed_by: str | None
    justified: bool | None
    remark: str


class OpeningList(Shape):
    """What one opened, the newest first."""

    items: list[OpeningView]


def opening_view(opening: Opening) -> OpeningView:
    """An access as it is shown."""
    return OpeningView(
        id=opening.id,
        user=opening.user,
        user_name=opening.user_name,
        user_organisation=opening.user_organisation_name,
        organisation=opening.node,
        organisation_name=opening.node_name,
        reason=opening.reason,
        opened_at=opening.opened_at,
        ends_at=opening.ends_at,
        closed_at=opening.closed_at,
        reviewed_at=opening.reviewed_at,
        reviewed_by=opening.reviewer_name,
        justified=opening.justified,
        remark=opening.remark,
    )
