"""Request and answer shapes of teaching."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from platform_api.files import FileItem
from platform_api.http import Id, Moment, PageQuery, Shape, Text
from platform_api.kernel.rooms import Role
from platform_api.teaching.model import BodyPart, Form, ProgrammeView, SessionState, Visibility

Title = Annotated[Text, Field(min_length=1, max_length=120)]
Summary = Annotated[Text, Field(max_length=4000)]
Minutes = Annotated[int, Field(ge=5, le=1440)]
Reference = Annotated[Text, Field(max_length=120)]
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
Start = Annotated[Moment, Field(ge=datetime.fromisoformat("2020-01-01T00:00:00+00:00"))]


class ProgrammeList(PageQuery):
    """Which sessions; `q` is looked for in title, expert, hospital and case summary."""

    state: ProgrammeView = ProgrammeView.ALL
    q: Annotated[Text, Field(max_length=80)] = ""
    form: Form | None = None
    body_part: BodyPart | None = None


class NewSession(Shape):
    """A plan. `case_summary` must not name the patient; recording needs `consent_reference` to be opened."""

    title: Title
    hospital: Title
    starts_at: Start
    planned_minutes: Minutes = 60
    case_summary: Summary = ""
    form: Form
    body_part: BodyPart
    visibility: Visibility = Visibility.ORGANISATION
    consent_reference: Reference | None = None
    recorded: bool = True


class SessionChanges(Shape):
    """Fields of the plan to change; what is not named stays."""

    title: Title | None = None
    hospital: Title | None = None
    starts_at: Start | None = None
    planned_minutes: Minutes | None = None
    case_summary: Summary | None = None
    form: Form | None = None
    body_part: BodyPart | None = None
    visibility: Visibility | None = None
    consent_reference: Reference | None = None
    recorded: bool | None = None


class RecordingOfSession(Shape):
    """The recording as lists show it."""

    id: Id
    state: Literal["recording", "interrupted", "complete"]
    duration_ms: int


class MayItem(Shape):
    """What the asker may do with the session now."""

    edit: bool
    open: bool
    end: bool
    join: bool
    replay: bool
    moderate: bool


class SessionItem(Shape):
    """A session as the asker sees it; `consent_reference` is shown to those who run it alone."""

    id: Id
    room: Id | None
    title: str
    expert_name: str
    hospital: str
    starts_at: Moment
    planned_minutes: int
    opened_at: Moment | None
    on_air_at: Moment | None
    ended_at: Moment | None
    state: SessionState
    case_summary: str
    body_part: BodyPart
    form: Form
    visibility: Visibility
    consent_reference: str | None
    recorded: bool
    viewers: int
    likes: int
    liked: bool
    comments: int
    duration_ms: int | None
    chapters: int
    position_ms: int | None
    still_url: str | None
    recording: RecordingOfSession | None
    may: MayItem


class LikesOfSession(Shape):
    """How many like it now, and whether the asker does."""

    likes: int
    liked: bool


class GrantRequest(Shape):
    """A seat of one's own, or one for an encoder."""

    role: Literal["encoder"] | None = None


class GrantItem(Shape):
    """A signed grant for the room."""

    grant: str
    room: Id
    role: Role
    expires_at: Moment


class NewMaterial(Shape):
    """One of the asker's own files."""

    file: Id


class Materials(Shape):
    """Files beside a session."""

    items: list[FileItem]


class MaterialPath(Shape):
    """A file beside a session."""

    id: Id
    file: Id


class StillPath(Shape):
    """A still by the name that the room gave it."""

    id: Id
    still: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]


class StillItem(Shape):
    """Where the picture of a still is read."""

    url: str
    width: int
    height: int


class NewCommentator(Shape):
    """Whom the session invites."""

    name: Annotated[Text, Field(min_length=1, max_length=80)]
    title: Annotated[Text, Field(max_length=80)] = ""
    hospital: Annotated[Text, Field(max_length=120)] = ""


class InvitationOnce(Shape):
    """An invitation with its two secrets, shown this once."""

    id: Id
    url: str
    one_time_code: str
    expires_at: Moment


class InvitationMade(Shape):
    """The new invitation."""

    invitation: InvitationOnce


class CommentatorItem(Shape):
    """An invited commentator and how far the invitation is."""

    id: Id
    name: str
    title: str
    hospital: str
    state: Literal["invited", "redeemed", "revoked", "expired"]
    expires_at: Moment


class Commentators(Shape):
    """Those who were invited, oldest first."""

    items: list[CommentatorItem]


class CommentatorPath(Shape):
    """An invitation of a session."""

    id: Id
    invitation: Id


class CodePath(Shape):
    """An invitation by the code of its link."""

    code: Token


class InvitationFacts(Shape):
    """What an invitation opens, told to whoever has the link."""

    session: "SharedSession"
    kind: Literal["commentator"]
    name: str
    expires_at: Moment


class RedeemInvitation(Shape):
    """The one-time code, and the name to be shown by (that of the invitation if empty)."""

    one_time_code: Annotated[str, Field(pattern=r"^[0-9]{8}$")]
    name: Annotated[Text, Field(max_length=80)] = ""


class SessionOfGuest(Shape):
    """Where a guest was let in."""

    id: Id
    room: Id | None
    title: str
    state: SessionState


class Redeemed(Shape):
    """A guest's access token, for that session alone; the refresh token is a cookie."""

    access_token: str
    expires_in: int
    session: SessionOfGuest


class NewShareLink(Shape):
    """For how long the link opens; a day unless said otherwise."""

    hours: Annotated[int, Field(ge=1, le=168)] = 24


class ShareOnce(Shape):
    """A link with its two secrets, shown this once."""

    id: Id
    url: str
    pin: str
    expires_at: Moment


class ShareItem(Shape):
    """A link as those who run the session see it."""

    id: Id
    created_at: Moment
    expires_at: Moment
    revoked: bool


class Shares(Shape):
    """The session's links, newest first."""

    items: list[ShareItem]


class SharePath(Shape):
    """A link of a session."""

    id: Id
    share: Id


class TokenPath(Shape):
    """A link by its token."""

    token: Token


class SharedSession(Shape):
    """What may be told of a session to one who merely holds its link."""

    title: str
    expert_name: str
    starts_at: Moment
    state: SessionState


class ShareFacts(Shape):
    """What a link opens: by signing in, or by its second secret."""

    session: SharedSession
    kind: Literal["live", "replay"]
    expires_at: Moment


class OpenShare(Shape):
    """The second secret, for one who is not signed in, and the name to be shown by."""

    pin: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None
    name: Annotated[Text, Field(max_length=40)] = ""


class ShareEntrance(Shape):
    """Where the link leads; the token is a guest's, for that session alone."""

    session: Id
    room: Id | None
    recording: Id | None
    state: SessionState
    access_token: str | None
    expires_in: int | None


class RecordingItem(Shape):
    """A recording with its session."""

    id: Id
    state: Literal["recording", "interrupted", "complete"]
    duration_ms: int
    chapters: int
    position_ms: int | None
    session: SessionItem


class PlayItem(Shape):
    """A token for the recording's files, to be sent as a bearer token, and where they begin."""

    manifest_url: str
    token: str
    expires_at: Moment


class Position(Shape):
    """Where the learner stopped."""

    position_ms: Annotated[int, Field(ge=0, le=7 * 24 * 3_600_000)]


InvitationFacts.model_rebuild()
