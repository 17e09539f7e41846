"""Invitations: a link and a one-time code let one named person into one session (AU-04)."""

import hmac
from datetime import datetime

from platform_api.audit import AuditTrail, Entry, Outcome, Tag, Who
from platform_api.db import Actor, Database
from platform_api.http import Asker, GuestKind
from platform_api.identity import invitation_store as store
from platform_api.identity.errors import (
    CodeWrong,
    InvitationExpired,
    InvitationInvalid,
    InvitationLocked,
    InvitationRevoked,
    InvitationUsed,
)
from platform_api.identity.logins import Logins
from platform_api.identity.model import Guest, Invitation, NewInvitation, Tokens
from platform_api.identity.proof import SYSTEM
from platform_api.identity.rules import (
    INVITATION_ATTEMPTS,
    new_one_time_code,
    new_url_code,
    one_time_code_hash,
    secret_hash,
)
from platform_api.kernel.clock import Clock
from platform_api.kernel.config import Secret
from platform_api.kernel.errors import AppError, NotFound
from platform_api.kernel.ids import InvitationId, OrganisationId, SessionId, UserId, new_id


class Invitations:
    """Made and withdrawn by who runs the session (the caller has checked that), redeemed by the invited."""

    def __init__(self, database: Database, clock: Clock, trail: AuditTrail, logins: Logins) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._logins = logins

    async def invite(
        self,
        asker: Asker,
        *,
        session: SessionId,
        name: str,
        title: str,
        hospital: str,
        expires_at: datetime,
        address: str,
    ) -> NewInvitation:
        """An invitation as commentator and its two codes, which nobody can look up later."""
        url_code, one_time_code = new_url_code(), new_one_time_code()
        invitation = Invitation(
            id=InvitationId(new_id()),
            session=session,
            organisation=OrganisationId(str(asker.organisation)),
            kind=GuestKind.COMMENTATOR,
            name=name,
            title=title,
            hospital=hospital,
            guest_id=new_id(),
            attempts=0,
            created_by=UserId(asker.subject),
            created_at=self._clock.now(),
            expires_at=expires_at,
            redeemed_at=None,
            revoked_at=None,
        )
        async with self._database.transaction(asker.actor()) as transaction:
            await store.add(
                transaction,
                invitation,
                url_hash=secret_hash(url_code),
                code_hash=one_time_code_hash(url_code, one_time_code),
            )
            self._trail.note(transaction, _entry(Tag.INVITATION_MADE, Who.of(asker, address), invitation))
        return NewInvitation(
            invitation=invitation, url_code=Secret(url_code), one_time_code=Secret(one_time_code)
        )

    async def of_session(self, actor: Actor, session: SessionId) -> list[Invitation]:
        """The invitations of a session that the actor's organisations made, oldest first."""
        async with self._database.transaction(actor) as transaction:
            return await store.of_session(transaction, session)

    async def revoke(
        self, asker: Asker, session: SessionId, invitation: InvitationId, *, address: str
    ) -> None:
        """Withdraws it and puts its guest out; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await store.revoke(transaction, session, invitation, self._clock.now())
            if found is None:
                raise NotFound
            who = Who.of(asker, address)
            self._trail.note(transaction, _entry(Tag.INVITATION_REVOKED, who, found))
            await self._logins.end_pass(transaction, found.id, who)

    async def look(self, url_code: str) -> Invitation:
        """The invitation behind a link while it can be redeemed; raises the reason why it cannot."""
        async with self._database.transaction(SYSTEM) as transaction:
            found = await store.by_url(transaction, secret_hash(url_code))
        refusal = self._refusal(found)
        if found is None or refusal is not None:
            raise refusal or InvitationInvalid
        return found

    async def redeem(
        self, url_code: str, one_time_code: str, name: str, *, address: str
    ) -> tuple[Invitation, Tokens]:
        """Lets the invited person in, once, whoever else tries at the same moment.

        A wrong code counts; after five the invitation is closed. Raises the Invitation refusals or CodeWrong.
        """
        now = self._clock.now()
        url_hash = secret_hash(url_code)
        async with self._database.transaction(SYSTEM) as transaction:
            counted = await store.count_attempt(transaction, url_hash, INVITATION_ATTEMPTS, now)
            found = await store.by_url(transaction, url_hash)
        if counted is None:
            raise self._refusal(found) or InvitationUsed
        invitation, code_hash = counted
        if not hmac.compare_digest(one_time_code_hash(url_code, one_time_code), code_hash):
            who = _guest_who(invitation, address)
            await self._trail.record(_entry(Tag.INVITATION_REDEEMED, who, invitation, Outcome.FAILED))
            raise CodeWrong
        async with self._database.transaction(SYSTEM) as transaction:
            shown = name or invitation.name
            if not await store.redeem(transaction, invitation.id, shown, now):
                raise InvitationUsed
            guest = Guest(
                id=invitation.guest_id,
                name=shown,
                kind=invitation.kind,
                session=invitation.session,
                pass_id=invitation.id,
            )
            tokens = await self._logins.begin_guest(
                transaction, guest, until=invitation.expires_at, address=address
            )
            who = _guest_who(invitation, address)
            self._trail.note(transaction, _entry(Tag.INVITATION_REDEEMED, who, invitation))
        return invitation, tokens

    def _refusal(self, invitation: Invitation | None) -> AppError | None:
        if invitation is None:
            return InvitationInvalid()
        if invitation.revoked_at is not None:
            return InvitationRevoked()
        if invitation.expires_at <= self._clock.now():
            return InvitationExpired()
        if invitation.redeemed_at is not None:
            return InvitationUsed()
        if invitation.attempts >= INVITATION_ATTEMPTS:
            return InvitationLocked()
        return None


class ShareGuests:
    """Lets in the holder of a share link whose second secret was checked by the link's owner domain."""

    def __init__(self, database: Database, logins: Logins) -> None:
        self._database = database
        self._logins = logins

    async def admit(
        self, *, session: SessionId, pass_id: str, name: str, until: datetime, address: str
    ) -> Tokens:
        """A viewer's login, bound to this browser, until the link ends."""
        guest = Guest(id=new_id(), name=name, kind=GuestKind.VIEWER, session=session, pass_id=pass_id)
        async with self._database.transaction(SYSTEM) as transaction:
            return await self._logins.begin_guest(transaction, guest, until=until, address=address)

    async def put_out(self, asker: Asker, pass_id: str, *, address: str) -> None:
        """Ends the logins of all whom the link let in."""
        async with self._database.transaction(asker.actor()) as transaction:
            await self._logins.end_pass(transaction, pass_id, Who.of(asker, address))


def _guest_who(invitation: Invitation, address: str) -> Who:
    return Who(
        subject=invitation.guest_id,
        name=invitation.name,
        organisation=invitation.organisation,
        address=address,
    )


def _entry(tag: Tag, who: Who, invitation: Invitation, outcome: Outcome = Outcome.OK) -> Entry:
    return Entry(
        tag=tag,
        who=who,
        target_kind="invitation",
        target=invitation.id,
        outcome=outcome,
        details={"session": invitation.session},
    )
