"""What a person can do with comments: read, write, reply, like, hide."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from platform_api.comments import store
from platform_api.comments.model import Comment, Order, Subject, ThreadList
from platform_api.comments.rules import check_may_comment, clean_body, may_hide, path_below
from platform_api.db import Database, Transaction
from platform_api.http import Asker
from platform_api.kernel.bus import Bus
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound, Refused
from platform_api.kernel.events import CommentHidden, CommentPosted, LikesCounted
from platform_api.kernel.ids import CommentId, SessionId, new_id

SubjectReader = Callable[[Transaction, Asker, str], Awaitable[Subject]]
"""Describes what is commented on to this asker; raises NotFound for one who may not see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody wants to say."""

    body: str
    parent: CommentId | None = None
    media_time_ms: int | None = None


class Comments:
    """Comments on the subjects that domains have registered."""

    def __init__(self, *, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._readers: dict[str, SubjectReader] = {}

    def register(self, kind: str, reader: SubjectReader) -> None:
        """Makes things of this kind open to comments."""
        self._readers[kind] = reader

    async def threads(
        self, asker: Asker, kind: str, subject: str, *, order: Order, after: CommentId | None, limit: int
    ) -> tuple[Subject, ThreadList]:
        """A page of threads of something the asker may see."""
        async with self._database.transaction(asker.actor()) as transaction:
            described = await self._readers[kind](transaction, asker, subject)
            found = await store.roots(transaction, kind, subject, order=order, after=after, limit=limit)
            shown = found[:limit]
            below = await store.replies(transaction, subject, shown)
            total = (await store.counts(transaction, kind, [subject])).get(subject, 0)
        threads = [(root, [reply for reply in below if reply.path.startswith(root.path)]) for root in shown]
        next_after = shown[-1].id if len(found) > limit else None
        return described, ThreadList(threads=threads, next_after=next_after, total=total)

    async def post(self, asker: Asker, kind: str, subject: str, draft: Draft) -> tuple[Subject, Comment]:
        """Stores a comment or a reply and tells the room."""
        body = clean_body(draft.body)
        async with self._database.transaction(asker.actor()) as transaction:
            described = await self._readers[kind](transaction, asker, subject)
            check_may_comment(described)
            comment = await self._compose(transaction, asker, described, draft, body)
            await store.add(transaction, comment)
            transaction.after_commit(partial(self._tell_posted, described, comment))
        return described, comment

    async def like(self, asker: Asker, comment: CommentId, *, liked: bool) -> int:
        """The number of likes after the asker gave or took back theirs."""
        async with self._database.transaction(asker.actor()) as transaction:
            found, described = await self._find(transaction, asker, comment)
            check_may_comment(described)
            if liked:
                count = await store.add_like(transaction, found.id, asker.subject, self._clock.now())
            else:
                count = await store.remove_like(transaction, found.id, asker.subject)
            transaction.after_commit(partial(self._tell_likes, described, found.id, count))
        return count

    async def hide(self, asker: Asker, comment: CommentId) -> None:
        """Takes a comment's words away from all; the thread below stays."""
        async with self._database.transaction(asker.actor()) as transaction:
            found, described = await self._find(transaction, asker, comment)
            if not may_hide(found, described, asker.subject):
                raise Refused
            if await store.hide(transaction, found.id, asker.subject, self._clock.now()):
                transaction.after_commit(partial(self._tell_hidden, described, found.id))

    async def counts(self, transaction: Transaction, kind: str, subjects: Sequence[str]) -> dict[str, int]:
        """How many comments each subject has, for lists."""
        return await store.counts(transaction, kind, subjects)

    async def _find(
        self, transaction: Transaction, asker: Asker, comment: CommentId
    ) -> tuple[Comment, Subject]:
        found = await store.get(transaction, comment)
        if found is None:
            raise NotFound
        return found, await self._readers[found.subject_kind](transaction, asker, found.subject_id)

    async def _compose(
        self, transaction: Transaction, asker: Asker, subject: Subject, draft: Draft, body: str
    ) -> Comment:
        parent = None
        if draft.parent is not None:
            parent = await store.get(transaction, draft.parent)
            if parent is None or parent.subject_id != subject.id:
                raise NotFound("comment.parent_unknown")
        comment = CommentId(new_id())
        path = path_below(parent, comment)
        above = path.strip("/").split("/")[:-1]
        return Comment(
            id=comment,
            subject_kind=subject.kind,
            subject_id=subject.id,
            organisation=subject.organisation,
            parent=CommentId(above[-1]) if above else None,
            path=path,
            author_subject=asker.subject,
            author_name=asker.name,
            body=body,
            media_time_ms=draft.media_time_ms,
            posted_at=self._clock.now(),
        )

    async def _tell_posted(self, subject: Subject, comment: Comment) -> None:
        if subject.room is not None:
            await self._bus.publish(
                CommentPosted(
                    at=comment.posted_at,
                    session=SessionId(subject.id),
                    room=subject.room,
                    comment=comment.id,
                    parent=comment.parent,
                    author_name=comment.author_name,
                    author_subject=comment.author_subject,
                    body=comment.body,
                    media_time_ms=comment.media_time_ms,
                )
            )

    async def _tell_likes(self, subject: Subject, comment: CommentId, count: int) -> None:
        if subject.room is not None:
            await self._bus.publish(
                LikesCounted(at=self._clock.now(), room=subject.room, comment=comment, count=count)
            )

    async def _tell_hidden(self, subject: Subject, comment: CommentId) -> None:
        if subject.room is not None:
            await self._bus.publish(CommentHidden(at=self._clock.now(), room=subject.room, comment=comment))
