"""Inviting outside experts into one session: the right is checked here, the codes are identity's."""

from datetime import datetime, timedelta
from typing import Final

from platform_api.db import Database
from platform_api.http import Asker as SignedIn
from platform_api.identity import Invitation, Invitations, NewInvitation, Tokens
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import InvitationId, SessionId
from platform_api.teaching import store
from platform_api.teaching.access import SYSTEM, access_led_session, actor_of
from platform_api.teaching.model import LIVE, Asker, Move, Session, SessionState
from platform_api.teaching.rules import after

AFTER_PLAN: Final = timedelta(hours=12)


class Commentators:
    """Invitations of a session, for those who run it."""

    def __init__(self, *, database: Database, clock: Clock, invitations: Invitations) -> None:
        self._database = database
        self._clock = clock
        self._invitations = invitations

    async def invite(
        self, asker: Asker, signed_in: SignedIn, session: SessionId, *, name: str, title: str, hospital: str
    ) -> NewInvitation:
        """A new invitation; refused once the session is over."""
        found = await self._led(asker, session)
        if found.state is not SessionState.PLANNED and found.state not in LIVE:
            after(found.state, Move.OPEN)
        begins = max(found.plan.starts_at, self._clock.now())
        return await self._invitations.invite(
            signed_in,
            session=session,
            name=name,
            title=title,
            hospital=hospital,
            expires_at=begins + timedelta(minutes=found.plan.planned_minutes) + AFTER_PLAN,
            address=asker.address,
        )

    async def of_session(self, asker: Asker, session: SessionId) -> list[Invitation]:
        """Those who were invited."""
        await self._led(asker, session)
        return await self._invitations.of_session(actor_of(asker), session)

    async def revoke(
        self, asker: Asker, signed_in: SignedIn, session: SessionId, invitation: InvitationId
    ) -> None:
        """Withdraws an invitation and puts its guest out; raises NotFound."""
        await self._led(asker, session)
        await self._invitations.revoke(signed_in, session, invitation, address=asker.address)

    async def look(self, url_code: str) -> tuple[Invitation, Session]:
        """What an invitation opens; raises the reason why it opens nothing."""
        invitation = await self._invitations.look(url_code)
        return invitation, await self._session_of(invitation)

    async def redeem(
        self, url_code: str, one_time_code: str, name: str, *, address: str
    ) -> tuple[Session, Tokens]:
        """Lets the invited person in, once (AU-04); raises what identity raises."""
        invitation, tokens = await self._invitations.redeem(url_code, one_time_code, name, address=address)
        return await self._session_of(invitation), tokens

    async def _session_of(self, invitation: Invitation) -> Session:
        async with self._database.transaction(SYSTEM) as transaction:
            found = await store.get(transaction, invitation.session)
        if found is None:
            raise NotFound
        return found

    def now(self) -> datetime:
        """The moment by which an invitation is judged."""
        return self._clock.now()

    async def _led(self, asker: Asker, session: SessionId) -> Session:
        async with self._database.transaction(actor_of(asker)) as transaction:
            return await access_led_session(transaction, asker, session)
