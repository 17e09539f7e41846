"""Shapes of the trail."""

from typing import Annotated

from pydantic import Field

from platform_api.audit.model import Detail, KeptEntry, Outcome, Tag
from platform_api.audit.rules import fields_of
from platform_api.http import Moment, PageQuery, Shape
from platform_api.kernel.sentences import Language, sentence


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


class SightView(Shape):
    """What somebody did with the reader's own record: who, what, when, and which of its fields."""

    number: int
    at: Moment
    tag: Tag
    what: str
    who: str
    fields: list[str]


def sight_view(kept: KeptEntry, language: Language) -> SightView:
    """An entry as the person whom it is about sees it: without where the other sat, or what else was seen."""
    tag = kept.entry.tag
    return SightView(
        number=kept.number,
        at=kept.at,
        tag=tag,
        what=sentence(f"table.audit.tag.{tag}", language),
        who=kept.entry.who.name or kept.entry.who.subject.partition(":")[0],
        fields=fields_of(kept.entry),
    )


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
