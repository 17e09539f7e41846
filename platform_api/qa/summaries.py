"""What came out of a discussion: written by its host, reviewed by the organisation, published when locked."""

from dataclasses import asdict

from platform_api.db import Database, Transaction
from platform_api.http import Asker
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict, NotFound
from platform_api.kernel.identity_text import holds_identity
from platform_api.kernel.ids import UserId
from platform_api.qa import store, summary_store
from platform_api.qa.access import access_question, led_question
from platform_api.qa.errors import IdentityInText
from platform_api.qa.model import SUMMARY_KIND, QuestionId, SummaryTexts
from platform_api.qa.rules import may
from platform_api.review import OPEN, Kind, ReviewAct, Reviews, Subject


class Summaries:
    """Summaries, and what reviews ask of them."""

    def __init__(self, *, database: Database, clock: Clock, reviews: Reviews) -> None:
        self._database = database
        self._clock = clock
        self._reviews = reviews
        reviews.register(Kind(name=SUMMARY_KIND, read=self._describe, heard=self._heard))

    async def write(self, asker: Asker, question: QuestionId, texts: SummaryTexts) -> None:
        """The texts anew, by who leads the discussion; raises Conflict under review or locked.

        What was published stands no longer for all until it is approved again.
        """
        field = next((name for name, text in asdict(texts).items() if holds_identity(text)), None)
        if field is not None:
            raise IdentityInText(field)
        async with self._database.transaction(asker.actor()) as transaction:
            found = await led_question(transaction, asker, question, "summarise", self._clock.now())
            await self._reviews.begin(transaction, SUMMARY_KIND, question, found.organisation)
            if await self._reviews.state(transaction, SUMMARY_KIND, question) not in OPEN:
                raise Conflict("review.frozen")
            await summary_store.write(
                transaction,
                found,
                texts,
                by=UserId(asker.subject),
                name=asker.name,
                at=self._clock.now(),
            )
            await store.set_published(transaction, question, None)

    async def _describe(self, transaction: Transaction, asker: Asker, question: str) -> Subject:
        found = await access_question(transaction, asker, QuestionId(question), self._clock.now())
        allowed = may(found, asker, self._clock.now())
        summary = await summary_store.get(transaction, found.id)
        if summary is None or not allowed.review:
            raise NotFound
        return Subject(
            kind=SUMMARY_KIND,
            id=found.id,
            organisation=found.organisation,
            title=found.words.title,
            link=f"/app/qa/{found.id}",
            content=asdict(summary.texts),
            may_submit=allowed.summarise,
        )

    async def _heard(self, transaction: Transaction, _asker: Asker, subject: Subject, act: ReviewAct) -> None:
        """Handed in, the discussion is over; locked, the summary is for all; unlocked, it is not."""
        question = QuestionId(subject.id)
        match act:
            case ReviewAct.SUBMIT:
                await store.conclude(transaction, question, self._clock.now())
            case ReviewAct.LOCK:
                await store.set_published(transaction, question, self._clock.now())
            case ReviewAct.UNLOCK:
                await store.set_published(transaction, question, None)
            case _:
                pass  # remarks and asking change nothing for readers
