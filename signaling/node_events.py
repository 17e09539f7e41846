"""What the media node tells, as events of the room.

Publications are numbered events, committed one after the other by a task of the room. Clocks, levels and
quality are passed on as they come, levels gathered to five frames a second.
"""

import asyncio
from typing import Final

from media.client import MediaAway, MediaClient, MediaRefused
from media.control import (
    AudioLevel,
    ClockMoved,
    FlowMoved,
    LayersWanted,
    NodeEvent,
    PeerStateChanged,
    PublicationChanged,
    PublicationEnded,
    PublicationStarted,
    RoomQuality,
    SlotClockMoved,
)
from platform_api.kernel.clock import Clock, unix_ms
from platform_api.kernel.log import get_logger
from platform_api.kernel.rooms import Role
from signaling.errors import StorageFull
from signaling.messages import media as media_messages
from signaling.messages import room as messages
from signaling.messages.catalogue import Message
from signaling.presence import is_person
from signaling.room import Room

LEVEL_INTERVAL_S: Final = 0.2
MAX_WAITING: Final = 1024
Ordered = PublicationStarted | PublicationChanged | PublicationEnded


class NodeEvents:
    """The node's view of one room, kept in step with the room's publications."""

    def __init__(self, room: Room, *, media: MediaClient, clock: Clock) -> None:
        self._room = room
        self._media = media
        self._clock = clock
        self._inbox: asyncio.Queue[Ordered | None] = asyncio.Queue(MAX_WAITING)
        self._told: set[str] = set()
        self._levels: dict[str, int] = {}
        self._levels_due = False
        self._log = get_logger("signaling.media").bind(room=room.facts.room)

    def start(self) -> None:
        self._room.tasks.spawn(self._commit_each(), name="node-events")
        self._room.tasks.spawn(self._watch(), name="watch")

    def hear(self, event: NodeEvent) -> None:
        """One event of this room, from the link's reader: nothing here waits; a closed room hears nothing."""
        if self._room.tasks.closed:
            return
        match event:
            case PublicationStarted() | PublicationChanged() | PublicationEnded():
                if isinstance(event, PublicationStarted):
                    self._told.add(event.publication)
                self._put(event)
            case PeerStateChanged():
                state = media_messages.PeerState(peer=event.peer, state=event.state)
                self._pass_on(state, to=event.participant)
            case SlotClockMoved():
                self._pass_on(_slot_clock(event), to=event.participant)
            case FlowMoved():
                self._pass_on(_flow(event), to=event.participant)
            case LayersWanted():
                self._pass_on(_wanted(event), to=event.participant)
            case AudioLevel():
                self._gather_level(event)
            case RoomQuality():
                rows = tuple(messages.QualityRow.model_validate(row.model_dump()) for row in event.rows)
                self._pass_on(messages.QualityChanged(rows=rows))
            case ClockMoved():
                return

    def reset(self) -> None:
        """The node was lost and is back: what it had is gone until it is told again."""
        self._told.clear()
        self._put(None)

    def _put(self, item: Ordered | None) -> None:
        try:
            self._inbox.put_nowait(item)
        except asyncio.QueueFull:
            self._log.error("node_events.overflow")

    def _pass_on(self, event: Message, *, to: str | None = None) -> None:
        self._room.tasks.spawn(self._room.pass_on(event, to=to), name="pass-on")

    def _gather_level(self, event: AudioLevel) -> None:
        self._levels[event.publication] = event.level_dbov
        if not self._levels_due:
            self._levels_due = True
            self._room.tasks.spawn(self._flush_levels(), name="levels")

    async def _flush_levels(self) -> None:
        await asyncio.sleep(LEVEL_INTERVAL_S)
        levels, self._levels, self._levels_due = self._levels, {}, False
        await self._room.pass_on(messages.AudioLevels(levels=levels))

    async def _watch(self) -> None:
        """Hears the present publications; what the journal still had and the node has not, has ended."""
        try:
            await self._media.watch(self._room.facts.room)
        except (MediaAway, MediaRefused) as error:
            self._log.warning("watch.refused", code=error.code)
        async with self._room.order:
            state = self._room.state
            ended = [name for name in state.publications if name not in self._told]
            await self._commit(*_endings(self._room, ended))

    async def _commit_each(self) -> None:
        while True:
            event = await self._inbox.get()
            async with self._room.order:
                match event:
                    case PublicationStarted():
                        await self._commit(*self._started(event))
                    case PublicationChanged():
                        await self._commit(*self._changed(event))
                    case PublicationEnded():
                        await self._commit(*_endings(self._room, [event.publication]))
                    case None:
                        await self._commit(*_endings(self._room, list(self._room.state.publications)))
                        await self._room.pass_on(media_messages.MediaReset())

    async def _commit(self, *events: Message) -> None:
        if not events:
            return
        try:
            await self._room.commit(*events)
        except StorageFull:
            self._log.error("node_events.not_kept", events=len(events))

    def _started(self, event: PublicationStarted) -> list[Message]:
        publication = messages.Publication(
            id=event.publication,
            participant=event.participant,
            source=event.source,
            kind=event.kind,
            codec=event.codec,
            layers=event.layers,
            on=event.on,
        )
        if self._room.state.publications.get(event.publication) == publication:
            return []
        found: list[Message] = []
        if event.participant not in self._room.state.participants:
            found.append(messages.ParticipantUpserted(participant=self._encoder(event.participant)))
        found.append(messages.PublicationUpserted(publication=publication))
        if event.kind == "video" and event.on:
            found += self._on_air()
        return found

    def _changed(self, event: PublicationChanged) -> list[Message]:
        old = self._room.state.publications.get(event.publication)
        if old is None:
            return []
        new = old.model_copy(update={"on": event.on, "layers": event.layers or old.layers})
        if new == old:
            return []
        found: list[Message] = [messages.PublicationUpserted(publication=new)]
        return found + (self._on_air() if new.kind == "video" and new.on else [])

    def _on_air(self) -> list[Message]:
        status = self._room.state.status
        if status.state != "open":
            return []
        since = status.on_air_since_ms or unix_ms(self._clock.now())
        return [status.model_copy(update={"state": "on_air", "on_air_since_ms": since})]

    def _encoder(self, participant: str) -> messages.Participant:
        """A box that sends pictures and has no page: it is there as long as it sends."""
        return messages.Participant(
            id=participant,
            name=participant,
            role=Role.ENCODER,
            colour=self._room.state.colour_for(participant, frozenset()),
            rights=(),
            joined_at_ms=unix_ms(self._clock.now()),
            device="encoder",
        )


def _endings(room: Room, publications: list[str]) -> list[Message]:
    """The end of these publications, and the leaving of encoders that send nothing any more."""
    state = room.state
    known = [name for name in publications if name in state.publications]
    left = {pub.participant for name, pub in state.publications.items() if name not in known}
    found: list[Message] = [messages.PublicationEnded(publication=name) for name in known]
    for participant in state.participants.values():
        if not is_person(participant.id) and participant.id not in left:
            leaving = messages.ParticipantLeft(participant=participant.id, reason=messages.LeaveReason.LEFT)
            found.append(leaving)
    return found


def _slot_clock(event: SlotClockMoved) -> media_messages.SlotClock:
    return media_messages.SlotClock(
        peer=event.peer,
        mid=event.mid,
        rtp_timestamp=event.rtp_timestamp,
        source_rtp_timestamp=event.source_rtp_timestamp,
        rid=event.rid,
        capture_ms=event.capture_ms,
        clock_rate=event.clock_rate,
    )


def _flow(event: FlowMoved) -> media_messages.Flow:
    return media_messages.Flow(
        peer=event.peer,
        slots=tuple(media_messages.SlotFlow.model_validate(slot.model_dump()) for slot in event.slots),
        line=media_messages.Line(estimate_bps=event.estimate_bps, loss=event.loss, rtt_ms=event.rtt_ms),
    )


def _wanted(event: LayersWanted) -> media_messages.WantedLayers:
    return media_messages.WantedLayers(
        publication=event.publication, source=event.source, wanted=event.wanted, rids=event.rids
    )
