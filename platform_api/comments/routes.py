"""Comments over HTTP: those of sessions, and what is done with any comment."""

from collections.abc import Mapping

from platform_api.comments.forwarding import COMMENT
from platform_api.comments.model import Comment, Subject
from platform_api.comments.people import People
from platform_api.comments.schemas import (
    CommentItem,
    HideComment,
    Likes,
    NewComment,
    PeopleQuery,
    PersonItem,
    PersonList,
    ReplyPage,
    ReplyQuery,
    Thread,
    ThreadPage,
    ThreadQuery,
    comment_fields,
)
from platform_api.comments.service import Comments, Draft
from platform_api.files import StoredFile
from platform_api.forwarding import DECLARED as FORWARDED
from platform_api.forwarding import ForwardDraft, forwarded
from platform_api.http import GUEST_OR_USER, SIGNED_IN, Asker, Call, IdPath, Method, Rate, Route
from platform_api.kernel.errors import Conflict, NotFound, Refused, TooMany
from platform_api.kernel.ids import CommentId, FileId, UserId

SESSION = "session"
WRITE_RATE = Rate(20, 60)
LIKE_RATE = Rate(60, 60)
PEOPLE_RATE = Rate(60, 60)


async def list_comments(call: Call[IdPath, ThreadQuery, None]) -> ThreadPage:
    return await thread_page(call, SESSION)


async def post_comment(call: Call[IdPath, None, NewComment]) -> CommentItem:
    return await posted(call, SESSION)


async def thread_page(
    call: Call[IdPath, ThreadQuery, None], kind: str, *, asker: Asker | None = None
) -> ThreadPage:
    """The threads of a subject, for the route that its domain declares."""
    reader = asker or call.asker
    subject, page = await call.services.get(Comments).threads(
        reader,
        kind,
        call.path.id,
        order=call.query.order,
        after=None if call.query.after is None else CommentId(call.query.after),
        limit=call.query.limit,
    )
    items = [
        Thread.model_validate(
            {
                **comment_fields(root, subject, reader.subject, page.files),
                "replies": [_item(each, subject, reader, page.files) for each in below],
            }
        )
        for root, below in page.threads
    ]
    return ThreadPage(items=items, next_cursor=page.next_after, total=page.total)


async def posted(call: Call[IdPath, None, NewComment], kind: str) -> CommentItem:
    """A new comment on a subject, for the route that its domain declares."""
    draft = Draft(
        body=call.body.body,
        parent=None if call.body.parent is None else CommentId(call.body.parent),
        media_time_ms=call.body.media_time_ms,
        files=[FileId(file) for file in call.body.files],
        mentions=[UserId(user) for user in call.body.mentions],
    )
    subject, comment, files = await call.services.get(Comments).post(call.asker, kind, call.path.id, draft)
    return _item(comment, subject, call.asker, files)


async def show_comment(call: Call[IdPath, None, None]) -> CommentItem:
    subject, comment, files = await call.services.get(Comments).one(call.asker, CommentId(call.path.id))
    return _item(comment, subject, call.asker, files)


async def list_replies(call: Call[IdPath, ReplyQuery, None]) -> ReplyPage:
    limit = call.query.limit
    after = None if call.query.after is None else CommentId(call.query.after)
    subject, below, files = await call.services.get(Comments).replies(
        call.asker, CommentId(call.path.id), after=after, limit=limit
    )
    items = [_item(each, subject, call.asker, files) for each in below[:limit]]
    return ReplyPage(items=items, next_cursor=items[-1].id if len(below) > limit else None)


async def like_comment(call: Call[IdPath, None, None]) -> Likes:
    count = await call.services.get(Comments).like(call.asker, CommentId(call.path.id), liked=True)
    return Likes(likes=count, liked=True)


async def unlike_comment(call: Call[IdPath, None, None]) -> Likes:
    count = await call.services.get(Comments).like(call.asker, CommentId(call.path.id), liked=False)
    return Likes(likes=count, liked=False)


async def hide_comment(call: Call[IdPath, None, HideComment]) -> None:
    await call.services.get(Comments).hide(
        call.asker, CommentId(call.path.id), call.body.reason, address=call.caller.address
    )


async def restore_comment(call: Call[IdPath, None, None]) -> None:
    await call.services.get(Comments).restore(
        call.asker, CommentId(call.path.id), address=call.caller.address
    )


async def withdraw_comment(call: Call[IdPath, None, None]) -> None:
    await call.services.get(Comments).withdraw(
        call.asker, CommentId(call.path.id), address=call.caller.address
    )


async def forward_comment(call: Call[IdPath, None, ForwardDraft]) -> None:
    await forwarded(call, COMMENT)


async def find_people(call: Call[None, PeopleQuery, None]) -> PersonList:
    people, query = call.services.get(People), call.query
    found = await (people.find_below if query.below else people.find)(call.asker, query.text)
    return PersonList(
        items=[
            PersonItem(
                id=each.user,
                name=each.name,
                title=each.title,
                organisation=each.organisation,
                organisation_name=each.organisation_name,
            )
            for each in found
        ]
    )


def _item(
    comment: Comment, subject: Subject, asker: Asker, files: Mapping[FileId, StoredFile]
) -> CommentItem:
    return CommentItem.model_validate(comment_fields(comment, subject, asker.subject, files))


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
        Method.GET,
        "/comments/{id}",
        show_comment,
        permission=GUEST_OR_USER,
        summary="One comment",
        errors=(NotFound,),
    ),
    Route(
        Method.GET,
        "/comments/{id}/replies",
        list_replies,
        permission=GUEST_OR_USER,
        summary="Replies below a comment in reading order",
        errors=(NotFound,),
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
        summary="Hides a comment as a moderator, with the reason",
        errors=(NotFound, Refused),
        rate=LIKE_RATE,
    ),
    Route(
        Method.POST,
        "/comments/{id}/restore",
        restore_comment,
        permission=GUEST_OR_USER,
        summary="Shows a hidden comment again, as a moderator",
        errors=(NotFound, Refused),
        rate=LIKE_RATE,
    ),
    Route(
        Method.POST,
        "/comments/{id}/withdraw",
        withdraw_comment,
        permission=GUEST_OR_USER,
        summary="Takes one's own comment back",
        errors=(NotFound, Refused),
        rate=LIKE_RATE,
    ),
    Route(
        Method.POST,
        "/comments/{id}/forward",
        forward_comment,
        permission=SIGNED_IN,
        summary="Forwards a comment to a person or to a group",
        **FORWARDED,
    ),
    Route(
        Method.GET,
        "/people",
        find_people,
        permission=SIGNED_IN,
        summary="Finds colleagues of one's own network by name",
        rate=PEOPLE_RATE,
    ),
)
