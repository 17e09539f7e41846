"""Those who were invited to a question: experts and guests in one list, and the end of an invitation."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from platform_api.audit import AuditTrail, Tag
from platform_api.db import Database, Transaction, acting_as
from platform_api.http import Asker
from platform_api.identity import Invitation, Invitations
from platform_api.inbox import Inbox
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import InvitationId, SessionId, UserId
from platform_api.qa import invited_store, people_store
from platform_api.qa.access import HOUSE, access_question, audience, check
from platform_api.qa.model import (
    SUBJECT,
    Invited,
    InvitedExpert,
    InvitedKind,
    InvitedState,
    Question,
    QuestionId,
)
from platform_api.qa.rules import may_uninvite
from platform_api.qa.trail import note


class InvitedPeople:
    """What those who lead a question, and those who invited somebody, know and do of invitations."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        inbox: Inbox,
        invitations: Invitations,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._inbox = inbox
        self._invitations = invitations

    async def of_question(self, asker: Asker, question: QuestionId) -> list[Invited]:
        """The invitations that the asker may take back, or might have, oldest first."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await access_question(transaction, asker, question, self._clock.now())
            experts = [
                each
                for each in await invited_store.of_question(transaction, question)
                if may_uninvite(found, asker, each.invited_by)
            ]
        guests = [
            each
            for each in await self._invitations.of_session(asker.actor(), SessionId(question))
            if may_uninvite(found, asker, each.created_by)
        ]
        return await self._listed(question, experts, guests)

    async def withdraw_expert(
        self, asker: Asker, question: QuestionId, expert: UserId, *, address: str
    ) -> None:
        """The expert's right by the invitation ends with this call; raises NotFound or Refused."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await access_question(transaction, asker, question, self._clock.now())
            invited = await invited_store.get(transaction, question, expert)
            if invited is None:
                check(may_uninvite(found, asker))
                raise NotFound
            check(may_uninvite(found, asker, invited.invited_by))
            by = UserId(asker.subject)
            if not await invited_store.withdraw(transaction, question, expert, by, self._clock.now()):
                raise NotFound
            await self._inbox.done(transaction, "qa.invited", (SUBJECT, question), by=by, user=expert)
            await self._forget(transaction, found, expert)
            note(self._trail, transaction, Tag.INVITATION_REVOKED, asker, address, found, expert=expert)

    async def withdraw_guest(
        self, asker: Asker, question: QuestionId, invitation: InvitationId, *, address: str
    ) -> None:
        """The link opens nothing any more and its guest is out; raises NotFound or Refused."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await access_question(transaction, asker, question, self._clock.now())
        guests = await self._invitations.of_session(asker.actor(), SessionId(question))
        guest = next((each for each in guests if each.id == invitation), None)
        if guest is None:
            check(may_uninvite(found, asker))
            raise NotFound
        check(may_uninvite(found, asker, guest.created_by))
        await self._invitations.revoke(asker, SessionId(question), invitation, address=address)

    # Inside

    async def _forget(self, transaction: Transaction, question: Question, expert: UserId) -> None:
        """Who sees the question no more hears of its answers no more."""
        async with acting_as(transaction, HOUSE.subject):
            if expert not in await audience(transaction, question, [expert]):
                await people_store.set_follow(transaction, question.id, expert, self._clock.now(), on=False)

    async def _listed(
        self, question: QuestionId, experts: Sequence[InvitedExpert], guests: Iterable[Invitation]
    ) -> list[Invited]:
        guests = list(guests)
        inviters = {each.invited_by for each in experts} | {each.created_by for each in guests}
        async with self._database.transaction(HOUSE) as transaction:
            names = await invited_store.names(transaction, list(inviters))
            answered = await invited_store.answered(transaction, question, [each.user for each in experts])
        now = self._clock.now()
        listed = [
            *(_expert(each, names, answered=each.user in answered) for each in experts),
            *(_guest(each, names, now) for each in guests),
        ]
        return sorted(listed, key=lambda each: (each.invited_at, each.id))


def _expert(expert: InvitedExpert, names: dict[UserId, str], *, answered: bool) -> Invited:
    state = InvitedState.ANSWERED if answered else InvitedState.INVITED
    return Invited(
        kind=InvitedKind.EXPERT,
        id=expert.user,
        name=expert.name,
        place=expert.organisation_name,
        invited_by_name=names.get(expert.invited_by, ""),
        invited_at=expert.invited_at,
        state=InvitedState.REVOKED if expert.withdrawn_at is not None else state,
    )


def _guest(invitation: Invitation, names: dict[UserId, str], now: datetime) -> Invited:
    return Invited(
        kind=InvitedKind.GUEST,
        id=invitation.id,
        name=invitation.name,
        place=" · ".join(part for part in (invitation.title, invitation.hospital) if part),
        invited_by_name=names.get(invitation.created_by, ""),
        invited_at=invitation.created_at,
        state=guest_state(invitation, now),
        expires_at=invitation.expires_at,
    )


def guest_state(invitation: Invitation, now: datetime) -> InvitedState:
    """How far a guest's invitation is."""
    if invitation.revoked_at is not None:
        return InvitedState.REVOKED
    if invitation.expires_at <= now:
        return InvitedState.EXPIRED
    return InvitedState.INVITED if invitation.redeemed_at is None else InvitedState.REDEEMED
