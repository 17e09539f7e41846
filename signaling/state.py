"""The state of one room as the fold of its numbered events; live and after a restart by the same code."""

from typing import Final

from annotation.anchor import sheet_of
from annotation.board import Board
from annotation.model import StillTarget
from platform_api.kernel.rooms import AUDIO_SOURCES, Right, Role, Source
from platform_api.kernel.tokens import Grant
from signaling.admission import RoomFacts
from signaling.messages import annotation as marks
from signaling.messages.catalogue import Message
from signaling.messages.room import (
    LeaveReason,
    LikesCounted,
    Participant,
    ParticipantLeft,
    ParticipantUpserted,
    PresentedView,
    Publication,
    PublicationEnded,
    PublicationUpserted,
    RoomStateChanged,
    Snapshot,
    Still,
    StillChanged,
    StillRemoved,
    ViewPresented,
)

COLOURS: Final = 6
MARKING_RIGHTS: Final = frozenset({Right.DRAW, Right.POINT})


class RoomState:
    """What all in the room see, and what is remembered of those who left."""

    def __init__(self) -> None:
        self.status = RoomStateChanged(state="open", on_air_since_ms=None, recording="off")
        self.participants: dict[str, Participant] = {}
        self.publications: dict[str, Publication] = {}
        self.stills: dict[str, Still] = {}
        self.board = Board()
        self.view = PresentedView(layout="side")
        self.likes = 0
        self.barred: set[str] = set()
        self.known_publications: set[str] = set()
        self._remembered: dict[str, Participant] = {}

    def apply(self, event: Message) -> None:
        """Folds in one event; events that carry no state change nothing."""
        match event:
            case ParticipantUpserted(participant=participant):
                self.participants[participant.id] = self._remembered[participant.id] = participant
            case ParticipantLeft(participant=participant_id, reason=reason):
                self.participants.pop(participant_id, None)
                if reason is LeaveReason.REMOVED:
                    self.barred.add(participant_id)
            case PublicationUpserted(publication=publication):
                self.publications[publication.id] = publication
                self.known_publications.add(publication.id)
            case PublicationEnded(publication=publication_id):
                self.publications.pop(publication_id, None)
            case RoomStateChanged():
                self.status = event
            case StillChanged(still=still):
                self.stills[still.id] = still
            case StillRemoved(still=still_id):
                self.stills.pop(still_id, None)
                self.board.drop_sheet(sheet_of(StillTarget(still=still_id)))
            case ViewPresented(view=view):
                self.view = view
            case marks.MarksChanged(author=author, changes=changes):
                self.board.apply(author, changes)
            case LikesCounted(comment=None, count=count):
                self.likes = count

    def colour_for(self, participant: str, rights: frozenset[Right]) -> int:
        """The person's mark colour: one of six in order of coming to those who may mark, dashed beyond."""
        old = self._remembered.get(participant)
        taken = {each.colour for each in self._remembered.values()}
        if old is not None and (old.colour < COLOURS or not rights & MARKING_RIGHTS):
            return old.colour
        free = [colour for colour in range(COLOURS) if colour not in taken]
        if rights & MARKING_RIGHTS and free:
            return free[0]
        return old.colour if old is not None else COLOURS + len(self._remembered) % COLOURS

    def rights_for(self, participant: str, grant: Grant) -> frozenset[Right]:
        """What was given and taken in this room holds as long as the person comes in the same role."""
        old = self._remembered.get(participant)
        return frozenset(old.rights) if old is not None and old.role is grant.role else grant.may

    def snapshot(self, facts: RoomFacts, epoch_ms: float) -> Snapshot:
        """Everything for one who has nothing."""
        status = self.status
        return Snapshot(
            room=facts.room,
            title=facts.title,
            session=facts.session,
            state=status.state,
            on_air_since_ms=status.on_air_since_ms,
            recording=status.recording,
            recording_since_ms=status.recording_since_ms,
            epoch_ms=epoch_ms,
            participants=tuple(self.participants.values()),
            publications=tuple(self.publications.values()),
            marks=self.board.marks(),
            pages=self.board.pages,
            page_shown=self.board.page_shown,
            stills=tuple(self.stills.values()),
            view=self.view,
            likes=self.likes,
        )


def may_publish(grant: Grant, rights: frozenset[Right]) -> frozenset[Source]:
    """What a participant may send now: sound follows the right to speak, pictures the grant."""
    if grant.role is Role.ENCODER:
        return grant.publish
    if Right.SPEAK not in rights:
        return grant.publish - AUDIO_SOURCES
    own = Source.COMMENTARY if grant.role is Role.COMMENTATOR else Source.VOICE
    return grant.publish | {own}
