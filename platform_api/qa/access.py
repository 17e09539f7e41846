"""The one door to questions: every read names its asker (AZ-02)."""

from collections.abc import Sequence
from datetime import datetime

from platform_api.comments import Change, Comment, Subject
from platform_api.db import Actor, Transaction, acting_as
from platform_api.http import Asker
from platform_api.inbox import Inbox, Item, Nature, to_user
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound, Refused
from platform_api.kernel.ids import UserId
from platform_api.qa import people_store, store
from platform_api.qa.model import MAX_TOLD, SUBJECT, Question, QuestionId, QuestionVisibility
from platform_api.qa.rules import may, may_see
from platform_api.teaching import session_audience

HOUSE = Actor(subject="system:qa")


async def access_question(
    transaction: Transaction, asker: Asker, question: QuestionId, at: datetime
) -> Question:
    """The question; raises NotFound for a missing one and for one that the asker may not see, alike."""
    found = await store.get(transaction, question, at)
    if found is None or not may_see(found, asker):
        raise NotFound
    return found


def check(allowed: bool) -> None:
    """Refuses one who sees the question and may not do this with it."""
    if not allowed:
        raise Refused


async def led_question(
    transaction: Transaction, asker: Asker, question: QuestionId, act: str, at: datetime
) -> Question:
    """The question for one who may do this with it; raises NotFound or Refused."""
    found = await access_question(transaction, asker, question, at)
    check(getattr(may(found, asker, at), act))
    return found


class Answers:
    """What comments ask of questions: who reads, writes, is told, and what an answer changes."""

    def __init__(self, clock: Clock, inbox: Inbox) -> None:
        self._clock = clock
        self._inbox = inbox

    async def describe(self, transaction: Transaction, asker: Asker, question: str) -> Subject:
        """A question as something to answer; raises NotFound."""
        found = await access_question(transaction, asker, QuestionId(question), self._clock.now())
        allowed = may(found, asker, self._clock.now())
        return Subject(
            kind=SUBJECT,
            id=found.id,
            organisation=found.organisation,
            room=None,
            may_comment=allowed.answer,
            may_moderate=allowed.moderate,
            title=found.words.title,
            link=f"/app/qa/{found.id}",
        )

    async def may_read_beside(self, transaction: Transaction, asker: Asker, question: str) -> bool:
        """Whether the asker may read what lies beside a question: whoever may see the question."""
        found = await store.get(transaction, QuestionId(question), self._clock.now())
        return found is not None and may_see(found, asker)

    async def audience(
        self, transaction: Transaction, subject: Subject, users: Sequence[UserId]
    ) -> set[UserId]:
        """Which of these users may see the question."""
        async with acting_as(transaction, HOUSE.subject):
            found = await store.get(transaction, QuestionId(subject.id), self._clock.now())
            return set() if found is None else await audience(transaction, found, users)

    async def changed(
        self, transaction: Transaction, asker: Asker, subject: Subject, comment: Comment, change: Change
    ) -> None:
        """Counts anew; a new answer is told to those who follow, and its author follows from now on."""
        question = QuestionId(subject.id)
        written = change is Change.WRITTEN
        if written and not asker.is_guest:
            await people_store.set_follow(
                transaction, question, UserId(asker.subject), comment.posted_at, on=True
            )
        await store.count(transaction, question, self._clock.now())
        if written:
            await self._tell_followers(transaction, asker, subject, comment)

    async def _tell_followers(
        self, transaction: Transaction, asker: Asker, subject: Subject, comment: Comment
    ) -> None:
        question = QuestionId(subject.id)
        for user in await people_store.followers(transaction, question, MAX_TOLD):
            if user != asker.subject:
                await self._inbox.put(
                    transaction,
                    Item(
                        kind="qa.answered",
                        subject_type=SUBJECT,
                        subject=question,
                        receiver=to_user(user),
                        title="qa.inbox.answered",
                        params={"title": subject.title},
                        link=f"{subject.link}?comment={comment.id}",
                        nature=Nature.NOTICE,
                    ),
                )
        if not asker.is_guest:
            await self._inbox.done(
                transaction,
                "qa.invited",
                (SUBJECT, question),
                by=asker.subject,
                user=UserId(asker.subject),
            )


async def audience(transaction: Transaction, question: Question, users: Sequence[UserId]) -> set[UserId]:
    """Which of these users may see the question by its visibility or because they were asked."""
    known = await people_store.people(transaction, users)
    invited = await people_store.experts_among(transaction, question.id, users)
    seen = {user for user in known if user == question.asker or user in invited}
    for user, (_, organisation) in known.items():
        match question.visibility:
            case QuestionVisibility.EVERYONE:
                seen.add(user)
            case QuestionVisibility.ORGANISATION:
                if organisation == question.organisation:
                    seen.add(user)
            case QuestionVisibility.SCOPE:
                if question.seen_from in await people_store.above(transaction, organisation):
                    seen.add(user)
            case QuestionVisibility.SESSION:
                pass
    if question.visibility is QuestionVisibility.SESSION and question.moment is not None:
        seen |= await session_audience(transaction, question.moment.session, list(known))
    return seen
