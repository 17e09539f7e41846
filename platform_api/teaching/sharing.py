"""Share links: one session, an end, a withdrawal, and a second secret (PR-04)."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from platform_api.audit import AuditTrail, Tag
from platform_api.comments.share_links import (
    PinWrong,
    ShareClosed,
    ShareUnknown,
    check_open,
    new_secrets,
    pin_hash,
    pin_is,
    token_hash,
    visitor_name,
)
from platform_api.db import Database, Transaction
from platform_api.http import Asker as SignedIn
from platform_api.identity import ShareGuests, Tokens
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound, Refused
from platform_api.kernel.ids import SessionId, new_id
from platform_api.teaching import share_store, store
from platform_api.teaching.access import SYSTEM, access_session, actor_of
from platform_api.teaching.model import Asker, Session, SessionState, Share
from platform_api.teaching.rules import SHARE, may_withdraw
from platform_api.teaching.trail import note


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShare:
    """A link with its two secrets, shown once."""

    share: Share
    token: str
    pin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedShare:
    """What a link opened: `tokens` for one who came without an account, by the second secret."""

    session: Session
    tokens: Tokens | None


class Sharing:
    """Links are kept as hashes; every opening is written down."""

    def __init__(self, *, database: Database, clock: Clock, trail: AuditTrail, guests: ShareGuests) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._guests = guests

    async def share(self, asker: Asker, session: SessionId, hours: int) -> NewShare:
        """A new link to a session that the asker may see and may share."""
        if asker.user is None or SHARE not in asker.permissions:
            raise Refused
        made = new_secrets()
        now = self._clock.now()
        async with self._database.transaction(actor_of(asker)) as transaction:
            found = await access_session(transaction, asker, session)
            if found.organisation != asker.organisation:
                raise Refused
            share = Share(
                id=new_id(),
                session=session,
                organisation=found.organisation,
                expires_at=now + timedelta(hours=hours),
                pin_hash=pin_hash(made.token, made.pin),
                pin_failures=0,
                created_by=asker.user,
                created_at=now,
            )
            await share_store.add(transaction, share, token_hash(made.token))
            note(self._trail, transaction, Tag.SHARE_MADE, asker, found, share=share.id, hours=hours)
        return NewShare(share=share, token=made.token, pin=made.pin)

    async def of_session(self, asker: Asker, session: SessionId) -> list[Share]:
        """The session's links for those who run it; for others those that they made."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            found = await access_session(transaction, asker, session)
            shares = await share_store.of_session(transaction, session)
        return [share for share in shares if may_withdraw(found, asker, share)]

    async def revoke(self, asker: Asker, signed_in: SignedIn, session: SessionId, share: str) -> None:
        """Withdraws a link and puts out whom it let in; raises NotFound."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            found = await access_session(transaction, asker, session)
            link = await share_store.get(transaction, share)
            if link is None or link.session != session:
                raise NotFound
            if not may_withdraw(found, asker, link):
                raise Refused
            if not await share_store.revoke(transaction, session, share, self._clock.now()):
                raise NotFound
            note(self._trail, transaction, Tag.SHARE_REVOKED, asker, found, share=share)
            transaction.after_commit(partial(self._guests.put_out, signed_in, share, address=asker.address))

    async def look(self, token: str) -> tuple[Share, Session]:
        """What the link would open; raises ShareUnknown or ShareClosed."""
        async with self._database.transaction(SYSTEM) as transaction:
            return await self._find(transaction, token)

    async def open(
        self, asker: Asker | None, token: str, *, pin: str | None, name: str, address: str
    ) -> OpenedShare:
        """Lets in a signed-in user, or anybody with the second secret; a wrong one is counted.

        Raises ShareUnknown, ShareClosed or PinWrong.
        """
        if asker is not None and asker.user is not None:
            return await self._admit_user(asker, token)
        return await self._admit_guest(token, pin or "", name or visitor_name(), address)

    async def _admit_user(self, asker: Asker, token: str) -> OpenedShare:
        async with self._database.transaction(SYSTEM) as transaction:
            share, session = await self._find(transaction, token)
            await share_store.admit(transaction, share, asker.subject, self._clock.now())
            note(self._trail, transaction, Tag.SHARE_OPENED, asker, session, share=share.id)
        return OpenedShare(session=session, tokens=None)

    async def _admit_guest(self, token: str, pin: str, name: str, address: str) -> OpenedShare:
        async with self._database.transaction(SYSTEM) as transaction:
            share, session = await self._find(transaction, token)
            right = pin_is(share, token, pin)
            if not right and pin:
                await share_store.count_failure(transaction, share.id)
            if right:
                visitor = Asker(
                    at=self._clock.now(),
                    subject=f"share:{share.id}",
                    name=name,
                    organisation=None,
                    address=address,
                )
                note(self._trail, transaction, Tag.SHARE_OPENED, visitor, session, share=share.id)
        if not right:
            raise PinWrong
        tokens = await self._guests.admit(
            session=session.id,
            pass_id=share.id,
            name=name,
            until=share.expires_at,
            address=address,
        )
        return OpenedShare(session=session, tokens=tokens)

    async def _find(self, transaction: Transaction, token: str) -> tuple[Share, Session]:
        share = await share_store.get_by_token(transaction, token_hash(token))
        if share is None:
            raise ShareUnknown
        check_open(share, self._clock.now())
        session = await store.get(transaction, share.session)
        if session is None or session.state is SessionState.CANCELLED:
            raise ShareClosed("session.cancelled")
        return share, session
