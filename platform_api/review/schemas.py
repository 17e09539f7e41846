"""Request and answer shapes of reviews."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from platform_api.http import Id, Moment, Shape, Text
from platform_api.review.model import (
    MAX_LEVELS,
    MAX_NOTE,
    MAX_REMARK,
    MAX_REMARKS,
    LevelName,
    ReviewAct,
    ReviewState,
    Shown,
)
from platform_api.review.rules import OPEN

ReviewKind = Annotated[str, StringConstraints(pattern=r"^[a-z]+(\.[a-z_]+)+$", max_length=40)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]+$", max_length=120)]
Reason = Annotated[Text, Field(min_length=1, max_length=MAX_NOTE)]
Note = Annotated[Text, Field(max_length=MAX_NOTE)]


class ReviewPath(Shape):
    """What is reviewed: its kind and its id."""

    kind: ReviewKind
    subject: Id


class KindPath(Shape):
    """A kind of thing that is reviewed."""

    kind: ReviewKind


class Submission(Shape):
    """What is said to those who look."""

    note: Note = ""


class Approval(Shape):
    """Which version was looked at; what is said to it."""

    version: Annotated[int, Field(ge=1)]
    note: Note = ""


class Remarks(Shape):
    """Why it is returned: remarks by the field's name, and a word on the whole."""

    version: Annotated[int, Field(ge=1)]
    note: Note = ""
    remarks: Annotated[
        dict[FieldName, Annotated[Text, Field(min_length=1, max_length=MAX_REMARK)]],
        Field(max_length=MAX_REMARKS),
    ] = Field(default_factory=dict)


class UnlockReason(Shape):
    """Why it must be opened again, or stays locked."""

    reason: Reason


class LevelItem(Shape):
    """A level of this review, and whether, by whom and when it has approved the present version."""

    level: LevelName
    organisation_name: str
    approved: bool
    approved_by: str | None = None
    approved_at: Moment | None = None


class DifferenceItem(Shape):
    """A field that is not as it was; null where it was not there or is gone."""

    field: str
    before: Any = None
    after: Any = None


class HappenedItem(Shape):
    """One line of the history; `differences` are against what was handed in before."""

    act: ReviewAct
    version: int
    level: LevelName | None
    name: str
    at: Moment
    note: str
    remarks: dict[str, str]
    differences: list[DifferenceItem]


class ReviewRights(Shape):
    """What the asker may do now."""

    submit: bool
    take_back: bool
    decide: bool
    ask_unlock: bool
    unlock: bool


class ReviewItem(Shape):
    """How a thing stands; `remarks` are those of the last return while it is being changed."""

    kind: str
    subject: Id
    state: ReviewState
    version: int
    levels: list[LevelItem]
    place: int
    submitted_at: Moment | None
    unlock_reason: str | None
    remarks: dict[str, str]
    note: str
    history: list[HappenedItem]
    may: ReviewRights


class LevelRuleItem(Shape):
    """A level in the order in which they look, and what one must hold there."""

    level: LevelName
    permission: Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]+)+$", max_length=80)]


class LevelRules(Shape):
    """The levels of one kind."""

    levels: Annotated[list[LevelRuleItem], Field(min_length=1, max_length=MAX_LEVELS)]


class KindLevels(LevelRules):
    """A kind with its levels."""

    kind: str
    levels: list[LevelRuleItem]


class AllLevels(Shape):
    """The levels of every kind; whether the asker may set others."""

    items: list[KindLevels]
    may_set: bool


def review_item(shown: Shown) -> ReviewItem:
    """A review as its asker sees it."""
    review, returned = shown.review, None
    if review.state is ReviewState.RETURNED:
        returned = next(each for each in reversed(shown.history) if each.act is ReviewAct.RETURN)
    return ReviewItem(
        kind=review.kind,
        subject=review.subject,
        state=review.state,
        version=review.version,
        levels=_levels(shown),
        place=review.place,
        submitted_at=review.submitted_at,
        unlock_reason=review.unlock_reason,
        remarks=dict(returned.remarks) if returned else {},
        note=returned.note if returned else "",
        history=[
            HappenedItem(
                act=each.act,
                version=each.version,
                level=None if each.level is None else LevelName(each.level),
                name=each.name,
                at=each.at,
                note=each.note,
                remarks=dict(each.remarks),
                differences=[
                    DifferenceItem(field=one.field, before=one.before, after=one.after)
                    for one in each.differences
                ],
            )
            for each in shown.history
        ],
        may=ReviewRights(
            submit=shown.may.submit,
            take_back=shown.may.take_back,
            decide=shown.may.decide,
            ask_unlock=shown.may.ask_unlock,
            unlock=shown.may.unlock,
        ),
    )


def _levels(shown: Shown) -> list[LevelItem]:
    """The levels in their order. Of what may be changed none has approved: it will be handed in anew."""
    review = shown.review
    reached = len(shown.levels) if review.state in LOCKED_STATES else review.place
    approvals = {
        each.level: each
        for each in shown.history
        if each.act in APPROVALS and each.version == review.version and review.state not in OPEN
    }
    return [
        LevelItem(
            level=level.level,
            organisation_name=level.organisation_name,
            approved=place < reached and review.state not in OPEN,
            approved_by=approvals[level.level].name if level.level in approvals else None,
            approved_at=approvals[level.level].at if level.level in approvals else None,
        )
        for place, level in enumerate(shown.levels)
    ]


APPROVALS = frozenset({ReviewAct.APPROVE, ReviewAct.LOCK})
LOCKED_STATES = frozenset({ReviewState.LOCKED, ReviewState.UNLOCK_ASKED})
