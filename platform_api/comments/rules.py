"""Pure decisions about comments: what may be written, where it stands, who may hide it."""

import unicodedata

from platform_api.comments.model import MAX_BODY_CHARS, MAX_DEPTH, Comment, Subject
from platform_api.kernel.errors import AppError, Conflict, Refused
from platform_api.kernel.ids import CommentId


def clean_body(text: str, *, has_files: bool = False) -> str:
    """The text without control characters and outer space; raises `comment.empty` or `comment.too_long`.

    Files say something without a word.
    """
    visible = "".join(character for character in text if _is_kept(character)).strip()
    if all(unicodedata.category(character)[0] in "CZ" for character in visible):
        if has_files:
            return ""
        raise AppError("comment.empty", status_hint=422)
    if len(visible) > MAX_BODY_CHARS:
        raise AppError("comment.too_long", status_hint=422, params={"limit": MAX_BODY_CHARS})
    return visible


def path_below(parent: Comment | None, comment: CommentId) -> str:
    """The place of a new comment: below its parent, or the root of a new thread.

    A thread that is as deep as it may be goes on at the same depth.
    """
    if parent is None:
        return f"{comment}/"
    if parent.hidden or parent.withdrawn:
        raise Conflict("comment.hidden")
    if parent.depth + 1 < MAX_DEPTH:
        return f"{parent.path}{comment}/"
    above = parent.path.removesuffix(f"{parent.id}/")
    return f"{above}{comment}/"


def check_may_comment(subject: Subject) -> None:
    """Refuses one who may look but not write."""
    if not subject.may_comment:
        raise Refused


def may_hide(comment: Comment, subject: Subject, asker: str) -> bool:
    """Moderators hide any comment that still has its words."""
    return subject.may_moderate and comment.author_subject != asker and not _is_gone(comment)


def may_withdraw(comment: Comment, asker: str) -> bool:
    """Everybody takes back what they wrote themselves."""
    return comment.author_subject == asker and not _is_gone(comment)


def may_restore(comment: Comment, subject: Subject) -> bool:
    """Moderators show again what was hidden; what its author took back stays away."""
    return subject.may_moderate and comment.hidden and not comment.withdrawn


def _is_gone(comment: Comment) -> bool:
    return comment.hidden or comment.withdrawn


def _is_kept(character: str) -> bool:
    return character == "\n" or unicodedata.category(character) not in {"Cc", "Cs"}
