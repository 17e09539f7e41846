"""Share links: one session, an end, a withdrawal, and a second secret (PR-04)."""

from dataclasses import dataclass
from functools import partial

from platform_api.audit import AuditTrail, Tag
from platform_api.db import Database, Transaction
from platform_api.http import Asker as SignedIn
from platform_api.identity import Tokens
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Refused
from platform_api.kernel.ids import SessionId
from platform_api.sharing import NewShare, PinWrong, Share, ShareClosed, ShareLinks, visitor_name
from platform_api.teaching import store
from platform_api.teaching.access import SYSTEM, access_session, actor_of
from platform_api.teaching.model import Asker, Session, SessionState
from platform_api.teaching.rules import SHARE, may_withdraw
from platform_api.teaching.trail import note


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedShare:
    """What a link opened: `tokens` for one who came without an account, by the second secret."""

    session: Session
    tokens: Tokens | None


class Sharing:
    """Links to sessions; every opening is written down."""

    def __init__(self, *, database: Database, clock: Clock, trail: AuditTrail, links: ShareLinks) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._links = links

    async def share(self, asker: Asker, session: SessionId, hours: int) -> NewShare:
        """A new link to a session that the asker may see and may share."""
        if asker.user is None or SHARE not in asker.permissions:
            raise Refused
        async with self._database.transaction(actor_of(asker)) as transaction:
            found = await access_session(transaction, asker, session)
            if found.organisation != asker.organisation:
                raise Refused
            made = await self._links.make(
                transaction, session, found.organisation, by=asker.user, hours=hours
            )
            note(self._trail, transaction, Tag.SHARE_MADE, asker, found, share=made.share.id, hours=hours)
        return made

    async def of_session(self, asker: Asker, session: SessionId) -> list[Share]:
        """The session's links for those who run it; for others those that they made."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            found = await access_session(transaction, asker, session)
            return await self._links.of_subject(transaction, session, partial(may_withdraw, found, asker))

    async def revoke(self, asker: Asker, signed_in: SignedIn, session: SessionId, share: str) -> None:
        """Withdraws a link and puts out whom it let in; raises NotFound."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            found = await access_session(transaction, asker, session)
            allowed = partial(may_withdraw, found, asker)
            await self._links.revoke(transaction, signed_in, session, share, allowed, address=asker.address)
            note(self._trail, transaction, Tag.SHARE_REVOKED, asker, found, share=share)

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
            await store.admit(transaction, share, asker.subject, self._clock.now())
            note(self._trail, transaction, Tag.SHARE_OPENED, asker, session, share=share.id)
        return OpenedShare(session=session, tokens=None)

    async def _admit_guest(self, token: str, pin: str, name: str, address: str) -> OpenedShare:
        async with self._database.transaction(SYSTEM) as transaction:
            share, session = await self._find(transaction, token)
            right = await self._links.tried(transaction, share, token, pin)
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
        return OpenedShare(session=session, tokens=await self._links.admit(share, name=name, address=address))

    async def _find(self, transaction: Transaction, token: str) -> tuple[Share, Session]:
        share = await self._links.opened(transaction, token)
        session = await store.get(transaction, SessionId(share.subject))
        if session is None or session.state is SessionState.CANCELLED:
            raise ShareClosed("session.cancelled")
        return share, session
