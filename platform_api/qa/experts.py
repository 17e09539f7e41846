"""Experts who are asked to answer, wherever they are."""

from collections.abc import Sequence

from platform_api.db import Transaction, acting_as
from platform_api.http import Asker
from platform_api.inbox import Inbox, Item, to_user
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import AppError
from platform_api.kernel.ids import UserId
from platform_api.qa import people_store
from platform_api.qa.access import HOUSE
from platform_api.qa.model import MAX_EXPERTS, SUBJECT, Question


class Experts:
    """Who is asked to answer which question."""

    def __init__(self, clock: Clock, inbox: Inbox) -> None:
        self._clock = clock
        self._inbox = inbox

    async def invite(
        self, transaction: Transaction, asker: Asker, question: Question, experts: Sequence[UserId]
    ) -> None:
        """Asks those who were not asked yet, and tells them."""
        present = await people_store.experts_of(transaction, question.id)
        if len({each.user for each in present} | set(experts)) > MAX_EXPERTS:
            raise AppError("qa.too_many_experts", status_hint=422, params={"limit": MAX_EXPERTS})
        async with acting_as(transaction, HOUSE.subject):
            known = await people_store.people(transaction, experts)
        for user, (expert, _) in known.items():
            added = await people_store.add_expert(
                transaction, question, expert, by=UserId(asker.subject), at=self._clock.now()
            )
            if added and user != asker.subject:
                await self._inbox.put(
                    transaction,
                    Item(
                        kind="qa.invited",
                        subject_type=SUBJECT,
                        subject=question.id,
                        receiver=to_user(user),
                        title="qa.inbox.invited",
                        params={"name": asker.name, "title": question.words.title},
                        link=f"/app/qa/{question.id}",
                        due=question.period.closes_at if question.period else None,
                    ),
                )
