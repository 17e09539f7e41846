"""One live room: its order of events, who hears them, who sits in it.

Everything that changes the room holds `order`, decides on the present state, and commits: the events are
numbered, fsynced in the journal, folded into the state and only then told. What could not be kept did
not happen. After a restart the same fold over the journal gives the same state.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from platform_api.kernel.clock import Clock, unix_ms
from platform_api.kernel.events import Event as Fact
from platform_api.kernel.events import ParticipantJoined as JoinedFact
from platform_api.kernel.events import ParticipantLeft as LeftFact
from platform_api.kernel.events import RoomWentOnAir
from platform_api.kernel.log import get_logger
from platform_api.kernel.rooms import Right
from platform_api.kernel.tasks import TaskOwner
from platform_api.kernel.tokens import Grant
from recording.control import JournalEntry, JournalFull, RoomJournal
from signaling.admission import RoomFacts
from signaling.codec import encode
from signaling.connection.registry import Connection
from signaling.errors import SeatError, StorageFull
from signaling.history import History
from signaling.messages import EVENTS
from signaling.messages.catalogue import Message
from signaling.messages.envelope import NUMBERED_FRAME, VOLATILE_FRAME
from signaling.messages.room import (
    Join,
    Joined,
    LeaveReason,
    NumberedEvent,
    Participant,
    ParticipantLeft,
    ParticipantUpserted,
)
from signaling.outbox import Outbox
from signaling.presence import Presence, is_person, participant_id
from signaling.state import RoomState, may_publish

EVENT_NAMES: Final = {spec.data: spec.name for spec in EVENTS.values()}


class Room:
    """See the module's first lines. `tell` hands facts to the bus in order, without waiting."""

    def __init__(
        self,
        facts: RoomFacts,
        *,
        journal: RoomJournal,
        outbox: Outbox,
        clock: Clock,
        tell: Callable[[Fact], None],
        history_events: int,
        max_participants: int,
    ) -> None:
        self.facts = facts
        self.state = RoomState()
        self.presence = Presence()
        self.order = asyncio.Lock()
        self.tasks = TaskOwner("signaling.room")
        self.seq = 0
        self.empty_since_s: float | None = clock.monotonic_s()
        self._journal = journal
        self._outbox = outbox
        self._clock = clock
        self._tell = tell
        self._history = History(history_events)
        self._max_participants = max_participants
        self._hearers: dict[str, list[dict[str, Any]] | None] = {}
        self._epoch_ms = float(unix_ms(clock.now()))
        self._log = get_logger("signaling.room").bind(room=facts.room)

    # -- the order of events ---------------------------------------------------------------------

    def rebuild(self, entries: Iterable[JournalEntry]) -> None:
        """Folds in what the journal holds; seats found there wait for their owners."""
        for entry in entries:
            spec = EVENTS.get(entry.name)
            if self.seq == 0:
                self._epoch_ms = float(entry.at_ms)
            self.seq = entry.seq
            self._history.append(
                NumberedEvent(seq=entry.seq, at_ms=entry.at_ms, name=entry.name, data=entry.data)
            )
            if spec is None:
                self._log.warning("journal.unknown_event", event_name=entry.name)
                continue
            self.state.apply(spec.data.model_validate(entry.data))

    async def commit(self, *events: Message) -> int:
        """Keeps, folds and tells the events; returns the last one's number. The caller holds `order`.

        Raises StorageFull, and then nothing happened.
        """
        at_ms = unix_ms(self._clock.now())
        numbered = [
            NumberedEvent(
                seq=self.seq + number, at_ms=at_ms, name=EVENT_NAMES[type(event)], data=encode(event)
            )
            for number, event in enumerate(events, 1)
        ]
        try:
            await self._journal.append(
                [JournalEntry(seq=e.seq, at_ms=e.at_ms, name=e.name, data=e.data) for e in numbered]
            )
        except JournalFull as error:
            self._log.error("journal.full")
            raise StorageFull from error
        before = self.state.status.state
        for event, kept in zip(events, numbered, strict=True):
            self.seq = kept.seq
            self.state.apply(event)
            self._history.append(kept)
            await self._tell_all(kept)
        if before != "on_air":
            self.tell_on_air()
        return self.seq

    def tell_on_air(self) -> None:
        """Tells the house that the room is on air, if it is; told again it changes nothing there."""
        status = self.state.status
        if status.state == "on_air" and status.on_air_since_ms is not None:
            since = datetime.fromtimestamp(status.on_air_since_ms / 1000, UTC)
            self._tell(RoomWentOnAir(at=since, room=self.facts.room, session=self.facts.session))

    async def _tell_all(self, event: NumberedEvent) -> None:
        frame = event.model_dump()
        for held in self._hearers.values():
            if held is not None:
                held.append(frame)
        hearers = [connection for connection, held in self._hearers.items() if held is None]
        if hearers:
            await self._outbox.send(hearers, NUMBERED_FRAME, frame, volatile=False)

    async def pass_on(self, event: Message, *, to: str | None = None, but: str | None = None) -> None:
        """A volatile event to one participant, or to all but one; not ordered, not kept."""
        if to is not None:
            seat = self.presence.get(to)
            hearers = [seat.connection] if seat is not None and seat.connection is not None else []
        else:
            skipped = self.presence.get(but) if but is not None else None
            hearers = [
                connection
                for connection, held in self._hearers.items()
                if held is None and (skipped is None or connection != skipped.connection)
            ]
        if hearers:
            name = EVENT_NAMES[type(event)]
            await self._outbox.send(
                hearers, VOLATILE_FRAME, {"name": name, "data": encode(event)}, volatile=True
            )

    # -- seats -----------------------------------------------------------------------------------

    async def take_seat(self, connection: Connection, request: Join) -> tuple[Joined, str | None]:
        """Seats the connection's owner; gives the answer and the connection that it replaced.

        The caller holds `order`. Events are held back from the connection until `release`.
        """
        grant = connection.grant
        participant = participant_id(grant.room, grant.subject)
        key = self._admit(participant, request)
        is_new = self.presence.get(participant) is None
        rights = self.state.rights_for(participant, grant)
        seated = self._seated(participant, grant, rights, request)
        if self.state.participants.get(participant) != seated:
            await self.commit(ParticipantUpserted(participant=seated))
        replaced = self.presence.take(
            participant, connection=connection.id, grant=grant, key=key, address=connection.address
        )
        self.empty_since_s = None
        if replaced is not None:
            self._hearers.pop(replaced, None)
        self._hearers[connection.id] = []
        if is_new:
            self._tell_joined(grant, connection.address)
        return self._joined(participant, grant, rights, request, resumed=key is not None), replaced

    def _admit(self, participant: str, request: Join) -> str | None:
        """The proven key of a seat that is taken again, None for a fresh one; raises SeatError."""
        if participant in self.state.barred:
            raise SeatError("room.removed")
        if self.state.status.state == "ended":
            raise SeatError("room.ended")
        seat = self.presence.get(participant)
        if seat is None and len(self.presence) >= self._max_participants:
            raise SeatError("room.full")
        if request.resume is None or seat is None:
            return None
        if request.resume.participant != participant or not seat.opens_with(request.resume.key):
            raise SeatError("room.seat_lost")
        return request.resume.key

    def _seated(self, participant: str, grant: Grant, rights: frozenset[Right], request: Join) -> Participant:
        present = self.state.participants.get(participant)
        return Participant(
            id=participant,
            name=grant.name,
            role=grant.role,
            organisation=grant.organisation,
            colour=self.state.colour_for(participant, rights),
            rights=tuple(sorted(rights)),
            online=True,
            hand_raised_at_ms=present.hand_raised_at_ms if present is not None else None,
            joined_at_ms=present.joined_at_ms if present is not None else unix_ms(self._clock.now()),
            device=request.device,
        )

    def _joined(
        self, participant: str, grant: Grant, rights: frozenset[Right], request: Join, *, resumed: bool
    ) -> Joined:
        seat = self.presence.get(participant)
        if seat is None or seat.key is None:
            raise SeatError("room.seat_lost")
        seen = request.resume.last_seq if request.resume and resumed else 0
        missed = self._history.after(seen) if seen else None
        return Joined(
            participant=participant,
            key=seat.key,
            seq=self.seq,
            server_ms=self._clock.now().timestamp() * 1000,
            snapshot=self.state.snapshot(self.facts, self._epoch_ms) if missed is None else None,
            missed=missed,
            rights=tuple(sorted(rights)),
            may_publish=tuple(sorted(may_publish(grant, rights))),
        )

    def release_soon(self, connection: str) -> None:
        """The connection hears the held events and all that follow, once its answer is on the way."""
        self.tasks.spawn(self._release(connection), name="release")

    async def _release(self, connection: str) -> None:
        async with self.order:
            held = self._hearers.get(connection)
            if held is None:
                return
            self._hearers[connection] = None
            for frame in held:
                await self._outbox.send([connection], NUMBERED_FRAME, frame, volatile=False)

    async def lose(self, participant: str, connection: str) -> None:
        """The connection is gone; the seat is kept and all see that its owner is away."""
        async with self.order:
            self._hearers.pop(connection, None)
            if self.presence.lose(participant, connection, self._clock.monotonic_s()):
                present = self.state.participants.get(participant)
                if present is not None:
                    away = present.model_copy(update={"online": False})
                    await self._commit_or_log(ParticipantUpserted(participant=away))

    async def give_up(self, participant: str, reason: LeaveReason) -> bool:
        """The participant leaves for good; False if there was no such seat."""
        async with self.order:
            seat = self.presence.get(participant)
            if seat is None:
                return False
            await self._commit_or_log(ParticipantLeft(participant=participant, reason=reason))
            self.presence.give_up(participant)
            if seat.connection is not None:
                self._hearers.pop(seat.connection, None)
            if seat.grant is not None:
                self._tell_left(seat.grant, seat.address, reason)
            if len(self.presence) == 0:
                self.empty_since_s = self._clock.monotonic_s()
            return True

    def touch(self) -> None:
        """Somebody is at the door: an empty room waits for them."""
        if self.empty_since_s is not None:
            self.empty_since_s = self._clock.monotonic_s()

    async def seats_found(self) -> None:
        """After a rebuild: whom the journal seats is away until they are back."""
        async with self.order:
            away = []
            for participant in tuple(self.state.participants.values()):
                if is_person(participant.id):
                    self.presence.restore(participant.id, self._clock.monotonic_s())
                    self.empty_since_s = None
                    if participant.online:
                        away.append(participant.model_copy(update={"online": False}))
            await self._commit_or_log(*(ParticipantUpserted(participant=each) for each in away))

    async def _commit_or_log(self, *events: Message) -> None:
        """For what happens to us rather than being asked: a full disk must not undo a departure."""
        if not events:
            return
        try:
            await self.commit(*events)
        except StorageFull:
            for event in events:
                self.state.apply(event)

    def _tell_joined(self, grant: Grant, address: str) -> None:
        self._tell(
            JoinedFact(
                at=self._clock.now(),
                room=grant.room,
                session=self.facts.session,
                subject=grant.subject,
                name=grant.name,
                role=grant.role,
                address=address,
            )
        )

    def _tell_left(self, grant: Grant, address: str, reason: LeaveReason) -> None:
        self._tell(
            LeftFact(
                at=self._clock.now(),
                room=grant.room,
                session=self.facts.session,
                subject=grant.subject,
                reason=reason.value,
                address=address,
            )
        )

    # -- the end ---------------------------------------------------------------------------------

    def connections(self) -> Sequence[str]:
        return [seat.connection for seat in self.presence if seat.connection is not None]

    async def close(self, reason: LeaveReason) -> None:
        """Empties the seats and closes the journal; may be called twice."""
        await self.tasks.close()
        async with self.order:
            for seat in self.presence:
                self.presence.give_up(seat.participant)
                if seat.grant is not None:
                    self._tell_left(seat.grant, seat.address, reason)
            self._hearers.clear()
        await self._journal.close()
