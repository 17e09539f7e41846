from dataclasses import replace
from datetime import UTC, datetime

import pytest

from platform_api.comments.model import MAX_BODY_CHARS, MAX_DEPTH, Comment, Subject
from platform_api.comments.rules import (
    check_may_comment,
    clean_body,
    may_hide,
    may_restore,
    may_withdraw,
    path_below,
)
from platform_api.kernel.errors import AppError, Conflict, Refused
from platform_api.kernel.ids import CommentId, OrganisationId, RoomId

HERE = OrganisationId("here")
SUBJECT = Subject(
    kind="session", id="s", organisation=HERE, room=RoomId("r"), may_comment=True, may_moderate=False
)
COMMENT = Comment(
    id=CommentId("c1"),
    subject_kind="session",
    subject_id="s",
    organisation=HERE,
    parent=None,
    path="c1/",
    author_subject="user:1",
    author_name="周琳",
    body="边界怎么判断？",
    media_time_ms=None,
    posted_at=datetime(2026, 11, 22, tzinfo=UTC),
)


def test_a_text_is_kept_without_outer_space_and_control_characters() -> None:
    assert clean_body("  边界\n怎么\x00判断？\x1b  ") == "边界\n怎么判断？"
    assert clean_body("👩‍⚕️") == "👩‍⚕️"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "comment.empty"),
        (" \n\x00", "comment.empty"),
        ("\u200e\u200b", "comment.empty"),
        ("字" * (MAX_BODY_CHARS + 1), "comment.too_long"),
    ],
)
def test_an_empty_or_endless_text_is_refused(text: str, code: str) -> None:
    with pytest.raises(AppError) as caught:
        clean_body(text)
    assert (caught.value.code, caught.value.status_hint) == (code, 422)


def test_the_longest_text_is_taken() -> None:
    assert len(clean_body("字" * MAX_BODY_CHARS)) == MAX_BODY_CHARS


def test_a_reply_stands_below_its_parent_at_any_depth_up_to_the_last() -> None:
    assert path_below(None, CommentId("c9")) == "c9/"
    assert COMMENT.depth == 0

    comment = COMMENT
    for number in range(2, MAX_DEPTH + 5):
        below = CommentId(f"c{number}")
        comment = replace(comment, id=below, path=path_below(comment, below))

    assert comment.depth == MAX_DEPTH - 1
    assert comment.path.startswith("c1/c2/c3/")
    assert comment.path.endswith(f"c{MAX_DEPTH + 4}/")


def test_a_hidden_comment_takes_no_reply() -> None:
    with pytest.raises(Conflict) as caught:
        path_below(replace(COMMENT, hidden=True), CommentId("c2"))
    assert caught.value.code == "comment.hidden"


def test_one_who_may_only_look_does_not_write() -> None:
    check_may_comment(SUBJECT)
    with pytest.raises(Refused):
        check_may_comment(replace(SUBJECT, may_comment=False))


@pytest.mark.parametrize(
    ("asker", "moderates", "hides", "withdraws"),
    [
        ("user:1", False, False, True),
        ("user:1", True, False, True),
        ("user:2", False, False, False),
        ("user:2", True, True, False),
    ],
)
def test_moderators_hide_what_others_wrote_and_everybody_takes_back_the_own(
    asker: str, moderates: bool, hides: bool, withdraws: bool
) -> None:
    subject = replace(SUBJECT, may_moderate=moderates)

    assert may_hide(COMMENT, subject, asker) is hides
    assert may_withdraw(COMMENT, asker) is withdraws


@pytest.mark.parametrize("comment", [replace(COMMENT, hidden=True), replace(COMMENT, withdrawn=True)])
def test_what_is_gone_is_neither_hidden_nor_taken_back_again(comment: Comment) -> None:
    moderating = replace(SUBJECT, may_moderate=True)

    assert not may_hide(comment, moderating, "user:2")
    assert not may_withdraw(comment, "user:1")


def test_a_moderator_shows_again_what_was_hidden_but_not_what_was_taken_back() -> None:
    moderating = replace(SUBJECT, may_moderate=True)

    assert may_restore(replace(COMMENT, hidden=True), moderating)
    assert not may_restore(replace(COMMENT, hidden=True), SUBJECT)
    assert not may_restore(COMMENT, moderating)
    assert not may_restore(replace(COMMENT, withdrawn=True), moderating)


def test_files_say_something_without_a_word() -> None:
    assert clean_body("  ", has_files=True) == ""
    with pytest.raises(AppError):
        clean_body("  ")
