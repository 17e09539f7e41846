"""What a person can do with comments: read, write, reply, like, hide, show again, take back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.comments import store
from platform_api.comments.model import Change, Comment, HideReason, Mention, Order, Subject, ThreadList
from platform_api.comments.people import HOUSE
from platform_api.comments.rules import (
    check_may_comment,
    clean_body,
    may_hide,
    may_restore,
    may_withdraw,
    path_below,
)
from platform_api.db import Database, Transaction, acting_as
from platform_api.files import Files, StoredFile
from platform_api.http import Asker
from platform_api.inbox import Inbox, Item, Nature, to_user
from platform_api.kernel.bus import Bus
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound, Refused
from platform_api.kernel.events import CommentHidden, CommentPosted, LikesCounted
from platform_api.kernel.ids import CommentId, FileId, SessionId, UserId, new_id

SubjectReader = Callable[[Transaction, Asker, str], Awaitable[Subject]]
"""Describes what is commented on to this asker; raises NotFound for one who may not see it."""
Audience = Callable[[Transaction, Subject, Sequence[UserId]], Awaitable[set[UserId]]]
"""Which of these users may see the subject: only they are told that they were named."""
Hearer = Callable[[Transaction, Asker, Subject, Comment, Change], Awaitable[None]]
"""Hears of a comment that was written, hidden, shown again or taken back, within its transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody wants to say."""

    body: str = ""
    parent: CommentId | None = None
    media_time_ms: int | None = None
    files: Sequence[FileId] = ()
    mentions: Sequence[UserId] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Commentable:
    """A kind of thing that may be commented on, as its domain registered it."""

    read: SubjectReader
    audience: Audience | None = None
    changed: Hearer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the service works with."""

    database: Database
    bus: Bus
    clock: Clock
    trail: AuditTrail
    files: Files
    inbox: Inbox


class Comments:
    """Comments on the subjects that domains have registered."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._database = means.database
        self._clock = means.clock
        self._kinds: dict[str, Commentable] = {}

    def register(
        self,
        kind: str,
        reader: SubjectReader,
        *,
        audience: Audience | None = None,
        changed: Hearer | None = None,
    ) -> None:
        """Makes things of this kind open to comments."""
        self._kinds[kind] = Commentable(read=reader, audience=audience, changed=changed)

    # Reading

    async def threads(
        self, asker: Asker, kind: str, subject: str, *, order: Order, after: CommentId | None, limit: int
    ) -> tuple[Subject, ThreadList]:
        """A page of threads of something the asker may see."""
        async with self._database.transaction(asker.actor()) as transaction:
            described = await self._kinds[kind].read(transaction, asker, subject)
            found = await store.roots(transaction, kind, subject, order=order, after=after, limit=limit)
            shown = found[:limit]
            below = await store.replies(transaction, subject, shown)
            total = (await store.counts(transaction, kind, [subject])).get(subject, 0)
            files = await self._files(transaction, [*shown, *below])
        threads = [(root, [reply for reply in below if reply.path.startswith(root.path)]) for root in shown]
        next_after = shown[-1].id if len(found) > limit else None
        return described, ThreadList(threads=threads, next_after=next_after, total=total, files=files)

    async def replies(
        self, asker: Asker, comment: CommentId, *, after: CommentId | None, limit: int
    ) -> tuple[Subject, list[Comment], dict[FileId, StoredFile]]:
        """Replies below a comment in reading order, one more than asked; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            described, found = await self.find(transaction, asker, comment)
            below = await store.replies_after(transaction, found, after, limit)
            return described, below, await self._files(transaction, below)

    async def one(
        self, asker: Asker, comment: CommentId
    ) -> tuple[Subject, Comment, dict[FileId, StoredFile]]:
        """One comment of something the asker may see; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            described, found = await self.find(transaction, asker, comment)
            return described, found, await self._files(transaction, [found])

    async def find(
        self, transaction: Transaction, asker: Asker, comment: CommentId
    ) -> tuple[Subject, Comment]:
        """One comment and what it stands on, within a transaction; raises NotFound."""
        found = await store.get(transaction, comment)
        if found is None:
            raise NotFound
        return await self._kinds[found.subject_kind].read(transaction, asker, found.subject_id), found

    async def counts(self, transaction: Transaction, kind: str, subjects: Sequence[str]) -> dict[str, int]:
        """How many comments each subject has, for lists."""
        return await store.counts(transaction, kind, subjects)

    # Writing

    async def post(
        self, asker: Asker, kind: str, subject: str, draft: Draft
    ) -> tuple[Subject, Comment, dict[FileId, StoredFile]]:
        """Stores a comment or a reply, tells the room, and those who are named in it."""
        body = clean_body(draft.body, has_files=bool(draft.files))
        async with self._database.transaction(asker.actor()) as transaction:
            registered = self._kinds[kind]
            described = await registered.read(transaction, asker, subject)
            check_may_comment(described)
            comment = await self._compose(transaction, asker, described, draft, body)
            files = {
                file: await self._means.files.attach(transaction, asker, file, kind, subject)
                for file in comment.files
            }
            await store.add(transaction, comment)
            await self._tell_named(transaction, asker, described, comment)
            await self._hear(transaction, asker, described, comment, Change.WRITTEN)
            transaction.after_commit(partial(self._tell_posted, described, comment))
        return described, comment, files

    async def like(self, asker: Asker, comment: CommentId, *, liked: bool) -> int:
        """The number of likes after the asker gave or took back theirs."""
        async with self._database.transaction(asker.actor()) as transaction:
            described, found = await self.find(transaction, asker, comment)
            check_may_comment(described)
            if liked:
                count = await store.add_like(transaction, found.id, asker.subject, self._clock.now())
            else:
                count = await store.remove_like(transaction, found.id, asker.subject)
            transaction.after_commit(partial(self._tell_likes, described, found.id, count))
        return count

    async def hide(self, asker: Asker, comment: CommentId, reason: HideReason, *, address: str) -> None:
        """A moderator takes a comment's words away from all; the thread below stays."""
        async with self._database.transaction(asker.actor()) as transaction:
            described, found = await self.find(transaction, asker, comment)
            if not described.may_moderate:
                raise Refused
            if may_hide(found, described, asker.subject):
                await store.hide(transaction, found.id, asker.subject, reason, self._clock.now())
                self._note(transaction, Tag.COMMENT_HIDDEN, asker, address, found, reason=reason.value)
                await self._hear(transaction, asker, described, found, Change.HIDDEN)
                transaction.after_commit(partial(self._tell_hidden, described, found.id))

    async def restore(self, asker: Asker, comment: CommentId, *, address: str) -> None:
        """A moderator shows a hidden comment again."""
        async with self._database.transaction(asker.actor()) as transaction:
            described, found = await self.find(transaction, asker, comment)
            if not described.may_moderate:
                raise Refused
            if may_restore(found, described) and await store.restore(transaction, found.id):
                self._note(transaction, Tag.COMMENT_RESTORED, asker, address, found)
                await self._hear(transaction, asker, described, found, Change.RESTORED)

    async def withdraw(self, asker: Asker, comment: CommentId, *, address: str) -> None:
        """The author takes a comment back, for good."""
        async with self._database.transaction(asker.actor()) as transaction:
            described, found = await self.find(transaction, asker, comment)
            if found.author_subject != asker.subject:
                raise Refused
            if may_withdraw(found, asker.subject):
                await store.withdraw(transaction, found.id, self._clock.now())
                self._note(transaction, Tag.COMMENT_WITHDRAWN, asker, address, found)
                await self._hear(transaction, asker, described, found, Change.WITHDRAWN)
                transaction.after_commit(partial(self._tell_hidden, described, found.id))

    async def _files(self, transaction: Transaction, comments: Sequence[Comment]) -> dict[FileId, StoredFile]:
        wanted = [file for comment in comments for file in comment.files]
        return await self._means.files.describe(transaction, wanted) if wanted else {}

    async def _compose(
        self, transaction: Transaction, asker: Asker, subject: Subject, draft: Draft, body: str
    ) -> Comment:
        parent = None
        if draft.parent is not None:
            parent = await store.get(transaction, draft.parent)
            if parent is None or parent.subject_id != subject.id:
                raise NotFound("comment.parent_unknown")
        comment = CommentId(new_id())
        named = await self._named(transaction, draft.mentions) if draft.mentions else {}
        return Comment(
            id=comment,
            subject_kind=subject.kind,
            subject_id=subject.id,
            organisation=subject.organisation,
            parent=None if parent is None else parent.id,
            path=path_below(parent, comment),
            author_subject=asker.subject,
            author_name=asker.name,
            body=body,
            media_time_ms=draft.media_time_ms,
            posted_at=self._clock.now(),
            files=tuple(dict.fromkeys(draft.files)),
            mentions=tuple(Mention(user=user, name=name) for user, name in named.items()),
        )

    async def _named(self, transaction: Transaction, users: Sequence[UserId]) -> dict[UserId, str]:
        async with acting_as(transaction, HOUSE.subject):
            return await store.names_of(transaction, users)

    async def _tell_named(
        self, transaction: Transaction, asker: Asker, subject: Subject, comment: Comment
    ) -> None:
        """Puts into the inboxes of those who are named and may see it."""
        audience = self._kinds[subject.kind].audience
        named = [each.user for each in comment.mentions if each.user != asker.subject]
        if audience is None or not named:
            return
        for user in await audience(transaction, subject, named):
            await self._means.inbox.put(
                transaction,
                Item(
                    kind="comments.mentioned",
                    subject_type=subject.kind,
                    subject=subject.id,
                    receiver=to_user(user),
                    title="comments.inbox.mentioned",
                    params={"name": asker.name, "title": subject.title},
                    link=f"{subject.link}?comment={comment.id}",
                    nature=Nature.NOTICE,
                ),
            )

    async def _hear(
        self, transaction: Transaction, asker: Asker, subject: Subject, comment: Comment, change: Change
    ) -> None:
        changed = self._kinds[subject.kind].changed
        if changed is not None:
            await changed(transaction, asker, subject, comment, change)

    def _note(
        self,
        transaction: Transaction,
        tag: Tag,
        asker: Asker,
        address: str,
        comment: Comment,
        **details: str,
    ) -> None:
        self._means.trail.note(
            transaction,
            Entry(
                tag=tag,
                who=Who.of(asker, address),
                target_kind="comment",
                target=comment.id,
                details={"subject": comment.subject_id, **details},
            ),
        )

    async def _tell_posted(self, subject: Subject, comment: Comment) -> None:
        if subject.room is not None:
            await self._means.bus.publish(
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
                    files=len(comment.files),
                )
            )

    async def _tell_likes(self, subject: Subject, comment: CommentId, count: int) -> None:
        if subject.room is not None:
            await self._means.bus.publish(
                LikesCounted(at=self._clock.now(), room=subject.room, comment=comment, count=count)
            )

    async def _tell_hidden(self, subject: Subject, comment: CommentId) -> None:
        if subject.room is not None:
            await self._means.bus.publish(
                CommentHidden(at=self._clock.now(), room=subject.room, comment=comment)
            )
