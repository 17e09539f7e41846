"""Shapes of identity."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from platform_api.http import Id, Moment, PageQuery, Shape, Text
from platform_api.identity.model import Duty, User, UserRole
from platform_api.identity.rules import USERNAME, permissions_held, rights_by_node
from platform_api.kernel.ids import OrganisationId

Locale = Literal["zh-CN", "en"]
Password = Annotated[str, Field(min_length=1, max_length=256)]
TotpCode = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10)]
OpaqueCode = Annotated[str, Field(min_length=16, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]


def _username(text: str) -> str:
    lowered = text.strip().lower()
    if not USERNAME.fullmatch(lowered):
        raise ValueError("not a user name")
    return lowered


Username = Annotated[str, Field(max_length=64), AfterValidator(_username)]


class Credentials(Shape):
    """Name and password, and once one is bound the second factor: a code, a recovery code, or a passkey."""

    username: Annotated[Text, Field(min_length=1, max_length=64)]
    password: Password
    totp: TotpCode | None = None
    recovery_code: Annotated[str, Field(max_length=40)] | None = None
    passkey: Annotated[dict[str, Any], Field(max_length=12)] | None = None


class RefreshRequest(Shape):
    """A refresh token; without it the cookie's is used: the guest's first if `guest`, else the user's."""

    refresh_token: OpaqueCode | None = None
    guest: bool = False
    patient: bool = False


class Activation(Shape):
    """The one-time activation and the user's own password."""

    token: OpaqueCode
    new_password: Password


class PasswordChange(Shape):
    """The present password and the next."""

    current: Password
    new: Password


class TotpConfirmation(Shape):
    """A code that the newly bound authenticator shows."""

    code: TotpCode


class TotpEnrolment(Shape):
    """A new secret in three forms; shown once."""

    secret: str
    uri: str
    qr_svg: str


class Rebind(Shape):
    """The present password, and the present authenticator's code or a recovery code."""

    password: Password
    totp: TotpCode | None = None
    recovery_code: Annotated[str, Field(max_length=40)] | None = None


class RebindEnrolment(TotpEnrolment):
    """A new secret, and the ticket that comes back with its first code."""

    ticket: str


class RebindConfirmation(TotpConfirmation):
    """A code of the new authenticator for what was begun."""

    ticket: Annotated[str, Field(max_length=600, pattern=r"^[A-Za-z0-9_=-]+$")]


class OrganisationName(Shape):
    """An organisation by name."""

    id: Id
    name: str


class UserView(Shape):
    """A user, as the user's own client needs it."""

    id: Id
    name: str
    username: str
    title: str
    organisation: OrganisationName
    roles: list[UserRole]
    duty: Duty | None
    permissions: list[str]
    locale: str


class SignedIn(Shape):
    """Tokens and who one is."""

    access_token: str
    refresh_token: str
    expires_in: int
    user: UserView
    must_change_password: bool
    must_enrol_totp: bool


class GuestView(Shape):
    """A guest and the one session open to them."""

    id: Id
    name: str
    kind: str
    session: Id


class PatientView(Shape):
    """A patient."""

    id: Id


class Refreshed(Shape):
    """A new pair; `user`, `guest` or `patient` says whose."""

    access_token: str
    refresh_token: str
    expires_in: int
    user: UserView | None
    guest: GuestView | None
    patient: PatientView | None
    must_change_password: bool
    must_enrol_totp: bool


class HeldNode(Shape):
    """An organisation where one holds a role, until when (for good if nothing is said)."""

    id: Id
    name: str
    until: Moment | None


class Me(Shape):
    """Who one is, with the rights where this call acts, and where else one is somebody."""

    user: UserView
    acting: Id
    nodes: list[HeldNode]


class UserDraft(Shape):
    """A new account; without a role it may what a given role or a duty lets it."""

    organisation: Id
    username: Username
    name: Annotated[Text, Field(min_length=1, max_length=80)]
    title: Annotated[Text, Field(max_length=80)] = ""
    locale: Locale = "zh-CN"
    roles: Annotated[list[UserRole], Field(max_length=4)] = Field(default_factory=list)


class UserChange(Shape):
    """Another name, title or organisation, other roles; what is left out stays."""

    name: Annotated[Text, Field(min_length=1, max_length=80)] | None = None
    title: Annotated[Text, Field(max_length=80)] | None = None
    organisation: Id | None = None
    roles: Annotated[list[UserRole], Field(max_length=4)] | None = None


class RolesChange(Shape):
    """Other roles; none for who holds a duty alone."""

    roles: Annotated[list[UserRole], Field(max_length=4)]


class UserQuery(PageQuery):
    """Which accounts to list."""

    q: Annotated[Text, Field(max_length=80)] = ""


class AccountView(UserView):
    """An account, as administrators see it."""

    must_change_password: bool
    totp_confirmed: bool
    disabled: bool


class NewCredentialsView(Shape):
    """What the user is to be told; shown once."""

    user: AccountView
    one_time_password: str
    activation_token: str
    expires_at: Moment


def user_view(user: User) -> UserView:
    """A user as shown to themselves."""
    return UserView(
        id=user.id,
        name=user.name,
        username=user.username,
        title=user.title,
        organisation=OrganisationName(id=user.organisation, name=user.organisation_name),
        roles=sorted(user.roles),
        duty=user.duty,
        permissions=sorted(permissions_held(user)),
        locale=user.locale,
    )


def nodes_view(user: User, now: datetime) -> list[HeldNode]:
    """The own organisation first, then those of given roles, the widest first."""
    names = {each.node: each.node_name for each in user.given} | {user.organisation: user.organisation_name}
    return [
        HeldNode(id=node, name=names[node], until=_until(user, node, now))
        for node in rights_by_node(user, now)
    ]


def _until(user: User, node: OrganisationId, now: datetime) -> datetime | None:
    """When the last role there is over."""
    ends = [each.ends_at for each in user.given if each.node == node and each.holds_at(now)]
    if node == user.organisation or None in ends:
        return None
    return max(end for end in ends if end is not None)


def account_view(user: User) -> AccountView:
    """A user as shown to administrators."""
    return AccountView(
        **user_view(user).model_dump(),
        must_change_password=user.must_change_password,
        totp_confirmed=user.totp_confirmed,
        disabled=user.disabled,
    )
