"""Sessions and their replays as what may be forwarded to those who see them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from platform_api.audit import Tag
from platform_api.db import Transaction
from platform_api.forwarding import ForwardGroup, Thing
from platform_api.http import Asker as SignedIn
from platform_api.kernel.errors import Conflict
from platform_api.kernel.ids import OrganisationId, RecordingId, SessionId, UserId
from platform_api.teaching.access import SUBJECT, Door, access_recording, session_audience
from platform_api.teaching.model import Session
from platform_api.teaching.rules import MODERATE, PLAN, REPLAYABLE, VIEW, group_sees, may

RECORDING: Final = "recording"
PERMISSIONS: Final = {
    ForwardGroup.ALL: VIEW,
    ForwardGroup.EXPERTS: PLAN,
    ForwardGroup.MODERATORS: MODERATE,
}


class Forwarded:
    """What forwarding asks of sessions."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def session(self, transaction: Transaction, signed_in: SignedIn, session: str) -> Thing:
        """A session as something to forward; raises NotFound."""
        found = await self._door.seen(transaction, signed_in, SessionId(session))
        return Thing(
            kind=SUBJECT,
            id=found.id,
            word="session",
            tag=Tag.SESSION_FORWARDED,
            organisation=found.organisation,
            title=found.plan.title,
            link=f"/app/teaching/{found.id}",
            audience=partial(_audience, found),
            seen_at=partial(_is_seen_at, found),
            permissions=PERMISSIONS,
        )

    async def recording(self, transaction: Transaction, signed_in: SignedIn, recording: str) -> Thing:
        """A replay as something to forward; raises NotFound, Conflict for one that cannot be watched yet."""
        asker = self._door.asker(signed_in)
        found = await access_recording(transaction, asker, RecordingId(recording))
        kept = found.recording
        if kept is None or not may(found, asker).replay or kept.state not in REPLAYABLE:
            raise Conflict("recording.not_ready")
        return replace(
            await self.session(transaction, signed_in, found.id),
            kind=RECORDING,
            id=recording,
            word="recording",
            tag=Tag.RECORDING_FORWARDED,
            link=f"/app/replay/{recording}",
        )


async def _audience(session: Session, transaction: Transaction, users: Sequence[UserId]) -> set[UserId]:
    return await session_audience(transaction, session.id, users)


async def _is_seen_at(
    session: Session, _: Transaction, organisation: OrganisationId, group: ForwardGroup
) -> bool:
    return group_sees(session, organisation, moderators=group is ForwardGroup.MODERATORS)
