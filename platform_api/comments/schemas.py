"""Request and answer shapes of comments."""

from typing import Annotated

from pydantic import Field

from platform_api.comments.model import MAX_BODY_CHARS, Comment, Order
from platform_api.http import Id, Moment, Shape, Text


class ThreadQuery(Shape):
    """Which threads of a subject: `after` is the first comment of the last thread that was shown."""

    order: Order = Order.NEWEST
    after: Id | None = None
    limit: int = Field(default=20, ge=1, le=50)


class NewComment(Shape):
    """A comment, or a reply to `parent`; `media_time_ms` is the moment of the replay that it is about."""

    body: Annotated[Text, Field(min_length=1, max_length=4 * MAX_BODY_CHARS)]
    parent: Id | None = None
    media_time_ms: Annotated[int, Field(ge=0, le=7 * 24 * 3_600_000)] | None = None


class CommentItem(Shape):
    """One comment as the asker may read it; a hidden one has lost its words."""

    id: Id
    parent: Id | None
    depth: int
    author_name: str
    author_subject: str
    body: str
    media_time_ms: int | None
    posted_at: Moment
    hidden: bool
    likes: int
    liked: bool
    reply_count: int
    may_hide: bool


class Thread(CommentItem):
    """The first comment of a thread with all below it in reading order; `parent` gives the tree."""

    replies: list[CommentItem]


class ThreadPage(Shape):
    """Threads of a subject; no `next_cursor`: the last page. The cursor is the next call's `after`."""

    items: list[Thread]
    next_cursor: Id | None
    total: int


class Likes(Shape):
    """How many like it now, and whether the asker does."""

    likes: int
    liked: bool


def comment_fields(comment: Comment, *, may_hide: bool, may_moderate: bool) -> dict[str, object]:
    """The fields of an item."""
    return {
        "id": comment.id,
        "parent": comment.parent,
        "depth": comment.depth,
        "author_name": comment.author_name,
        "author_subject": comment.author_subject,
        "body": comment.body if may_moderate or not comment.hidden else "",
        "media_time_ms": comment.media_time_ms,
        "posted_at": comment.posted_at,
        "hidden": comment.hidden,
        "likes": comment.likes,
        "liked": comment.liked,
        "reply_count": comment.replies,
        "may_hide": may_hide and not comment.hidden,
    }
