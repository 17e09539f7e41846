"""Questions as what may be forwarded to those who see them."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from platform_api.audit import Tag
from platform_api.db import Transaction, acting_as
from platform_api.forwarding import ForwardGroup, Thing
from platform_api.http import Asker
from platform_api.kernel.clock import Clock
from platform_api.kernel.ids import OrganisationId, UserId
from platform_api.qa import people_store
from platform_api.qa.access import HOUSE, access_question, audience
from platform_api.qa.model import SUBJECT, Question, QuestionId, QuestionVisibility
from platform_api.qa.rules import HOST, MODERATE, VIEW
from platform_api.teaching import session_reaches

PERMISSIONS: Final = {ForwardGroup.ALL: VIEW, ForwardGroup.EXPERTS: HOST, ForwardGroup.MODERATORS: MODERATE}


class Forwarded:
    """What forwarding asks of questions."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def describe(self, transaction: Transaction, asker: Asker, question: str) -> Thing:
        """A question as something to forward; raises NotFound."""
        found = await access_question(transaction, asker, QuestionId(question), self._clock.now())
        return Thing(
            kind=SUBJECT,
            id=found.id,
            word="qa",
            tag=Tag.QUESTION_FORWARDED,
            organisation=found.organisation,
            title=found.words.title,
            link=f"/app/qa/{found.id}",
            audience=partial(_audience, found),
            seen_at=partial(_is_seen_at, found),
            permissions=PERMISSIONS,
        )


async def _audience(question: Question, transaction: Transaction, users: Sequence[UserId]) -> set[UserId]:
    async with acting_as(transaction, HOUSE.subject):
        return await audience(transaction, question, users)


async def _is_seen_at(
    question: Question, transaction: Transaction, organisation: OrganisationId, group: ForwardGroup
) -> bool:
    match question.visibility:
        case QuestionVisibility.EVERYONE:
            return True
        case QuestionVisibility.SCOPE:
            async with acting_as(transaction, HOUSE.subject):
                return question.seen_from in await people_store.above(transaction, organisation)
        case QuestionVisibility.SESSION if question.moment is not None:
            moderators = group is ForwardGroup.MODERATORS
            return await session_reaches(
                transaction, question.moment.session, organisation, moderators=moderators
            )
        case _:
            return organisation == question.organisation
