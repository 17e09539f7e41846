"""Questions and themed discussions as values."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from platform_api.kernel.ids import CommentId, FileId, OrganisationId, RecordingId, SessionId, UserId
from platform_api.teaching import BodyPart

QuestionId = NewType("QuestionId", str)
KioskId = NewType("KioskId", str)

SUBJECT: Final = "question"
MAX_TITLE: Final = 120
MAX_TEXT: Final = 4000
MAX_SUMMARY: Final = 4000
SUMMARY_KIND: Final = "qa.summary"
"""What reviews call a discussion's summary."""
MAX_FILES: Final = 8
MAX_EXPERTS: Final = 20
MAX_PERIOD: Final = timedelta(days=60)
MAX_TOLD: Final = 500
"""So many followers are told of an answer; more are told by nobody, and see it when they look."""


class QuestionKind(StrEnum):
    """A question of one person, or a discussion that somebody hosts."""

    QUESTION = "question"
    DISCUSSION = "discussion"


class QuestionTopic(StrEnum):
    """What it is about."""

    DIAGNOSIS = "diagnosis"
    TECHNIQUE = "technique"
    PATHOLOGY = "pathology"
    TREATMENT = "treatment"
    COMPLICATION = "complication"
    EQUIPMENT = "equipment"
    SCREENING = "screening"
    FOLLOW_UP = "follow_up"
    OTHER = "other"


class QuestionScene(StrEnum):
    """Where it was asked."""

    PC = "pc"
    PHONE = "phone"
    ENDOSCOPY_ROOM = "endoscopy_room"
    LIVE = "live"
    REPLAY = "replay"


class QuestionVisibility(StrEnum):
    """Who sees it beside the invited: those who see its session, one organisation, its network, everybody."""

    SESSION = "session"
    ORGANISATION = "organisation"
    SCOPE = "scope"
    EVERYONE = "everyone"


class QuestionState(StrEnum):
    """Open: nobody else has answered yet. Closed: no more answers are taken."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The moment of a session that a question is about."""

    session: SessionId
    recording: RecordingId | None = None
    source: str | None = None
    media_time_ms: int | None = None
    captured_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What somebody wrote, and under which tags."""

    title: str
    body: str = ""
    case_summary: str = ""
    topic: QuestionTopic = QuestionTopic.OTHER
    body_part: BodyPart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """When a discussion takes words."""

    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A question or a discussion before it is one."""

    words: Words
    scene: QuestionScene
    visibility: QuestionVisibility
    kind: QuestionKind = QuestionKind.QUESTION
    moment: Moment | None = None
    files: tuple[FileId, ...] = ()
    still: FileId | None = None
    experts: tuple[UserId, ...] = ()
    period: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question as kept, with what its reader has to do with it."""

    id: QuestionId
    kind: QuestionKind
    organisation: OrganisationId
    organisation_name: str
    asker: UserId
    asker_name: str
    words: Words
    scene: QuestionScene
    visibility: QuestionVisibility
    state: QuestionState
    asked_at: datetime
    active_at: datetime
    seen_from: OrganisationId | None = None
    moment: Moment | None = None
    period: Period | None = None
    best: CommentId | None = None
    summary_published_at: datetime | None = None
    concluded_at: datetime | None = None
    hidden: bool = False
    heat: int = 0
    likes: int = 0
    answers: int = 0
    follows: int = 0
    files: int = 0
    still: FileId | None = None
    liked: bool = False
    followed: bool = False
    is_expert: bool = False
    admitted: bool = False
    above: bool = False
    """Whether its organisation stands at or below the reader's."""
    in_network: bool = False
    """Whether the reader's organisation stands at or below the node that it is seen from."""
    session_seen: bool = False
    """Whether the reader may see the session that it came from, by the row rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expert:
    """Somebody who was asked to answer."""

    user: UserId
    name: str
    organisation_name: str


class InvitedKind(StrEnum):
    """An expert with an account, or a guest of a discussion who came by a link."""

    EXPERT = "expert"
    GUEST = "guest"


class InvitedState(StrEnum):
    """How far an invitation is."""

    INVITED = "invited"
    ANSWERED = "answered"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitedExpert(Expert):
    """An expert with who asked them, and whether that was taken back."""

    invited_by: UserId
    invited_at: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An invitation as those who may take it back see it; `id` is a user's or a guest invitation's."""

    kind: InvitedKind
    id: str
    name: str
    place: str
    invited_by_name: str
    invited_at: datetime
    state: InvitedState
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class May:
    """What an asker may do with a question that they see."""

    answer: bool
    edit: bool
    close: bool
    reopen: bool
    choose_best: bool
    invite: bool
    conclude: bool
    summarise: bool
    review: bool
    moderate: bool
    share: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kiosk:
    """A screen in an endoscopy room: it waits for its code to be confirmed, or is signed in for a shift."""

    id: KioskId
    expires_at: datetime
    organisation: OrganisationId | None = None
    organisation_name: str = ""
    room: str = ""
    paired_by: UserId | None = None
    paired_by_name: str = ""
    paired_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryTexts:
    """What came out of a discussion, by its parts; each is a field of its review."""

    overview: str = ""
    consensus: str = ""
    open_points: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A discussion's summary as kept."""

    texts: SummaryTexts
    author_name: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A question with what its page shows beside it."""

    question: Question
    attachments: tuple[FileId, ...] = ()
    experts: tuple[Expert, ...] = field(default=())
    summary: Summary | None = None
