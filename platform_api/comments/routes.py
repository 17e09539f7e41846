"""Comments over HTTP."""

from platform_api.comments.model import Comment, Subject
from platform_api.comments.rules import may_hide
from platform_api.comments.schemas import (
    CommentItem,
    Likes,
    NewComment,
    Thread,
    ThreadPage,
    ThreadQuery,
    comment_fields,
)
from platform_api.comments.service import Comments, Draft
from platform_api.http import GUEST_OR_USER, Asker, Call, IdPath, Method, Rate, Route
from platform_api.kernel.errors import Conflict, NotFound, Refused, TooMany
from platform_api.kernel.ids import CommentId

SESSION = "session"
WRITE_RATE = Rate(20, 60)
LIKE_RATE = Rate(60, 60)


async def list_comments(call: Call[IdPath, ThreadQuery, None]) -> ThreadPage:
    subject, page = await call.services.get(Comments).threads(
        call.asker,
        SESSION,
        call.path.id,
        order=call.query.order,
        after=None if call.query.after is None else CommentId(call.query.after),
        limit=call.query.limit,
    )
    items = [
        Thread.model_validate(
            {**_fields(root, subject, call.asker), "replies": [_item(r, subject, call.asker) for r in below]}
        )
        for root, below in page.threads
    ]
    return ThreadPage(items=items, next_cursor=page.next_after, total=page.total)


async def post_comment(call: Call[IdPath, None, NewComment]) -> CommentItem:
    draft = Draft(
        body=call.body.body,
        parent=None if call.body.parent is None else CommentId(call.body.parent),
        media_time_ms=call.body.media_time_ms,
    )
    subject, comment = await call.services.get(Comments).post(call.asker, SESSION, call.path.id, draft)
    return _item(comment, subject, call.asker)


async def like_comment(call: Call[IdPath, None, None]) -> Likes:
    count = await call.services.get(Comments).like(call.asker, CommentId(call.path.id), liked=True)
    return Likes(likes=count, liked=True)


async def unlike_comment(call: Call[IdPath, None, None]) -> Likes:
    count = await call.services.get(Comments).like(call.asker, CommentId(call.path.id), liked=False)
    return Likes(likes=count, liked=False)


async def hide_comment(call: Call[IdPath, None, None]) -> None:
    await call.services.get(Comments).hide(call.asker, CommentId(call.path.id))


def _fields(comment: Comment, subject: Subject, asker: Asker) -> dict[str, object]:
    return comment_fields(
        comment,
        may_hide=may_hide(comment, subject, asker.subject),
        may_moderate=subject.may_moderate,
    )


def _item(comment: Comment, subject: Subject, asker: Asker) -> CommentItem:
    return CommentItem.model_validate(_fields(comment, subject, asker))


ROUTES = (
    Route(
        Method.GET,
        "/sessions/{id}/comments",
        list_comments,
        permission=GUEST_OR_USER,
        summary="Threads of comments on a session",
        errors=(NotFound,),
    ),
    Route(
        Method.POST,
        "/sessions/{id}/comments",
        post_comment,
        permission=GUEST_OR_USER,
        summary="Comments on a session, or replies",
        errors=(NotFound, Refused, Conflict, TooMany),
        status=201,
        rate=WRITE_RATE,
    ),
    Route(
        Method.POST,
        "/comments/{id}/like",
        like_comment,
        permission=GUEST_OR_USER,
        summary="Likes a comment",
        errors=(NotFound, Refused),
        rate=LIKE_RATE,
    ),
    Route(
        Method.DELETE,
        "/comments/{id}/like",
        unlike_comment,
        permission=GUEST_OR_USER,
        summary="Takes the like back",
        errors=(NotFound, Refused),
        rate=LIKE_RATE,
    ),
    Route(
        Method.POST,
        "/comments/{id}/hide",
        hide_comment,
        permission=GUEST_OR_USER,
        summary="Hides a comment: one's own, or any as a moderator",
        errors=(NotFound, Refused),
    ),
)
