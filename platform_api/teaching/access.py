"""The one door to sessions: every read names its asker (AZ-02)."""

from collections.abc import Sequence
from typing import Any, Final

from platform_api.comments import Subject
from platform_api.db import Actor, Transaction, acting_as
from platform_api.http import Asker as SignedIn
from platform_api.http import Call, GuestKind
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound, Refused
from platform_api.kernel.ids import OrganisationId, RecordingId, SessionId, UserId
from platform_api.teaching import store
from platform_api.teaching.model import Asker, Session
from platform_api.teaching.rules import group_sees, may, may_see

SUBJECT: Final = "session"
SYSTEM: Final = Actor(subject="system:teaching")
"""Who works where no one asks, or before it is known who does."""


class Door:
    """Makes of a signed-in person the asker that sessions know, at this moment."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def asker(self, signed_in: SignedIn, address: str = "") -> Asker:
        """The asker as sessions see them."""
        return Asker(
            at=self._clock.now(),
            subject=signed_in.subject,
            name=signed_in.name,
            organisation=signed_in.organisation,
            user=None if signed_in.is_guest else UserId(signed_in.subject),
            guest_of=signed_in.session,
            guest_is_commentator=signed_in.guest_kind is GuestKind.COMMENTATOR,
            permissions=signed_in.permissions,
            address=address,
            login=signed_in.login,
        )

    async def describe_to_comments(
        self, transaction: Transaction, signed_in: SignedIn, session: str
    ) -> Subject:
        """A session as something to comment on; raises NotFound."""
        asker = self.asker(signed_in)
        found = await access_session(transaction, asker, SessionId(session))
        return Subject(
            kind=SUBJECT,
            id=found.id,
            organisation=found.organisation,
            room=found.room,
            may_comment=True,
            may_moderate=may(found, asker).moderate,
            title=found.plan.title,
            link=f"/app/teaching/{found.id}",
        )

    async def audience(
        self, transaction: Transaction, subject: Subject, users: Sequence[UserId]
    ) -> set[UserId]:
        """Which of these users see the session without a link of their own."""
        return await session_audience(transaction, SessionId(subject.id), users)

    async def seen(self, transaction: Transaction, signed_in: SignedIn, session: SessionId) -> Session:
        """The session as other domains point to it; raises NotFound for one that the asker may not see."""
        return await access_session(transaction, self.asker(signed_in), session)

    async def may_read_beside(self, transaction: Transaction, signed_in: SignedIn, session: str) -> bool:
        """Whether the asker may read what lies beside a session: whoever may see the session."""
        found = await store.get(transaction, SessionId(session))
        return found is not None and may_see(found, self.asker(signed_in))


def calling(call: Call[Any, Any, Any]) -> Asker:
    """Who makes this call."""
    return call.services.get(Door).asker(call.asker, call.caller.address)


def actor_of(asker: Asker) -> Actor:
    """The asker as the database's row rules know them."""
    return Actor(subject=asker.subject, organisation=asker.organisation)


async def access_session(transaction: Transaction, asker: Asker, session: SessionId) -> Session:
    """The session; raises NotFound for a missing one and for one that the asker may not see, alike."""
    found = await store.get(transaction, session)
    if found is None or not may_see(found, asker):
        raise NotFound
    return found


async def access_led_session(transaction: Transaction, asker: Asker, session: SessionId) -> Session:
    """A session that the asker runs; raises NotFound, or Refused for one who may only see it."""
    found = await access_session(transaction, asker, session)
    if not may(found, asker).moderate:
        raise Refused
    return found


async def access_recording(transaction: Transaction, asker: Asker, recording: RecordingId) -> Session:
    """The session of a recording; raises NotFound as for sessions."""
    found = await store.get_by_recording(transaction, recording)
    if found is None or not may_see(found, asker):
        raise NotFound
    return found


async def session_audience(
    transaction: Transaction, session: SessionId, users: Sequence[UserId]
) -> set[UserId]:
    """Which of these users see the session without a link of their own."""
    async with acting_as(transaction, SYSTEM.subject):  # they may be of any organisation
        return await store.audience(transaction, session, users)


async def session_reaches(
    transaction: Transaction, session: SessionId, organisation: OrganisationId, *, moderators: bool
) -> bool:
    """Whether a group of those at an organisation see the session without a link."""
    async with acting_as(transaction, SYSTEM.subject):
        found = await store.get(transaction, session)
    return found is not None and group_sees(found, organisation, moderators=moderators)
