"""A screen in an endoscopy room: signed in by a code that it shows and a phone confirms; it asks and looks.

The screen holds a token of 256 bits that the database knows hashed. It acts for the person who confirmed it,
with the rights to see and to ask questions and no others, for one shift.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Database
from platform_api.http import Asker
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict, NotFound, Refused, TooMany
from platform_api.kernel.ids import UserId, new_id
from platform_api.qa import kiosk_store
from platform_api.qa.access import HOUSE
from platform_api.qa.errors import KioskCodeWrong, KioskOver
from platform_api.qa.model import Kiosk, KioskId
from platform_api.qa.rules import ASK, VIEW

CODE_ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_CHARS: Final = 8
CODE_LIFE: Final = timedelta(minutes=5)
SHIFT: Final = timedelta(hours=12)
MAX_WAITING: Final = 200
"""So many screens show a code at once in the whole house."""
RIGHTS: Final = frozenset({VIEW, ASK})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKiosk:
    """What a screen is given: the code that it shows, the token that it keeps."""

    code: str
    token: str
    expires_at: datetime


class Kiosks:
    """Screens and who has signed them in."""

    def __init__(self, *, database: Database, clock: Clock, trail: AuditTrail) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail

    async def begin(self) -> NewKiosk:
        """A code for a screen to show, for five minutes; raises TooMany when too many do."""
        code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_CHARS))
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        async with self._database.transaction(HOUSE) as transaction:
            await kiosk_store.sweep(transaction, now)
            if await kiosk_store.waiting(transaction) >= MAX_WAITING:
                raise TooMany
            await kiosk_store.add(
                transaction,
                KioskId(new_id()),
                code_hash=_hash(code),
                token_hash=_hash(token),
                at=now,
                expires_at=now + CODE_LIFE,
            )
        return NewKiosk(code=code, token=token, expires_at=now + CODE_LIFE)

    async def confirm(self, asker: Asker, code: str, room: str, *, address: str) -> None:
        """Signs the screen in that shows this code, for a shift; raises KioskCodeWrong."""
        if asker.organisation is None or not asker.holds(ASK):
            raise Refused
        now = self._clock.now()
        async with self._database.transaction(HOUSE) as transaction:
            kiosk = await kiosk_store.pair(
                transaction,
                _hash(code.replace("-", "").replace(" ", "").upper()),
                organisation=asker.organisation,
                room=room,
                by=UserId(asker.subject),
                by_name=asker.name,
                at=now,
                until=now + SHIFT,
            )
            if kiosk is None:
                raise KioskCodeWrong
            self._trail.note(transaction, _entry(Tag.KIOSK_PAIRED, Who.of(asker, address), kiosk))

    async def of(self, token: str) -> tuple[Kiosk, Asker]:
        """The screen that holds this token, and as whom it acts; raises KioskOver or Conflict."""
        async with self._database.transaction(HOUSE) as transaction:
            kiosk = await kiosk_store.by_token(transaction, _hash(token))
        if kiosk is None or kiosk.ended_at is not None or kiosk.expires_at <= self._clock.now():
            raise KioskOver
        if kiosk.paired_by is None or kiosk.organisation is None:
            raise Conflict("qa.kiosk_waiting")
        asker = Asker(
            subject=kiosk.paired_by,
            name=kiosk.paired_by_name,
            login=kiosk.id,
            organisation=kiosk.organisation,
            permissions=RIGHTS,
        )
        return kiosk, asker

    async def mine(self, asker: Asker) -> list[Kiosk]:
        """The screens that the asker has signed in."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await kiosk_store.of_user(transaction, UserId(asker.subject), self._clock.now())

    async def end(self, asker: Asker, kiosk: KioskId, *, address: str) -> None:
        """Signs out a screen of one's own; raises NotFound."""
        async with self._database.transaction(HOUSE) as transaction:
            if not await kiosk_store.end(transaction, kiosk, self._clock.now(), user=UserId(asker.subject)):
                raise NotFound
            self._trail.note(transaction, _entry(Tag.KIOSK_ENDED, Who.of(asker, address), kiosk))

    async def leave(self, token: str, *, address: str) -> None:
        """The screen signs itself out."""
        kiosk, asker = await self.of(token)
        async with self._database.transaction(HOUSE) as transaction:
            if await kiosk_store.end(transaction, kiosk.id, self._clock.now()):
                self._trail.note(transaction, _entry(Tag.KIOSK_ENDED, Who.of(asker, address), kiosk.id))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _entry(tag: Tag, who: Who, kiosk: KioskId) -> Entry:
    return Entry(tag=tag, who=who, target_kind="kiosk", target=kiosk)
