"""Shapes of joining."""

from typing import Annotated

from pydantic import AfterValidator, Field

from platform_api.http import Id, Moment, Shape, Text
from platform_api.identity.model import UserRole
from platform_api.identity.schemas import Locale, Password
from platform_api.joining.model import (
    CheckedList,
    RegistrationState,
    Standing,
    UserInvitation,
)
from platform_api.kernel.identifiers import NumberInvalid, mobile_number
from platform_api.kernel.sentences import Language, sentence
from platform_api.tables.masks import Masking, masked

MOST_FAULTS = 500
PREVIEW = 20
Roles = Annotated[list[UserRole], Field(min_length=1, max_length=8)]
Name = Annotated[Text, Field(min_length=1, max_length=80)]
Short = Annotated[Text, Field(max_length=80)]


def _mobile(typed: str) -> str:
    try:
        return mobile_number(typed)
    except NumberInvalid as error:
        raise ValueError("not a mobile number") from error


def _mobile_or_none(typed: str) -> str:
    return _mobile(typed) if typed.strip() else ""


Mobile = Annotated[str, Field(max_length=30), AfterValidator(_mobile)]
OptionalMobile = Annotated[str, Field(max_length=30), AfterValidator(_mobile_or_none)]


class OrganisationWords(Shape):
    """Part of an organisation's name."""

    q: Annotated[Text, Field(min_length=2, max_length=60)]


class OrganisationFound(Shape):
    """An organisation by name."""

    id: Id
    name: str


class OrganisationToJoin(OrganisationFound):
    """An organisation that one may ask to join; the names of what stands above it, the highest first."""

    above: list[str]


class OrganisationsFound(Shape):
    """Organisations by name, the first twenty."""

    items: list[OrganisationToJoin]


class RegistrationDraft(Shape):
    """Who asks for an account where, and why."""

    organisation: Id
    name: Name
    phone: Mobile
    title: Short = ""
    speciality: Short = ""
    reason: Annotated[Text, Field(min_length=2, max_length=500)]
    locale: Locale = "zh-CN"


class RegistrationCode(Shape):
    """The code by which the applicant sees what became of it; shown once."""

    code: str


class CodePath(Shape):
    """`…/{code}`: an applicant's code."""

    code: Annotated[str, Field(min_length=8, max_length=40, pattern=r"^[A-Za-z0-9 -]+$")]


class RegistrationStanding(Shape):
    """What an applicant sees."""

    state: RegistrationState
    organisation: str
    answer: str
    username: str
    activated: bool
    created_at: Moment


class ActivationOnce(Shape):
    """The user name and the one-time activation of an approved account."""

    username: str
    activation_token: str
    expires_at: Moment


class Approval(Shape):
    """Where the account is made, and what it may."""

    organisation: Id
    roles: Roles


class Refusal(Shape):
    """Why not, for the applicant to read."""

    answer: Annotated[Text, Field(min_length=2, max_length=300)]


class UserInvitationDraft(Shape):
    """Whom to invite where, as what, for how many days."""

    organisation: Id
    roles: Roles
    name: Short = ""
    days: Annotated[int, Field(ge=1, le=30)] = 7


class UserInvitationItem(Shape):
    """An invitation as administrators see it."""

    id: Id
    organisation: OrganisationFound
    roles: list[UserRole]
    name: str
    created_at: Moment
    expires_at: Moment
    used_at: Moment | None
    revoked_at: Moment | None


class UserInvitationOnce(Shape):
    """A new invitation with its link, shown once."""

    invitation: UserInvitationItem
    link: str


class LinkPath(Shape):
    """`…/{code}`: the code of a link."""

    code: Annotated[str, Field(min_length=16, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class UserInvitationFacts(Shape):
    """What an invited person reads first."""

    organisation: str
    roles: list[UserRole]
    name: str
    expires_at: Moment


class Joining(Shape):
    """Who joins by an invitation, with the own password."""

    name: Name
    password: Password
    title: Short = ""
    speciality: Short = ""
    phone: OptionalMobile = ""
    locale: Locale = "zh-CN"


class FaultItem(Shape):
    """What is wrong in one cell."""

    row: int
    column: str
    code: str
    message: str


class ListedItem(Shape):
    """A row that is right, as it would be made; numbers are masked."""

    row: int
    name: str
    username: str
    organisation: str
    roles: list[UserRole]
    title: str
    speciality: str
    phone: str


class ListChecked(Shape):
    """What became of a list: only one without faults has an id, by which it is accepted."""

    id: Id | None
    rows: int
    fault_count: int
    faults: list[FaultItem]
    preview: list[ListedItem]


class ListAccepted(Shape):
    """How many users were made."""

    made: int


def standing_view(standing: Standing) -> RegistrationStanding:
    """A registration as its applicant sees it."""
    found = standing.registration
    return RegistrationStanding(
        state=found.state,
        organisation=found.organisation_name,
        answer=found.answer,
        username=standing.username,
        activated=standing.activated,
        created_at=found.created_at,
    )


def invitation_item(found: UserInvitation) -> UserInvitationItem:
    """An invitation as shown."""
    return UserInvitationItem(
        id=found.id,
        organisation=OrganisationFound(id=found.organisation, name=found.organisation_name),
        roles=sorted(found.roles),
        name=found.name,
        created_at=found.created_at,
        expires_at=found.expires_at,
        used_at=found.used_at,
        revoked_at=found.revoked_at,
    )


def list_checked(found: CheckedList, language: Language) -> ListChecked:
    """A checked list in the reader's language."""
    return ListChecked(
        id=found.id,
        rows=found.rows,
        fault_count=len(found.faults),
        faults=[
            FaultItem(
                row=fault.row,
                column=fault.column,
                code=fault.code,
                message=sentence(fault.code, language, fault.params),
            )
            for fault in found.faults[:MOST_FAULTS]
        ],
        preview=[
            ListedItem(
                row=user.row,
                name=user.name,
                username=user.username,
                organisation=user.organisation_name,
                roles=sorted(user.roles),
                title=user.title,
                speciality=user.speciality,
                phone=masked(user.phone, Masking.PHONE),
            )
            for user in found.users[:PREVIEW]
        ],
    )
