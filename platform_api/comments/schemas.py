"""Request and answer shapes of comments."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from platform_api.comments.model import (
    MAX_BODY_CHARS,
    MAX_FILES,
    MAX_MENTIONS,
    Comment,
    HideReason,
    Order,
    Subject,
)
from platform_api.comments.rules import may_hide, may_restore, may_withdraw
from platform_api.files import FileItem, StoredFile, file_item
from platform_api.http import Id, Moment, Shape, Text
from platform_api.kernel.ids import FileId


class ThreadQuery(Shape):
    """Which threads of a subject: `after` is the first comment of the last thread that was shown."""

    order: Order = Order.NEWEST
    after: Id | None = None
    limit: int = Field(default=20, ge=1, le=50)


class ReplyQuery(Shape):
    """Which replies of a thread: `after` is the last one that was shown."""

    after: Id | None = None
    limit: int = Field(default=50, ge=1, le=100)


class NewComment(Shape):
    """A comment, or a reply to `parent`; `media_time_ms` is the moment of the replay that it is about.

    The words may be missing where files say it: a voice, a picture.
    """

    body: Annotated[Text, Field(max_length=4 * MAX_BODY_CHARS)] = ""
    parent: Id | None = None
    media_time_ms: Annotated[int, Field(ge=0, le=7 * 24 * 3_600_000)] | None = None
    files: Annotated[list[Id], Field(max_length=MAX_FILES)] = Field(default_factory=list)
    mentions: Annotated[list[Id], Field(max_length=MAX_MENTIONS)] = Field(default_factory=list)


class HideComment(Shape):
    """Why the words are taken away."""

    reason: HideReason


class MentionItem(Shape):
    """A user who is named."""

    user: Id
    name: str


class CommentItem(Shape):
    """One comment as the asker may read it; a hidden or withdrawn one has lost its words and its files."""

    id: Id
    parent: Id | None
    depth: int
    author_name: str
    author_subject: str
    body: str
    media_time_ms: int | None
    posted_at: Moment
    hidden: bool
    hidden_reason: HideReason | None
    withdrawn: bool
    files: list[FileItem]
    mentions: list[MentionItem]
    likes: int
    liked: bool
    reply_count: int
    may_hide: bool
    may_restore: bool
    may_withdraw: bool


class Thread(CommentItem):
    """The first comment of a thread with all below it in reading order; `parent` gives the tree."""

    replies: list[CommentItem]


class ThreadPage(Shape):
    """Threads of a subject; no `next_cursor`: the last page. The cursor is the next call's `after`."""

    items: list[Thread]
    next_cursor: Id | None
    total: int


class ReplyPage(Shape):
    """Replies of one thread in reading order; the cursor is the next call's `after`."""

    items: list[CommentItem]
    next_cursor: Id | None


class Likes(Shape):
    """How many like it now, and whether the asker does."""

    likes: int
    liked: bool


def comment_fields(
    comment: Comment, subject: Subject, asker: str, files: Mapping[FileId, StoredFile]
) -> dict[str, object]:
    """The fields of an item as this asker may read it."""
    readable = not comment.withdrawn and (subject.may_moderate or not comment.hidden)
    return {
        "id": comment.id,
        "parent": comment.parent,
        "depth": comment.depth,
        "author_name": comment.author_name,
        "author_subject": comment.author_subject,
        "body": comment.body if readable else "",
        "media_time_ms": comment.media_time_ms,
        "posted_at": comment.posted_at,
        "hidden": comment.hidden or comment.withdrawn,
        "hidden_reason": comment.hidden_reason,
        "withdrawn": comment.withdrawn,
        "files": [file_item(files[file]) for file in comment.files if file in files] if readable else [],
        "mentions": [{"user": each.user, "name": each.name} for each in comment.mentions] if readable else [],
        "likes": comment.likes,
        "liked": comment.liked,
        "reply_count": comment.replies,
        "may_hide": may_hide(comment, subject, asker),
        "may_restore": may_restore(comment, subject),
        "may_withdraw": may_withdraw(comment, asker),
    }


class PeopleQuery(Shape):
    """A part of a name or of an account; `below`: of the own organisation and those below it alone."""

    text: Annotated[Text, Field(min_length=1, max_length=40)]
    below: bool = False


class PersonItem(Shape):
    """A colleague."""

    id: Id
    name: str
    title: str
    organisation: Id
    organisation_name: str


class PersonList(Shape):
    """Those who were found, at most twenty."""

    items: list[PersonItem]
