"""Forwarding a question into the inboxes of those who may see it."""

from typing import Final

from platform_api.audit import AuditTrail, Tag
from platform_api.db import Database, Transaction, acting_as
from platform_api.http import Asker
from platform_api.inbox import Inbox, Item, Nature, to_holders, to_user
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict
from platform_api.kernel.ids import OrganisationId, UserId
from platform_api.qa import people_store
from platform_api.qa.access import HOUSE, access_question, audience
from platform_api.qa.model import SUBJECT, Question, QuestionId, QuestionVisibility
from platform_api.qa.rules import HOST, MODERATE, VIEW
from platform_api.qa.trail import note

GROUPS: Final = {"all": VIEW, "experts": HOST, "moderators": MODERATE}
"""To which holders of an organisation a question may be forwarded."""


class Forwarding:
    """To a person, or to a group of an organisation; for all others there are share links."""

    def __init__(self, *, database: Database, clock: Clock, trail: AuditTrail, inbox: Inbox) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._inbox = inbox

    async def to_user(self, asker: Asker, question: QuestionId, user: UserId, *, address: str) -> None:
        """Into the inbox of somebody who may see it; raises Conflict for one who may not."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await access_question(transaction, asker, question, self._clock.now())
            async with acting_as(transaction, HOUSE.subject):
                seen = await audience(transaction, found, [user])
            if user not in seen:
                raise Conflict("qa.cannot_see")
            await self._inbox.put(transaction, self._forwarded(asker, found, user=user))
            note(self._trail, transaction, Tag.QUESTION_FORWARDED, asker, address, found, to="user")

    async def to_group(
        self, asker: Asker, question: QuestionId, organisation: OrganisationId, group: str, *, address: str
    ) -> None:
        """Into the inboxes of all or some at an organisation that may see it."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await access_question(transaction, asker, question, self._clock.now())
            if not await self._is_seen_at(transaction, found, organisation):
                raise Conflict("qa.cannot_see")
            item = self._forwarded(asker, found, organisation=organisation, permission=GROUPS[group])
            await self._inbox.put(transaction, item)
            note(self._trail, transaction, Tag.QUESTION_FORWARDED, asker, address, found, to=group)

    # Inside

    async def _is_seen_at(
        self, transaction: Transaction, question: Question, organisation: OrganisationId
    ) -> bool:
        match question.visibility:
            case QuestionVisibility.EVERYONE:
                return True
            case QuestionVisibility.SCOPE:
                async with acting_as(transaction, HOUSE.subject):
                    return question.seen_from in await people_store.above(transaction, organisation)
            case _:
                return organisation == question.organisation

    def _forwarded(
        self,
        asker: Asker,
        question: Question,
        *,
        user: UserId | None = None,
        organisation: OrganisationId | None = None,
        permission: str | None = None,
    ) -> Item:
        receiver = to_user(user) if user else to_holders(permission or "", organisation or "")
        return Item(
            kind="qa.forwarded",
            subject_type=SUBJECT,
            subject=question.id,
            receiver=receiver,
            title="qa.inbox.forwarded",
            params={"name": asker.name, "title": question.words.title},
            link=f"/app/qa/{question.id}",
            nature=Nature.NOTICE,
        )
