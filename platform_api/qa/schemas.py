"""Request and answer shapes of questions."""

from typing import Annotated, Literal

from pydantic import Field

from platform_api.comments.model import HideReason
from platform_api.files import FileItem
from platform_api.http import Id, IdPath, Moment, Page, Shape, Text
from platform_api.qa.model import (
    MAX_EXPERTS,
    MAX_FILES,
    MAX_SUMMARY,
    MAX_TEXT,
    MAX_TITLE,
    InvitedKind,
    InvitedState,
    QuestionKind,
    QuestionScene,
    QuestionState,
    QuestionTopic,
    QuestionVisibility,
)
from platform_api.teaching import BodyPart

Title = Annotated[Text, Field(min_length=1, max_length=MAX_TITLE)]
LongText = Annotated[Text, Field(max_length=MAX_TEXT)]
SummaryText = Annotated[Text, Field(max_length=MAX_SUMMARY)]
Secret = Annotated[str, Field(min_length=16, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


AskedFrom = Literal[QuestionScene.PC, QuestionScene.PHONE, QuestionScene.LIVE, QuestionScene.REPLAY]


class MomentDraft(Shape):
    """The moment of a session that the question is about, and the still of it."""

    session: Id
    source: Annotated[str, Field(max_length=20, pattern=r"^[a-z]+$")] | None = None
    media_time_ms: Annotated[int, Field(ge=0, le=7 * 24 * 3_600_000)] | None = None
    captured_at: Moment | None = None
    still: Id | None = None


class PeriodDraft(Shape):
    """When a discussion takes words."""

    opens_at: Moment
    closes_at: Moment


class WordsDraft(Shape):
    """What is asked, and under which tags."""

    title: Title
    body: LongText = ""
    case_summary: LongText = ""
    topic: QuestionTopic = QuestionTopic.OTHER
    body_part: BodyPart | None = None


class NewQuestion(WordsDraft):
    """A question; with a period it is a discussion that the asker hosts."""

    scene: Literal[QuestionScene.PC, QuestionScene.PHONE, QuestionScene.LIVE, QuestionScene.REPLAY] = (
        QuestionScene.PC
    )
    visibility: QuestionVisibility = QuestionVisibility.ORGANISATION
    moment: MomentDraft | None = None
    files: Annotated[list[Id], Field(max_length=MAX_FILES)] = Field(default_factory=list)
    experts: Annotated[list[Id], Field(max_length=MAX_EXPERTS)] = Field(default_factory=list)
    period: PeriodDraft | None = None


class ChangedQuestion(WordsDraft):
    """Other words; another period of a discussion."""

    period: PeriodDraft | None = None


class MomentItem(Shape):
    """The moment that a question is about; the recording is there once the session has one."""

    session: Id
    recording: Id | None
    source: str | None
    media_time_ms: int | None
    captured_at: Moment | None


class ExpertItem(Shape):
    """Somebody who was asked to answer."""

    id: Id
    name: str
    organisation_name: str


class QuestionRights(Shape):
    """What the asker may do with it."""

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


class QuestionRow(Shape):
    """A question as a list shows it."""

    id: Id
    kind: QuestionKind
    title: str
    excerpt: str
    asker: Id
    asker_name: str
    organisation_name: str
    topic: QuestionTopic
    body_part: BodyPart | None
    scene: QuestionScene
    state: QuestionState
    asked_at: Moment
    active_at: Moment
    opens_at: Moment | None
    closes_at: Moment | None
    likes: int
    answers: int
    files: int
    has_best: bool
    hidden: bool
    still: FileItem | None


class SummaryItem(Shape):
    """A discussion's summary; those who lead or review it see it before it is published."""

    overview: str
    consensus: str
    open_points: str
    advice: str
    author_name: str
    written_at: Moment
    published_at: Moment | None


class QuestionItem(QuestionRow):
    """A question whole."""

    body: str
    case_summary: str
    visibility: QuestionVisibility
    moment: MomentItem | None
    best: Id | None
    summary: SummaryItem | None
    concluded_at: Moment | None
    follows: int
    liked: bool
    followed: bool
    attachments: list[FileItem]
    experts: list[ExpertItem]
    may: QuestionRights


QuestionPage = Page[QuestionRow]


class QuestionFigures(Shape):
    """What changes when somebody likes or follows."""

    likes: int
    liked: bool
    follows: int
    followed: bool


class BestAnswer(Shape):
    """The answer that helped most; null takes the choice back."""

    comment: Id | None


class ExpertDraft(Shape):
    """Whom to ask."""

    experts: Annotated[list[Id], Field(min_length=1, max_length=MAX_EXPERTS)]


class ExpertPath(IdPath):
    """An expert of a question."""

    expert: Id


class SummaryDraft(Shape):
    """What came out of a discussion: how it went, what was agreed, what stays open, what to do."""

    overview: SummaryText = ""
    consensus: SummaryText = ""
    open_points: SummaryText = ""
    advice: SummaryText = ""


class HideQuestion(Shape):
    """Why it is hidden."""

    reason: HideReason


class QuestionShareDraft(Shape):
    """For how long the link opens; a day unless said otherwise."""

    hours: Annotated[int, Field(ge=1, le=168)] = 24


class QuestionShareOnce(Shape):
    """A link with its two secrets, shown this once."""

    id: Id
    url: str
    pin: str
    expires_at: Moment


class QuestionShareItem(Shape):
    """A link as those who may withdraw it see it."""

    id: Id
    created_at: Moment
    expires_at: Moment
    revoked: bool


class QuestionShares(Shape):
    """Links, newest first."""

    items: list[QuestionShareItem]


class QuestionSharePath(IdPath):
    """A link to a question."""

    share: Id


class LinkPath(Shape):
    """A link by its token."""

    token: Secret


class LinkFacts(Shape):
    """What a link leads to, told to whoever has it."""

    title: str
    kind: QuestionKind
    asker_name: str
    expires_at: Moment


class OpenLink(Shape):
    """The second secret, for one who is not signed in, and the name to be shown by."""

    pin: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None
    name: Annotated[Text, Field(max_length=40)] = ""


class QuestionEntrance(Shape):
    """Where one was let in; the token is a guest's, for that question alone."""

    question: Id
    access_token: str | None
    expires_in: int | None


class GuestDraft(Shape):
    """Whom a discussion invites."""

    name: Annotated[Text, Field(min_length=1, max_length=80)]
    title: Annotated[Text, Field(max_length=80)] = ""
    hospital: Annotated[Text, Field(max_length=120)] = ""


class GuestOnce(Shape):
    """An invitation with its two secrets, shown this once."""

    id: Id
    url: str
    one_time_code: str
    expires_at: Moment


class InvitedItem(Shape):
    """Somebody who was invited: by whom, when, and how far it is; a guest's invitation has an end."""

    kind: InvitedKind
    id: Id
    name: str
    place: str
    invited_by_name: str
    invited_at: Moment
    state: InvitedState
    expires_at: Moment | None


class InvitedList(Shape):
    """Experts and guests, oldest first."""

    items: list[InvitedItem]


class GuestPath(IdPath):
    """An invitation of a discussion."""

    invitation: Id


class GuestCodePath(Shape):
    """An invitation by the code of its link."""

    code: Secret


class RedeemGuest(Shape):
    """The one-time code, and the name to be shown by (that of the invitation if empty)."""

    one_time_code: Annotated[str, Field(pattern=r"^[0-9]{8}$")]
    name: Annotated[Text, Field(max_length=80)] = ""


class KioskOnce(Shape):
    """The code that a screen shows, and the token that it keeps."""

    code: str
    token: str
    expires_at: Moment


class ConfirmKiosk(Shape):
    """The code that the screen shows, and where it stands."""

    code: Annotated[Text, Field(min_length=8, max_length=12)]
    room: Annotated[Text, Field(min_length=1, max_length=40)]


class KioskItem(Shape):
    """A screen that is signed in."""

    id: Id
    room: str
    organisation_name: str
    paired_by_name: str
    paired_at: Moment
    expires_at: Moment


class KioskList(Shape):
    """Screens, the newest first."""

    items: list[KioskItem]


class KioskQuestion(Shape):
    """What a screen may ask: words, and nothing else."""

    title: Title
    body: LongText = ""
    topic: QuestionTopic = QuestionTopic.OTHER
    body_part: BodyPart | None = None
