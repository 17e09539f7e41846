"""The life of a session: opened, on air, ended; who is given which seat in its room."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from platform_api.audit import AuditTrail, Tag
from platform_api.db import Database, Transaction
from platform_api.files import Files, Place
from platform_api.files.model import IMAGES, StoredFile
from platform_api.files.service import file_url
from platform_api.kernel.bus import Bus
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict, NotFound, Refused
from platform_api.kernel.events import (
    ParticipantJoined,
    ParticipantLeft,
    RoomEndRequested,
    RoomWentOnAir,
    SessionEnded,
    SessionOpened,
    StillStored,
)
from platform_api.kernel.ids import OrganisationId, RecordingId, RoomId, SessionId, new_id
from platform_api.kernel.rooms import Right, Role
from platform_api.kernel.tokens import MAX_LIFE, Grant, SigningKey, grant_for, sign_grant
from platform_api.teaching import store
from platform_api.teaching.access import SUBJECT, SYSTEM, access_led_session, access_session, actor_of
from platform_api.teaching.model import LIVE, Asker, Move, RecordingRow, Session, SessionState
from platform_api.teaching.presence import Presence
from platform_api.teaching.rules import after, check_consent, may, room_role
from platform_api.teaching.trail import note

MODERATOR_RIGHTS: Final = frozenset({Right.MODERATE, Right.CLEAR, Right.END})
ROOMS_MOST: Final = 500
STILL_GRACE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedSeat:
    """A signed grant for a room, and until when it lets one in."""

    token: str
    room: RoomId
    role: Role
    expires_at: datetime


class LiveSessions:
    """Moves sessions through their states and tells the live side, after the state is kept."""

    def __init__(
        self,
        *,
        database: Database,
        bus: Bus,
        clock: Clock,
        trail: AuditTrail,
        files: Files,
        presence: Presence,
        signing_key: SigningKey,
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._trail = trail
        self._files = files
        self._presence = presence
        self._signing_key = signing_key

    async def start(self) -> None:
        """Listens to the rooms, and tells of those that are live from before this process began."""
        self._bus.subscribe(RoomWentOnAir, self._on_air)
        self._bus.subscribe(RoomEndRequested, self._end_requested)
        self._bus.subscribe(ParticipantJoined, self._joined)
        self._bus.subscribe(ParticipantLeft, self._left)
        async with self._database.transaction(SYSTEM) as transaction:
            live = await store.live_sessions(transaction)
        for session in live:
            await self._tell_opened(session)

    async def close(self) -> None:
        """Nothing of its own runs on."""

    async def open(self, asker: Asker, session: SessionId) -> Session:
        """Planned becomes open: the room takes participants and the recording begins (PR-01 first)."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            found = await self._moving(transaction, asker, session, Move.OPEN)
            check_consent(found.plan)
            now, room = self._clock.now(), RoomId(new_id())
            await store.set_open(transaction, session, room, now)
            opened = replace(found, state=SessionState.OPEN, room=room, opened_at=now)
            note(self._trail, transaction, Tag.SESSION_OPENED, asker, opened)
            opened = await self._begin_recording(transaction, asker, opened)
            transaction.after_commit(partial(self._tell_opened, opened))
        return opened

    async def end(self, asker: Asker, session: SessionId) -> Session:
        """Ends the session for everybody."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            found = await self._moving(transaction, asker, session, Move.END)
            return await self._end(transaction, asker, found)

    async def cancel(self, asker: Asker, session: SessionId) -> Session:
        """A planned session will not be held."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            found = await self._moving(transaction, asker, session, Move.CANCEL)
            await store.set_cancelled(transaction, session, self._clock.now())
            cancelled = replace(found, state=SessionState.CANCELLED)
            note(self._trail, transaction, Tag.RECORD_CHANGED, asker, cancelled)
        return cancelled

    async def grant(self, asker: Asker, session: SessionId, *, encoder: bool = False) -> GrantedSeat:
        """The asker's seat in the room, or an encoder's on behalf of one who runs the session."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            found = await access_session(transaction, asker, session)
        allowed = may(found, asker)
        if not allowed.join or found.room is None:
            after(found.state, Move.END)
            raise NotFound
        if encoder and not allowed.moderate:
            raise Refused
        role = Role.ENCODER if encoder else room_role(found, asker)
        expires_at = self._clock.now() + MAX_LIFE
        grant = grant_for(
            role,
            room=found.room,
            subject=encoder_subject(session) if encoder else asker.subject,
            name=asker.name,
            expires_at=expires_at,
        )
        more = MODERATOR_RIGHTS if allowed.moderate and role is Role.VIEWER else frozenset()
        hospital = found.plan.hospital if role is Role.HOST else None
        login = None if encoder else asker.login
        grant = replace(grant, session=session, may=grant.may | more, organisation=hospital, login=login)
        token = sign_grant(grant, key=self._signing_key, clock=self._clock)
        return GrantedSeat(token=token, room=found.room, role=role, expires_at=expires_at)

    async def rooms_below(self, organisation: OrganisationId | None) -> list[RoomId]:
        """Rooms of the sessions that an organisation or one below it holds now; at most `ROOMS_MOST`."""
        if organisation is None:
            return []
        async with self._database.transaction(SYSTEM) as transaction:
            return await store.live_rooms_below(transaction, organisation, ROOMS_MOST)

    async def may_enter(self, grant: Grant) -> None:
        """Asked at the door of the room: whether its session still takes participants (AU-01)."""
        if grant.session is None:
            return
        async with self._database.transaction(SYSTEM) as transaction:
            found = await store.get(transaction, grant.session)
        if found is None or found.room != grant.room:
            raise NotFound
        if found.state not in LIVE:
            after(found.state, Move.END)

    async def find(self, session: SessionId) -> Session | None:
        """The session as the live side needs it: asked by the house itself, not for a person."""
        async with self._database.transaction(SYSTEM) as transaction:
            return await store.get(transaction, session)

    async def store_still(self, asker: Asker, session: SessionId, still: str, data: bytes) -> StoredFile:
        """Keeps the picture of a still and tells the room, which knows the still's author."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            self._check_takes_stills(await access_session(transaction, asker, session))
        content = await self._files.prepare(data)
        if content.file_type not in IMAGES:
            raise Conflict("file.type_unknown", status_hint=415)
        async with (
            self._files.laid_down(content) as file,
            self._database.transaction(actor_of(asker)) as transaction,
        ):
            found = await access_session(transaction, asker, session)
            self._check_takes_stills(found)
            place = Place(
                organisation=found.organisation,
                owner=asker.subject,
                name="still",
                subject_type=SUBJECT,
                subject_id=session,
            )
            stored = await self._files.enter(transaction, file, content, place)
            now = self._clock.now()
            if not await store.add_still(transaction, session, still, asker.subject, file, now):
                raise Conflict
            if may(found, asker).moderate:
                await store.set_still(transaction, session, stored.id)
            transaction.after_commit(partial(self._tell_still, found, still, stored))
        return stored

    def _check_takes_stills(self, session: Session) -> None:
        late = session.ended_at is not None and self._clock.now() - session.ended_at < STILL_GRACE
        if session.room is None or not (session.state in LIVE or late):
            after(session.state, Move.END)

    async def _moving(
        self, transaction: Transaction, asker: Asker, session: SessionId, move: Move
    ) -> Session:
        """The session held for a move that its state and the asker's rights allow (AZ-05)."""
        found = await access_led_session(transaction, asker, session)
        state = await store.lock_state(transaction, session)
        if state is None:
            raise NotFound
        after(state, move)
        return replace(found, state=state)

    async def _begin_recording(self, transaction: Transaction, asker: Asker, session: Session) -> Session:
        recording = RecordingRow(
            id=RecordingId(new_id()),
            session=session.id,
            organisation=session.organisation,
            state="recording",
            duration_ms=0,
            chapters=0,
        )
        if not session.plan.recorded:
            return session
        await store.add_recording(transaction, recording, self._clock.now())
        note(self._trail, transaction, Tag.RECORDING_STARTED, asker, session, recording=recording.id)
        return replace(session, recording=recording)

    async def _end(self, transaction: Transaction, asker: Asker, session: Session) -> Session:
        now = self._clock.now()
        await store.set_ended(transaction, session.id, now)
        ended = replace(session, state=SessionState.ENDED, ended_at=now)
        note(self._trail, transaction, Tag.SESSION_ENDED, asker, ended)
        if session.recording is not None:
            note(
                self._trail,
                transaction,
                Tag.RECORDING_STOPPED,
                asker,
                ended,
                recording=session.recording.id,
            )
        transaction.after_commit(partial(self._tell_ended, ended))
        return ended

    async def _on_air(self, event: RoomWentOnAir) -> None:
        async with self._database.transaction(SYSTEM) as transaction:
            session = await store.get_by_room(transaction, event.room)
            if session is None:
                return
            if await store.lock_state(transaction, session.id) is SessionState.OPEN:
                await store.set_on_air(transaction, session.id, event.at)

    async def _end_requested(self, event: RoomEndRequested) -> None:
        """The room has checked the right to end; what is left is the state."""
        async with self._database.transaction(SYSTEM) as transaction:
            session = await store.get_by_room(transaction, event.room)
            if session is None or await store.lock_state(transaction, session.id) not in LIVE:
                return
            asker = Asker(
                at=event.at,
                subject=event.subject,
                name="",
                organisation=session.organisation,
                address=event.address,
            )
            await self._end(transaction, asker, session)

    async def _joined(self, event: ParticipantJoined) -> None:
        self._presence.joined(event)
        asker = Asker(
            at=event.at, subject=event.subject, name=event.name, organisation=None, address=event.address
        )
        await self._note_seat(Tag.SESSION_JOINED, event.room, asker, event.role.value)

    async def _left(self, event: ParticipantLeft) -> None:
        self._presence.left(event)
        asker = Asker(at=event.at, subject=event.subject, name="", organisation=None, address=event.address)
        await self._note_seat(Tag.SESSION_LEFT, event.room, asker, event.reason)

    async def _note_seat(self, tag: Tag, room: RoomId, asker: Asker, how: str) -> None:
        async with self._database.transaction(SYSTEM) as transaction:
            session = await store.get_by_room(transaction, room)
            if session is not None:
                note(self._trail, transaction, tag, asker, session, how=how)

    async def _tell_opened(self, session: Session) -> None:
        if session.room is None:
            return
        await self._bus.publish(
            SessionOpened(
                at=self._clock.now(),
                session=session.id,
                room=session.room,
                recording=session.recording.id if session.recording else None,
                title=session.plan.title,
            )
        )

    async def _tell_ended(self, session: Session) -> None:
        if session.room is None:
            return
        self._presence.ended(session.room)
        await self._bus.publish(
            SessionEnded(
                at=self._clock.now(),
                session=session.id,
                room=session.room,
                recording=session.recording.id if session.recording else None,
            )
        )

    async def _tell_still(self, session: Session, still: str, stored: StoredFile) -> None:
        if session.room is not None:
            await self._bus.publish(
                StillStored(
                    at=self._clock.now(),
                    room=session.room,
                    still=still,
                    url=file_url(stored.id),
                    width=stored.width,
                    height=stored.height,
                    subject=stored.owner,
                )
            )


def encoder_subject(session: SessionId) -> str:
    """Whose seat an encoder of this session takes: the same for all grants, and nobody else's."""
    return str(uuid.uuid5(uuid.UUID(session), "encoder"))
