"""Share links to one question, and guests of a discussion: by codes that identity makes, as for sessions."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Database, Transaction
from platform_api.http import Asker
from platform_api.identity import Invitation, Invitations, NewInvitation, Tokens
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict, NotFound
from platform_api.kernel.ids import SessionId, UserId
from platform_api.qa import store
from platform_api.qa.access import HOUSE, access_question, check, led_question
from platform_api.qa.model import SUBJECT, Question, QuestionId, QuestionKind
from platform_api.qa.rules import may, may_withdraw
from platform_api.sharing import NewShare, PinWrong, Share, ShareLinks, ShareUnknown, visitor_name

AFTER_PERIOD = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a link or an invitation opened: `tokens` for one who came without an account."""

    question: Question
    tokens: Tokens | None


class QuestionLinks:
    """Links to questions; every opening is written down."""

    def __init__(self, *, database: Database, clock: Clock, trail: AuditTrail, links: ShareLinks) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._links = links

    async def share(self, asker: Asker, question: QuestionId, hours: int, *, address: str) -> NewShare:
        """A new link to a question that the asker may see and may share."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await led_question(transaction, asker, question, "share", self._clock.now())
            made = await self._links.make(
                transaction, question, found.organisation, by=UserId(asker.subject), hours=hours
            )
            self._note(transaction, Tag.SHARE_MADE, Who.of(asker, address), found, made.share)
        return made

    async def of_question(self, asker: Asker, question: QuestionId) -> list[Share]:
        """The links that the asker may withdraw."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await access_question(transaction, asker, question, self._clock.now())
            return await self._links.of_subject(transaction, question, partial(may_withdraw, found, asker))

    async def revoke(self, asker: Asker, question: QuestionId, share: str, *, address: str) -> None:
        """Withdraws a link and puts out whom it let in; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await access_question(transaction, asker, question, self._clock.now())
            allowed = partial(may_withdraw, found, asker)
            link = await self._links.revoke(transaction, asker, question, share, allowed, address=address)
            await store.end_admissions(transaction, share)
            self._note(transaction, Tag.SHARE_REVOKED, Who.of(asker, address), found, link)

    async def look(self, token: str) -> tuple[Share, Question]:
        """What the link would open; raises ShareUnknown or ShareClosed."""
        async with self._database.transaction(HOUSE) as transaction:
            return await self._find(transaction, token)

    async def open(self, asker: Asker | None, token: str, *, pin: str, name: str, address: str) -> Opened:
        """Lets in a signed-in user, or anybody with the second secret; a wrong one is counted.

        Raises ShareUnknown, ShareClosed or PinWrong.
        """
        if asker is not None and not asker.is_guest:
            async with self._database.transaction(HOUSE) as transaction:
                share, question = await self._find(transaction, token)
                await store.admit(transaction, share, asker.subject, self._clock.now())
                self._note(transaction, Tag.SHARE_OPENED, Who.of(asker, address), question, share)
            return Opened(question=question, tokens=None)
        return await self._admit_guest(token, pin, name or visitor_name(), address)

    async def _admit_guest(self, token: str, pin: str, name: str, address: str) -> Opened:
        async with self._database.transaction(HOUSE) as transaction:
            share, question = await self._find(transaction, token)
            right = await self._links.tried(transaction, share, token, pin)
            if right:
                visitor = Who(
                    subject=f"share:{share.id}", name=name, organisation=share.organisation, address=address
                )
                self._note(transaction, Tag.SHARE_OPENED, visitor, question, share)
        if not right:
            raise PinWrong
        tokens = await self._links.admit(share, name=name, address=address)
        return Opened(question=question, tokens=tokens)

    async def _find(self, transaction: Transaction, token: str) -> tuple[Share, Question]:
        share = await self._links.opened(transaction, token)
        question = await store.get(transaction, QuestionId(share.subject), self._clock.now())
        if question is None or question.hidden:
            raise ShareUnknown
        return share, question

    def _note(self, transaction: Transaction, tag: Tag, who: Who, question: Question, share: Share) -> None:
        entry = Entry(tag=tag, who=who, target_kind=SUBJECT, target=question.id, details={"share": share.id})
        self._trail.note(transaction, entry)


class DiscussionGuests:
    """Experts without an account, let into one discussion until its end."""

    def __init__(self, *, database: Database, clock: Clock, invitations: Invitations) -> None:
        self._database = database
        self._clock = clock
        self._invitations = invitations

    async def invite(
        self, asker: Asker, question: QuestionId, *, name: str, title: str, hospital: str, address: str
    ) -> NewInvitation:
        """A named guest's link and one-time code, shown once."""
        found = await self._led(asker, question)
        if found.period is None:
            raise Conflict
        return await self._invitations.invite(
            asker,
            session=SessionId(question),
            name=name,
            title=title,
            hospital=hospital,
            expires_at=found.period.closes_at + AFTER_PERIOD,
            address=address,
        )

    async def look(self, url_code: str) -> tuple[Invitation, Question]:
        """What an invitation opens; raises the reason why it opens nothing."""
        invitation = await self._invitations.look(url_code)
        return invitation, await self._discussion_of(invitation)

    async def redeem(self, url_code: str, one_time_code: str, name: str, *, address: str) -> Opened:
        """Lets the invited person in, once (AU-04); raises what identity raises."""
        await self.look(url_code)
        invitation, tokens = await self._invitations.redeem(url_code, one_time_code, name, address=address)
        return Opened(question=await self._discussion_of(invitation), tokens=tokens)

    async def _discussion_of(self, invitation: Invitation) -> Question:
        async with self._database.transaction(HOUSE) as transaction:
            found = await store.get(transaction, QuestionId(invitation.session), self._clock.now())
        if found is None or found.hidden:
            raise NotFound
        return found

    async def _led(self, asker: Asker, question: QuestionId) -> Question:
        async with self._database.transaction(asker.actor()) as transaction:
            found = await access_question(transaction, asker, question, self._clock.now())
        check(found.kind is QuestionKind.DISCUSSION and may(found, asker, self._clock.now()).invite)
        return found
