"""Who sees a question, what they may do with it, and how hot it is: each right, allowed and refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from platform_api.http import Asker, GuestKind
from platform_api.kernel.errors import AppError, Conflict
from platform_api.kernel.ids import OrganisationId, SessionId, UserId
from platform_api.qa.model import (
    MAX_PERIOD,
    Draft,
    Period,
    Question,
    QuestionId,
    QuestionKind,
    QuestionScene,
    QuestionState,
    QuestionTopic,
    QuestionVisibility,
    Words,
)
from platform_api.qa.rules import (
    ASK,
    HALF_TURN_S,
    MODERATE,
    SHARE,
    VIEW,
    WRITE,
    check_may_answer,
    check_period,
    check_wide,
    heat,
    identity_field,
    may,
    may_see,
)

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HERE, THERE = OrganisationId("here"), OrganisationId("there")
QUESTION = Question(
    id=QuestionId("q1"),
    kind=QuestionKind.QUESTION,
    organisation=HERE,
    organisation_name="市立医院",
    asker=UserId("asker"),
    asker_name="张医生",
    words=Words(title="问", topic=QuestionTopic.OTHER),
    scene=QuestionScene.PC,
    visibility=QuestionVisibility.ORGANISATION,
    state=QuestionState.OPEN,
    asked_at=NOW,
    active_at=NOW,
)
PERIOD = Period(opens_at=NOW, closes_at=NOW + timedelta(days=3))
EVERYDAY = frozenset({VIEW, ASK, WRITE, SHARE})


def user(subject: str = "other", organisation: OrganisationId = HERE, *more: str) -> Asker:
    return Asker(
        subject=subject,
        name=subject,
        login="l",
        organisation=organisation,
        permissions=EVERYDAY | set(more),
    )


def guest(of: str) -> Asker:
    return Asker(
        subject="g",
        name="g",
        login="l",
        organisation=None,
        permissions=frozenset(),
        session=SessionId(of),
        guest_kind=GuestKind.COMMENTATOR,
    )


@pytest.mark.parametrize(
    ("question", "asker", "seen"),
    [
        (QUESTION, user(), True),
        (QUESTION, user(organisation=THERE), False),
        (QUESTION, user("asker", THERE), True),
        (replace(QUESTION, is_expert=True), user(organisation=THERE), True),
        (replace(QUESTION, admitted=True), user(organisation=THERE), True),
        (replace(QUESTION, visibility=QuestionVisibility.EVERYONE), user(organisation=THERE), True),
        (replace(QUESTION, visibility=QuestionVisibility.SCOPE), user(organisation=THERE), False),
        (
            replace(QUESTION, visibility=QuestionVisibility.SCOPE, in_network=True),
            user(organisation=THERE),
            True,
        ),
        (replace(QUESTION, visibility=QuestionVisibility.SESSION), user(), False),
        (replace(QUESTION, visibility=QuestionVisibility.SESSION, session_seen=True), user(), True),
        (replace(QUESTION, above=True), user("office", THERE, MODERATE), True),
        (replace(QUESTION, above=True), user("chief", THERE), False),
        (QUESTION, user("office", THERE, MODERATE), False),
        (replace(QUESTION, hidden=True), user(), False),
        (replace(QUESTION, hidden=True), user("asker"), False),
        (replace(QUESTION, hidden=True, above=True), user("office", HERE, MODERATE), True),
        (QUESTION, guest("q1"), True),
        (QUESTION, guest("q2"), False),
        (replace(QUESTION, hidden=True), guest("q1"), False),
        (QUESTION, replace(user(), permissions=frozenset()), False),
    ],
)
def test_a_question_exists_for_those_who_may_see_it(question: Question, asker: Asker, seen: bool) -> None:
    assert may_see(question, asker) is seen


def test_the_asker_and_moderators_lead_and_others_take_part() -> None:
    answered = replace(QUESTION, answers=1, above=True)

    own = may(answered, user("asker"), NOW)
    moderator = may(answered, user("office", HERE, MODERATE), NOW)
    other = may(answered, user(), NOW)

    for each in (own, moderator):
        assert (each.answer, each.edit, each.close, each.choose_best, each.invite) == (True,) * 5
    assert (own.moderate, moderator.moderate) == (False, True)
    assert other.answer
    assert not any((other.edit, other.close, other.choose_best, other.invite, other.moderate, other.reopen))
    assert other.share
    assert not may(answered, user(organisation=THERE), NOW).share
    assert not may(QUESTION, user("asker"), NOW).choose_best


def test_a_closed_question_takes_nothing_but_to_be_opened_again() -> None:
    closed = replace(QUESTION, state=QuestionState.CLOSED)

    allowed = may(closed, user("asker"), NOW)

    assert (allowed.answer, allowed.edit, allowed.close, allowed.reopen) == (False, False, False, True)
    assert not may(closed, user(), NOW).reopen
    assert not may(replace(closed, concluded_at=NOW), user("asker"), NOW).reopen
    with pytest.raises(Conflict, match=r"qa\.closed"):
        check_may_answer(closed, NOW)


@pytest.mark.parametrize(
    ("at", "writes"),
    [
        (NOW - timedelta(seconds=1), False),
        (NOW, True),
        (PERIOD.closes_at - timedelta(seconds=1), True),
        (PERIOD.closes_at, False),
    ],
)
def test_a_discussion_takes_words_in_its_period_alone(at: datetime, writes: bool) -> None:
    discussion = replace(QUESTION, kind=QuestionKind.DISCUSSION, period=PERIOD)

    assert may(discussion, user(), at).answer is writes
    assert may(discussion, guest("q1"), at).answer is writes
    if writes:
        check_may_answer(discussion, at)
    else:
        with pytest.raises(Conflict, match="period"):
            check_may_answer(discussion, at)


def test_only_a_discussion_is_concluded_and_by_its_host() -> None:
    discussion = replace(QUESTION, kind=QuestionKind.DISCUSSION, period=PERIOD)

    assert may(discussion, user("asker"), NOW).conclude
    assert not may(discussion, user(), NOW).conclude
    assert not may(QUESTION, user("asker"), NOW).conclude


def test_one_who_may_not_write_may_not_answer() -> None:
    assert not may(QUESTION, replace(user(), permissions=frozenset({VIEW})), NOW).answer


@pytest.mark.parametrize("length", [timedelta(), timedelta(hours=-1), MAX_PERIOD + timedelta(seconds=1)])
def test_a_period_ends_after_it_begins_and_within_two_months(length: timedelta) -> None:
    check_period(Period(opens_at=NOW, closes_at=NOW + MAX_PERIOD))
    with pytest.raises(AppError, match="period"):
        check_period(Period(opens_at=NOW, closes_at=NOW + length))


@pytest.mark.parametrize(
    ("session", "allowed"),
    [
        ("invited", {QuestionVisibility.SESSION}),
        ("organisation", {QuestionVisibility.SESSION, QuestionVisibility.ORGANISATION}),
        ("everyone_signed_in", set(QuestionVisibility)),
    ],
)
def test_a_moment_is_shown_no_more_widely_than_its_session(
    session: str, allowed: set[QuestionVisibility]
) -> None:
    for visibility in QuestionVisibility:
        draft = Draft(words=QUESTION.words, scene=QuestionScene.LIVE, visibility=visibility)
        if visibility in allowed:
            check_wide(draft, session)
        else:
            with pytest.raises(Conflict, match="wider"):
                check_wide(draft, session)


def test_ten_times_the_weight_is_worth_two_days() -> None:
    young = heat(likes=0, answers=0, follows=0, asked_s=1_000_000 + HALF_TURN_S)

    assert heat(likes=9, answers=0, follows=0, asked_s=1_000_000) == young
    assert heat(likes=8, answers=0, follows=0, asked_s=1_000_000) < young
    assert heat(likes=0, answers=3, follows=0, asked_s=1_000_000) == young
    assert heat(likes=1, answers=1, follows=1, asked_s=0) > heat(likes=1, answers=1, follows=0, asked_s=0)


@pytest.mark.parametrize("field", ["title", "body", "case_summary"])
def test_the_text_that_names_a_patient_is_named(field: str) -> None:
    clean = dict.fromkeys(("title", "body", "case_summary"), "问")
    texts = {**clean, field: "电话 13812345678"}

    named = Words(title=texts["title"], body=texts["body"], case_summary=texts["case_summary"])

    assert identity_field(named) == field
    assert identity_field(Words(title="问")) is None
