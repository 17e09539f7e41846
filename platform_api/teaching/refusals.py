"""Who was refused at a room's door, in the room, or before a recording's files: into the trail (AD-01)."""

import re
from dataclasses import dataclass
from typing import Final

from platform_api.audit import AuditTrail, Entry, Outcome, Tag, Who
from platform_api.db import Database, Transaction
from platform_api.http import Rate
from platform_api.http.rate import RateLimiter
from platform_api.kernel.bus import Bus
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import AppError, TooMany
from platform_api.kernel.events import AccessRefused
from platform_api.kernel.ids import SERVER_MADE, RecordingId, RoomId
from platform_api.kernel.log import get_logger
from platform_api.kernel.tokens import Grant
from platform_api.teaching import store
from platform_api.teaching.access import SYSTEM
from platform_api.teaching.model import Session

KEPT: Final = Rate(60, 60)
"""Rows for one subject: whoever asks on and on fills neither the trail nor the disk."""
NAME: Final = re.compile(r"[A-Za-z0-9._:-]{1,96}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What somebody tried that was not theirs; `target` is a room or a recording."""

    subject: str
    name: str
    target_kind: str
    target: str
    action: str
    code: str
    address: str = ""


class Refusals:
    """Writes an entry for each refusal, for the organisation whose session it was about."""

    def __init__(self, *, database: Database, bus: Bus, clock: Clock, trail: AuditTrail) -> None:
        self._database = database
        self._bus = bus
        self._trail = trail
        self._kept = RateLimiter(clock)
        self._log = get_logger("teaching")

    async def start(self) -> None:
        """Listens to the rooms."""
        self._bus.subscribe(AccessRefused, self._in_room)

    async def close(self) -> None:
        """Nothing of its own runs on."""

    async def at_door(self, grant: Grant, room: str, objection: AppError, address: str) -> None:
        """A grant that did not open its door."""
        await self.keep(
            Attempt(
                subject=grant.subject,
                name=grant.name,
                target_kind="room",
                target=room,
                action="room.enter",
                code=objection.code,
                address=address,
            )
        )

    async def keep(self, attempt: Attempt) -> None:
        """Writes the entry, before it returns; raises Unavailable."""
        try:
            self._kept.take(attempt.subject, KEPT)
        except TooMany:
            self._log.warning("teaching.refusals_unkept", subject=attempt.subject)
            return
        async with self._database.transaction(SYSTEM) as transaction:
            session = await _session_of(transaction, attempt)
            entry = Entry(
                tag=Tag.ACCESS_REFUSED,
                who=Who(
                    subject=attempt.subject,
                    name=attempt.name,
                    organisation=session.organisation if session is not None else None,
                    address=attempt.address,
                ),
                target_kind=attempt.target_kind,
                target=attempt.target if NAME.fullmatch(attempt.target) else "",
                outcome=Outcome.REFUSED,
                details={"action": attempt.action, "code": attempt.code},
            )
            self._trail.note(transaction, entry)

    async def _in_room(self, event: AccessRefused) -> None:
        await self.keep(
            Attempt(
                subject=event.subject,
                name=event.name,
                target_kind="room",
                target=event.room,
                action=event.action,
                code=event.code,
                address=event.address,
            )
        )


async def _session_of(transaction: Transaction, attempt: Attempt) -> Session | None:
    """The session that the target belongs to; rooms of the operator's command belong to none."""
    if SERVER_MADE.fullmatch(attempt.target) is None:
        return None
    if attempt.target_kind == "recording":
        return await store.get_by_recording(transaction, RecordingId(attempt.target))
    return await store.get_by_room(transaction, RoomId(attempt.target))
