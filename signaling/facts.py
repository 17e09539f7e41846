"""Facts of the house that rooms show or obey, and the facts that rooms tell: the bus on both sides."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from platform_api.kernel import events as facts
from platform_api.kernel.bus import Bus
from platform_api.kernel.clock import unix_ms
from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import TaskOwner
from signaling.admission import RoomFacts
from signaling.connection.registry import Connections
from signaling.connection.states import Event
from signaling.directory import Directory, RecordingWord
from signaling.errors import StorageFull
from signaling.messages import room as messages
from signaling.messages.catalogue import Message
from signaling.presence import participant_id

MAX_UNTOLD: Final = 10_000
RECORDING_WORDS: Final[dict[str, RecordingWord]] = {
    "recording": "on",
    "interrupted": "interrupted",
    "complete": "off",
}


class Teller:
    """Publishes facts in order, from a task of its own, so that no room waits for a listener."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._untold: asyncio.Queue[facts.Event] = asyncio.Queue(MAX_UNTOLD)
        self._log = get_logger("signaling.facts")

    def tell(self, fact: facts.Event) -> None:
        try:
            self._untold.put_nowait(fact)
        except asyncio.QueueFull:
            self._log.error("fact.dropped", fact=type(fact).__name__)

    async def run(self) -> None:
        while True:
            await self._bus.publish(await self._untold.get())
            self._untold.task_done()

    async def drain(self) -> None:
        """Returns when everything has been told; `run` must be running."""
        await self._untold.join()


class FactListener:
    """Carries out what happened elsewhere."""

    def __init__(
        self,
        *,
        directory: Directory,
        connections: Connections,
        end_connection: Callable[[str, Event], Awaitable[None]],
        tasks: TaskOwner,
    ) -> None:
        self._directory = directory
        self._connections = connections
        self._end_connection = end_connection
        self._tasks = tasks
        self._log = get_logger("signaling.facts")

    def listen(self, bus: Bus) -> Callable[[], None]:
        """Hears from now; returns the call that ends it."""
        ends = [
            bus.subscribe(facts.SessionOpened, self._session_opened),
            bus.subscribe(facts.SessionEnded, self._session_ended),
            bus.subscribe(facts.RoomEndRequested, self._end_requested),
            bus.subscribe(facts.AccessRevoked, self._access_revoked),
            bus.subscribe(facts.CommentPosted, self._comment_posted),
            bus.subscribe(facts.CommentHidden, self._comment_hidden),
            bus.subscribe(facts.LikesCounted, self._likes_counted),
            bus.subscribe(facts.StillStored, self._still_stored),
            bus.subscribe(facts.RecordingChanged, self._recording_changed),
        ]

        def unsubscribe() -> None:
            for end in ends:
                end()

        return unsubscribe

    async def _session_opened(self, fact: facts.SessionOpened) -> None:
        """The room takes participants and its recording begins; safe to be told again after a restart."""
        await self._directory.open(
            RoomFacts(room=fact.room, title=fact.title, session=fact.session, recording=fact.recording)
        )

    async def _session_ended(self, fact: facts.SessionEnded) -> None:
        await self._end(fact.room)

    async def _end_requested(self, fact: facts.RoomEndRequested) -> None:
        """A session is the platform's to end; a room without one ends here."""
        if fact.session is None:
            await self._end(fact.room)

    async def _end(self, room: str) -> None:
        await self._directory.end(room)
        for connection in self._connections.of_room(room):
            await self._end_connection(connection.id, Event.ENDED)

    async def _access_revoked(self, fact: facts.AccessRevoked) -> None:
        """Sockets are cut now; a seat that waits for its owner is given up too (AU-05)."""
        for connection in self._connections.of_subject(fact.subject, fact.room):
            if fact.concerns(connection.grant.login):
                await self._end_connection(connection.id, Event.REVOKED)
        for room in self._directory:
            if fact.room in (None, room.facts.room):
                participant = participant_id(room.facts.room, fact.subject)
                seat = room.presence.get(participant)
                if seat is not None and seat.grant is not None and not fact.concerns(seat.grant.login):
                    continue
                if await room.give_up(participant, messages.LeaveReason.REVOKED):
                    await self._directory.hang_up(room.facts.room, participant)

    async def _comment_posted(self, fact: facts.CommentPosted) -> None:
        event = messages.CommentPosted(
            comment=fact.comment,
            parent=fact.parent,
            author_name=fact.author_name,
            author_subject=fact.author_subject,
            body=fact.body,
            media_time_ms=fact.media_time_ms,
            posted_at_ms=unix_ms(fact.at),
            files=fact.files,
        )
        await self._show(fact.room, event)

    async def _comment_hidden(self, fact: facts.CommentHidden) -> None:
        await self._show(fact.room, messages.CommentHidden(comment=fact.comment))

    async def _likes_counted(self, fact: facts.LikesCounted) -> None:
        await self._show(fact.room, messages.LikesCounted(comment=fact.comment, count=fact.count))

    async def _still_stored(self, fact: facts.StillStored) -> None:
        room = self._directory.get(fact.room)
        if room is None:
            return
        async with room.order:
            still = room.state.stills.get(fact.still)
            if still is None:
                return
            if fact.subject and participant_id(room.facts.room, fact.subject) != still.author:
                self._log.warning("still.foreign_picture", room=fact.room)
            else:
                stored = {"url": fact.url, "width": fact.width, "height": fact.height}
                await room.commit(messages.StillChanged(still=still.model_copy(update=stored)))

    async def _recording_changed(self, fact: facts.RecordingChanged) -> None:
        room = self._directory.get(fact.room)
        word = RECORDING_WORDS.get(fact.state)
        if room is not None and word is not None and room.facts.recording == fact.recording:
            await self._directory.set_recording(room, word)

    async def _show(self, room_id: str, event: Message) -> None:
        """The event in the room if it is open; a comment on a session that is over needs no room."""
        room = self._directory.get(room_id)
        if room is None:
            return
        async with room.order:
            try:
                await room.commit(event)
            except StorageFull:
                self._log.error("fact.not_kept", room=room_id, fact=type(event).__name__)
