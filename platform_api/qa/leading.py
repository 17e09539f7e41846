"""What those who lead a question do with it: close, choose, ask experts, end a discussion, hide."""

from collections.abc import Sequence

from platform_api.audit import AuditTrail, Tag
from platform_api.comments import Comment, Comments
from platform_api.comments.model import HideReason
from platform_api.db import Database, Transaction
from platform_api.http import Asker
from platform_api.inbox import Inbox, Item, Nature, to_user
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict
from platform_api.kernel.ids import CommentId, UserId
from platform_api.qa import people_store, store
from platform_api.qa.access import access_question, led_question
from platform_api.qa.experts import Experts
from platform_api.qa.model import SUBJECT, Question, QuestionId, QuestionState
from platform_api.qa.trail import note


class Leading:
    """Acts of the asker, the host and the moderators."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        inbox: Inbox,
        comments: Comments,
        experts: Experts,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._inbox = inbox
        self._comments = comments
        self._experts = experts

    async def move(self, asker: Asker, question: QuestionId, *, close: bool) -> Question:
        """Takes no more answers, or takes them again."""
        async with self._database.transaction(asker.actor()) as transaction:
            await store.lock_state(transaction, question)
            await self._led(transaction, asker, question, "close" if close else "reopen")
            await store.set_state(
                transaction, question, QuestionState.CLOSED if close else QuestionState.OPEN
            )
            await store.count(transaction, question, self._clock.now())
            if close:
                await self._inbox.done(transaction, "qa.invited", (SUBJECT, question), by=asker.subject)
            return await access_question(transaction, asker, question, self._clock.now())

    async def choose_best(self, asker: Asker, question: QuestionId, comment: CommentId | None) -> Question:
        """The answer that helped most, or none; its author is told."""
        chosen = None if comment is None else await self._answer(asker, question, comment)
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._led(transaction, asker, question, "choose_best")
            await store.set_best(transaction, question, comment)
            if chosen is not None:
                await self._tell_best(transaction, asker, found, chosen)
            return await access_question(transaction, asker, question, self._clock.now())

    async def invite(self, asker: Asker, question: QuestionId, experts: Sequence[UserId]) -> None:
        """Asks experts to answer, wherever they are."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._led(transaction, asker, question, "invite")
            await self._experts.invite(transaction, asker, found, experts)

    async def conclude(self, asker: Asker, question: QuestionId) -> None:
        """Ends a discussion: it takes no more words, and its summary can be written."""
        async with self._database.transaction(asker.actor()) as transaction:
            await self._led(transaction, asker, question, "conclude")
            await store.conclude(transaction, question, self._clock.now())
            await self._inbox.done(transaction, "qa.invited", (SUBJECT, question), by=asker.subject)

    async def hide(self, asker: Asker, question: QuestionId, reason: HideReason, *, address: str) -> None:
        """A moderator hides a question from all but moderators."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._led(transaction, asker, question, "moderate")
            await store.set_hidden(transaction, question, asker.subject, reason.value, self._clock.now())
            note(self._trail, transaction, Tag.QUESTION_HIDDEN, asker, address, found, reason=reason.value)

    async def restore(self, asker: Asker, question: QuestionId, *, address: str) -> None:
        """A moderator shows a hidden question again."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._led(transaction, asker, question, "moderate")
            await store.set_hidden(transaction, question, None, None, None)
            note(self._trail, transaction, Tag.QUESTION_RESTORED, asker, address, found)

    # Inside

    async def _led(self, transaction: Transaction, asker: Asker, question: QuestionId, act: str) -> Question:
        return await led_question(transaction, asker, question, act, self._clock.now())

    async def _answer(self, asker: Asker, question: QuestionId, comment: CommentId) -> Comment:
        """An answer to this question that can be read; raises NotFound or Conflict."""
        subject, answer, _ = await self._comments.one(asker, comment)
        if subject.id != question or answer.parent is not None or answer.hidden or answer.withdrawn:
            raise Conflict("qa.not_an_answer")
        return answer

    async def _tell_best(
        self, transaction: Transaction, asker: Asker, question: Question, answer: Comment
    ) -> None:
        author = UserId(answer.author_subject)
        follows = await people_store.followers(transaction, question.id, 10_000)
        if author != asker.subject and author in follows:
            await self._inbox.put(
                transaction,
                Item(
                    kind="qa.best",
                    subject_type=SUBJECT,
                    subject=question.id,
                    receiver=to_user(author),
                    title="qa.inbox.best",
                    params={"title": question.words.title},
                    link=f"/app/qa/{question.id}?comment={answer.id}",
                    nature=Nature.NOTICE,
                ),
            )
