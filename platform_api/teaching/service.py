"""Planning sessions and finding them: programme, likes, materials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from platform_api.audit import AuditTrail, Tag
from platform_api.comments import Comments
from platform_api.db import Database, Transaction
from platform_api.files import Files
from platform_api.files.model import StoredFile
from platform_api.http import Asker as SignedIn
from platform_api.kernel.bus import Bus
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound, Refused
from platform_api.kernel.events import LikesCounted
from platform_api.kernel.ids import FileId, SessionId, new_id
from platform_api.teaching import store
from platform_api.teaching.access import SUBJECT, access_led_session, access_session, actor_of
from platform_api.teaching.errors import IdentityInText, StartsInPast
from platform_api.teaching.model import Asker, Move, Plan, ProgrammeQuery, Session, SessionState
from platform_api.teaching.presence import Presence
from platform_api.teaching.rules import after, identity_field, may
from platform_api.teaching.trail import note

LATEST_START_AGO: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A session with what a list shows beside its row."""

    session: Session
    comments: int
    viewers: int


class Teaching:
    """The programme: plans, lists, likes, materials."""

    def __init__(
        self,
        *,
        database: Database,
        bus: Bus,
        clock: Clock,
        trail: AuditTrail,
        comments: Comments,
        files: Files,
        presence: Presence,
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._trail = trail
        self._comments = comments
        self._files = files
        self._presence = presence

    async def plan(self, asker: Asker, plan: Plan) -> Shown:
        """A new planned session whose expert is the asker."""
        if asker.user is None or asker.organisation is None:
            raise Refused
        self._check(plan, starts_changed=True)
        session = Session(
            id=SessionId(new_id()),
            organisation=asker.organisation,
            expert=asker.user,
            expert_name=asker.name,
            plan=plan,
            state=SessionState.PLANNED,
            created_at=self._clock.now(),
        )
        async with self._database.transaction(actor_of(asker)) as transaction:
            await store.add(transaction, session)
            note(self._trail, transaction, Tag.RECORD_CREATED, asker, session)
        return Shown(session=session, comments=0, viewers=0)

    async def change(self, asker: Asker, session: SessionId, changes: Mapping[str, Any]) -> Shown:
        """The plan with these fields anew, as long as the session is not open."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            found = await access_led_session(transaction, asker, session)
            await store.lock_state(transaction, session)
            if not may(found, asker).edit:
                after(found.state, Move.OPEN)
            plan = replace(found.plan, **changes)
            self._check(plan, starts_changed=plan.starts_at != found.plan.starts_at)
            await store.change_plan(transaction, session, plan)
            note(self._trail, transaction, Tag.RECORD_CHANGED, asker, found, fields=",".join(sorted(changes)))
            return await self.shown(transaction, replace(found, plan=plan))

    async def get(self, asker: Asker, session: SessionId) -> Shown:
        """One session."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            return await self.shown(transaction, await access_session(transaction, asker, session))

    async def programme(self, asker: Asker, query: ProgrammeQuery) -> list[Shown]:
        """One more than a page of the sessions that the asker may see."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            found = await store.programme(transaction, asker, query)
            counts = await self._comments.counts(transaction, SUBJECT, [session.id for session in found])
        return [
            Shown(
                session=session,
                comments=counts.get(session.id, 0),
                viewers=self._presence.viewers(session.room),
            )
            for session in found
        ]

    async def like(self, asker: Asker, session: SessionId, *, liked: bool) -> int:
        """The number of likes after the asker gave or took back theirs."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            found = await access_session(transaction, asker, session)
            if liked:
                count = await store.add_like(transaction, session, asker.subject, self._clock.now())
            else:
                count = await store.remove_like(transaction, session, asker.subject)
            transaction.after_commit(partial(self._tell_likes, found, count))
        return count

    async def add_material(self, asker: Asker, signed_in: SignedIn, session: SessionId, file: FileId) -> None:
        """Lays one of the asker's own files beside the session."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            await access_led_session(transaction, asker, session)
            await self._files.attach(transaction, signed_in, file, SUBJECT, session)
            await store.add_material(transaction, session, file, self._clock.now())

    async def remove_material(self, asker: Asker, session: SessionId, file: FileId) -> None:
        """Takes a file away from the session."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            await access_led_session(transaction, asker, session)
            if not await store.remove_material(transaction, session, file):
                raise NotFound

    async def materials(self, asker: Asker, session: SessionId) -> Sequence[StoredFile]:
        """Files beside the session, in the order they came."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            await access_session(transaction, asker, session)
            laid = await store.materials(transaction, session)
            described = await self._files.describe(transaction, [file for file, _ in laid])
        return [described[file] for file, _ in laid if file in described]

    async def shown(self, transaction: Transaction, session: Session) -> Shown:
        """The session with its counts."""
        counts = await self._comments.counts(transaction, SUBJECT, [session.id])
        return Shown(
            session=session,
            comments=counts.get(session.id, 0),
            viewers=self._presence.viewers(session.room),
        )

    def _check(self, plan: Plan, *, starts_changed: bool) -> None:
        field = identity_field(plan)
        if field is not None:
            raise IdentityInText(field)
        if starts_changed and plan.starts_at < self._clock.now() - LATEST_START_AGO:
            raise StartsInPast

    async def _tell_likes(self, session: Session, count: int) -> None:
        if session.room is not None:
            await self._bus.publish(
                LikesCounted(at=self._clock.now(), room=session.room, comment=None, count=count)
            )
