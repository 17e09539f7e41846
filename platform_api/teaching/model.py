"""What a teaching session is: its words, its states, its rows as values."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from platform_api.kernel.ids import FileId, OrganisationId, RecordingId, RoomId, SessionId, UserId


class SessionState(StrEnum):
    """Where a session is between its plan and its end."""

    PLANNED = "planned"
    OPEN = "open"
    ON_AIR = "on_air"
    ENDED = "ended"
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What can happen to a session."""

    OPEN = "open"
    GO_ON_AIR = "go_on_air"
    END = "end"
    CANCEL = "cancel"


# A move that is absent is refused: a session never comes back from its end or its cancellation.
TRANSITIONS: Final[dict[tuple[SessionState, Move], SessionState]] = {
    (SessionState.PLANNED, Move.OPEN): SessionState.OPEN,
    (SessionState.PLANNED, Move.CANCEL): SessionState.CANCELLED,
    (SessionState.OPEN, Move.GO_ON_AIR): SessionState.ON_AIR,
    (SessionState.OPEN, Move.END): SessionState.ENDED,
    (SessionState.ON_AIR, Move.END): SessionState.ENDED,
}
LIVE: Final = frozenset({SessionState.OPEN, SessionState.ON_AIR})


class Form(StrEnum):
    """What is shown: the procedures of digestive and neighbouring endoscopy."""

    DIAGNOSIS = "diagnosis"
    CHROMOENDOSCOPY = "chromoendoscopy"
    MAGNIFICATION = "magnification"
    EUS = "eus"
    ERCP = "ercp"
    POLYPECTOMY = "polypectomy"
    EMR = "emr"
    ESD = "esd"
    POEM = "poem"
    STER = "ster"
    HAEMOSTASIS = "haemostasis"
    DILATATION = "dilatation"
    STENT = "stent"
    FOREIGN_BODY = "foreign_body"
    BRONCHOSCOPY = "bronchoscopy"
    LAPAROSCOPY = "laparoscopy"
    COLPOSCOPY = "colposcopy"
    OTHER = "other"


class BodyPart(StrEnum):
    """Where the scope is."""

    OESOPHAGUS = "oesophagus"
    CARDIA = "cardia"
    STOMACH = "stomach"
    DUODENUM = "duodenum"
    SMALL_BOWEL = "small_bowel"
    COLON = "colon"
    RECTUM = "rectum"
    BILIARY = "biliary"
    PANCREAS = "pancreas"
    AIRWAY = "airway"
    ABDOMEN = "abdomen"
    CERVIX = "cervix"
    OTHER = "other"


class Visibility(StrEnum):
    """Who may see a session beside its expert and the office of its organisation."""

    ORGANISATION = "organisation"
    EVERYONE_SIGNED_IN = "everyone_signed_in"
    INVITED = "invited"


class ProgrammeView(StrEnum):
    """The lists of the programme page, and all of them in one."""

    LIVE = "live"
    UPCOMING = "upcoming"
    REPLAY = "replay"
    MINE = "mine"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the planner fills in. `consent_reference` names the recorded consent to the recording."""

    title: str
    hospital: str
    starts_at: datetime
    planned_minutes: int
    case_summary: str
    form: Form
    body_part: BodyPart
    visibility: Visibility
    consent_reference: str | None
    recorded: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRow:
    """What the platform knows of a recording; the manifest on disk is the truth."""

    id: RecordingId
    session: SessionId
    organisation: OrganisationId
    state: str
    duration_ms: int
    chapters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session as stored, with the counts that lists show."""

    id: SessionId
    organisation: OrganisationId
    expert: UserId
    expert_name: str
    plan: Plan
    state: SessionState
    created_at: datetime
    room: RoomId | None = None
    recording: RecordingRow | None = None
    opened_at: datetime | None = None
    on_air_at: datetime | None = None
    ended_at: datetime | None = None
    list_key: datetime | None = None
    likes: int = 0
    still: FileId | None = None
    liked: bool = False
    position_ms: int | None = None
    admitted_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks and when, as far as sessions care; `guest_of` is set for one let in without an account."""

    at: datetime
    subject: str
    name: str
    organisation: OrganisationId | None
    user: UserId | None = None
    guest_of: SessionId | None = None
    guest_is_commentator: bool = False
    permissions: frozenset[str] = field(default_factory=frozenset)
    address: str = ""
    login: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeQuery:
    """Which list, filtered how, from where on: `after` is the list key and id of the last row shown."""

    view: ProgrammeView
    limit: int
    text: str = ""
    form: Form | None = None
    body_part: BodyPart | None = None
    after: tuple[datetime, SessionId] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class May:
    """What the asker may do with a session now."""

    edit: bool
    open: bool
    end: bool
    join: bool
    replay: bool
    moderate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A file laid beside a session."""

    file: FileId
    name: str
    content_type: str
    size: int
    added_at: datetime
