"""Pure decisions about questions: who sees, answers, closes; how hot; which move is allowed."""

import math
from datetime import datetime, timedelta
from typing import Final

from platform_api.http import Asker
from platform_api.kernel.errors import AppError, Conflict
from platform_api.kernel.identity_text import holds_identity
from platform_api.qa.model import (
    MAX_PERIOD,
    Draft,
    May,
    Period,
    Question,
    QuestionKind,
    QuestionState,
    QuestionVisibility,
    Words,
)
from platform_api.sharing import Share

VIEW: Final = "qa.view"
ASK: Final = "qa.ask"
HOST: Final = "qa.host"
SHARE: Final = "qa.share"
MODERATE: Final = "qa.moderate"
REVIEW: Final = "qa.review"
WRITE: Final = "comments.write"

HALF_TURN_S: Final = 172_800
"""A question whose weight is ten times another's stands as one that is two days younger."""
LIKE_WEIGHT, ANSWER_WEIGHT, FOLLOW_WEIGHT = 1, 3, 2

CLOSE: Final = {QuestionState.OPEN, QuestionState.ANSWERED}
WIDER: Final = {
    "invited": frozenset({QuestionVisibility.SESSION}),
    "organisation": frozenset({QuestionVisibility.SESSION, QuestionVisibility.ORGANISATION}),
    "everyone_signed_in": frozenset(QuestionVisibility),
}
"""How widely a moment of a session of this visibility may be shown."""


def heat(*, likes: int, answers: int, follows: int, asked_s: int) -> int:
    """The order of heat, as the database keeps it: a logarithm of weight, and age in turns of two days."""
    weight = 1 + LIKE_WEIGHT * likes + ANSWER_WEIGHT * answers + FOLLOW_WEIGHT * follows
    return round(math.log10(weight) * 1_000_000) + asked_s * 1_000_000 // HALF_TURN_S


def may_see(question: Question, asker: Asker) -> bool:
    """Whether the question exists for this asker at all."""
    if asker.is_guest:
        return str(asker.session) == question.id and not question.hidden
    if not asker.holds(VIEW):
        return False
    if _governs(question, asker) or (
        question.kind is QuestionKind.DISCUSSION and question.above and asker.holds(REVIEW)
    ):
        return True
    if question.hidden:
        return False
    if asker.subject == question.asker or question.is_expert or question.admitted:
        return True
    match question.visibility:
        case QuestionVisibility.EVERYONE:
            return True
        case QuestionVisibility.ORGANISATION:
            return asker.organisation == question.organisation
        case QuestionVisibility.SCOPE:
            return question.in_network
        case QuestionVisibility.SESSION:
            return question.session_seen


def may(question: Question, asker: Asker, now: datetime) -> May:
    """What the asker may do with a question that they see."""
    moderate = _governs(question, asker)
    own = not asker.is_guest and asker.subject == question.asker
    leads = own or moderate
    closed = question.state is QuestionState.CLOSED
    discussion = question.kind is QuestionKind.DISCUSSION
    return May(
        answer=not closed and in_period(question.period, now) and (asker.is_guest or asker.holds(WRITE)),
        edit=leads and not closed,
        close=leads and not closed,
        reopen=leads and closed and question.concluded_at is None,
        choose_best=leads and question.answers > 0,
        invite=leads and not closed,
        conclude=leads and discussion and question.concluded_at is None,
        summarise=leads and discussion,
        review=discussion and (leads or (question.above and asker.holds(REVIEW))),
        moderate=moderate,
        share=not asker.is_guest and asker.holds(SHARE) and asker.organisation == question.organisation,
    )


def check_may_answer(question: Question, now: datetime) -> None:
    """Raises why the question takes no words now."""
    if question.state is QuestionState.CLOSED:
        raise Conflict("qa.closed")
    if not in_period(question.period, now):
        raise Conflict("qa.not_in_period")


def in_period(period: Period | None, now: datetime) -> bool:
    """Whether words are taken at this moment."""
    return period is None or period.opens_at <= now < period.closes_at


def check_period(period: Period) -> None:
    """Raises for a period that ends before it begins, or lasts longer than anybody discusses."""
    if not timedelta() < period.closes_at - period.opens_at <= MAX_PERIOD:
        raise AppError("qa.period_wrong", status_hint=422, params={"limit": MAX_PERIOD.days})


def check_wide(draft: Draft, session_visibility: str) -> None:
    """Raises if a moment would be shown to people who may not see its session."""
    if draft.visibility not in WIDER[session_visibility]:
        raise Conflict("qa.wider_than_session")


def identity_field(words: Words) -> str | None:
    """The first text that seems to hold a person's identity."""
    texts = {"title": words.title, "body": words.body, "case_summary": words.case_summary}
    return next((name for name, text in texts.items() if holds_identity(text)), None)


def may_withdraw(question: Question, asker: Asker, share: Share) -> bool:
    """Moderators, the asker and the maker of a link withdraw it."""
    return _governs(question, asker) or asker.subject in {question.asker, share.created_by}


def may_uninvite(question: Question, asker: Asker, invited_by: str | None = None) -> bool:
    """Moderators, the asker and who invited take an invitation back, also once the question is closed."""
    return _governs(question, asker) or asker.subject in {question.asker, invited_by}


def _governs(question: Question, asker: Asker) -> bool:
    return question.above and asker.holds(MODERATE)
