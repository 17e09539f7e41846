"""Shapes of the trail."""

from typing import Annotated

from pydantic import Field

from platform_api.audit.model import Detail, KeptEntry, Outcome, Tag
from platform_api.http import Moment, PageQuery, Shape


class EntryQuery(PageQuery):
    """Which entries to list."""

    actor: Annotated[str, Field(max_length=64)] | None = None
    tag: Tag | None = None
    target: Annotated[str, Field(max_length=128)] | None = None
    since: Moment | None = None
    until: Moment | None = None


class EntryView(Shape):
    """One line of the trail."""

    number: int
    at: Moment
    tag: Tag
    outcome: Outcome
    actor: str
    actor_name: str
    organisation: str | None
    address: str
    target_kind: str
    target: str
    details: dict[str, Detail]


class VerdictView(Shape):
    """What recomputing the chain found."""

    checked: int
    whole: bool
    broken_number: int | None


def entry_view(kept: KeptEntry) -> EntryView:
    """An entry as it is shown."""
    entry = kept.entry
    return EntryView(
        number=kept.number,
        at=kept.at,
        tag=entry.tag,
        outcome=entry.outcome,
        actor=entry.who.subject,
        actor_name=entry.who.name,
        organisation=entry.who.organisation,
        address=entry.who.address,
        target_kind=entry.target_kind,
        target=entry.target,
        details=dict(entry.details),
    )
