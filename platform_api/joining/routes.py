"""Joining over HTTP: for applicants and the invited, and for administrators."""

from platform_api.http import (
    PUBLIC,
    BytesAnswer,
    Call,
    IdPath,
    Method,
    Permission,
    Rate,
    RawBody,
    Route,
)
from platform_api.identity.answers import signed_in
from platform_api.identity.errors import Busy, PasswordWeak
from platform_api.identity.schemas import SignedIn
from platform_api.identity.visitor import visitor_of
from platform_api.joining.errors import (
    CodeUnknown,
    LinkOver,
    LinkUnknown,
    LinkUsed,
    ListChanged,
    ListUsed,
    NotApproved,
    NotWaiting,
    SheetInvalid,
    TooManyWaiting,
)
from platform_api.joining.imports import Imports
from platform_api.joining.invitations import UserInvitations
from platform_api.joining.registrations import Registrations
from platform_api.joining.schemas import (
    ActivationOnce,
    Approval,
    CodePath,
    Joining,
    LinkPath,
    ListAccepted,
    ListChecked,
    OrganisationsFound,
    OrganisationToJoin,
    OrganisationWords,
    Refusal,
    RegistrationCode,
    RegistrationDraft,
    RegistrationStanding,
    UserInvitationDraft,
    UserInvitationFacts,
    UserInvitationOnce,
    invitation_item,
    list_checked,
    standing_view,
)
from platform_api.joining.sheets import MAX_BYTES, XLSX
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import OrganisationId

MANAGE = Permission("users.manage")
LOOK = Rate(60, 60)
ASK = Rate(20, 60)
WEIGHTY = Rate(30, 60)
ATTACHED = {"Content-Disposition": 'attachment; filename="users.xlsx"', "Cache-Control": "no-store"}


# For applicants and the invited


async def find_organisations(call: Call[None, OrganisationWords, None]) -> OrganisationsFound:
    """Organisations that one may ask to join, by part of their name."""
    found = await call.services.get(Registrations).organisations(call.query.q)
    return OrganisationsFound(
        items=[OrganisationToJoin(id=item.id, name=item.name, above=list(item.above)) for item in found]
    )


async def ask_to_register(call: Call[None, None, RegistrationDraft]) -> RegistrationCode:
    """Asks for an account; the answer is the same whether or not one has one."""
    draft = call.body
    code = await call.services.get(Registrations).ask(
        organisation=OrganisationId(draft.organisation),
        name=draft.name,
        phone=draft.phone,
        title=draft.title,
        speciality=draft.speciality,
        reason=draft.reason,
        locale=draft.locale,
        address=call.caller.address,
    )
    return RegistrationCode(code=code)


async def show_registration(call: Call[CodePath, None, None]) -> RegistrationStanding:
    """What became of a registration, by its code."""
    return standing_view(await call.services.get(Registrations).look(call.path.code))


async def begin_activation(call: Call[CodePath, None, None]) -> ActivationOnce:
    """The activation of an approved account."""
    made = await call.services.get(Registrations).activation(call.path.code)
    return ActivationOnce(
        username=made.user.username, activation_token=made.activation, expires_at=made.expires_at
    )


async def show_user_invitation(call: Call[LinkPath, None, None]) -> UserInvitationFacts:
    """What the invitation behind a link offers."""
    found = await call.services.get(UserInvitations).look(call.path.code)
    return UserInvitationFacts(
        organisation=found.organisation_name,
        roles=sorted(found.roles),
        name=found.name,
        expires_at=found.expires_at,
    )


async def join(call: Call[LinkPath, None, Joining]) -> SignedIn:
    """Makes the account of an invitation with the person's own password, once, and signs in."""
    body = call.body
    tokens = await call.services.get(UserInvitations).join(
        call.path.code,
        body.password,
        name=body.name,
        title=body.title,
        speciality=body.speciality,
        phone=body.phone,
        locale=body.locale,
        visitor=visitor_of(call),
    )
    return signed_in(call, tokens)


# For administrators


async def approve_registration(call: Call[IdPath, None, Approval]) -> None:
    """Makes the account."""
    await call.services.get(Registrations).approve(
        call.asker,
        call.path.id,
        organisation=OrganisationId(call.body.organisation),
        roles=frozenset(call.body.roles),
        address=call.caller.address,
    )


async def refuse_registration(call: Call[IdPath, None, Refusal]) -> None:
    """Refuses, with a reason."""
    registrations = call.services.get(Registrations)
    await registrations.refuse(call.asker, call.path.id, call.body.answer, address=call.caller.address)


async def invite_user(call: Call[None, None, UserInvitationDraft]) -> UserInvitationOnce:
    """Makes a link for one person, shown once."""
    draft = call.body
    made = await call.services.get(UserInvitations).invite(
        call.asker,
        organisation=OrganisationId(draft.organisation),
        roles=frozenset(draft.roles),
        name=draft.name,
        days=draft.days,
        address=call.caller.address,
    )
    link = f"{call.caller.origin}/join/{made.url_code}"
    return UserInvitationOnce(invitation=invitation_item(made.invitation), link=link)


async def revoke_user_invitation(call: Call[IdPath, None, None]) -> None:
    """Withdraws an invitation."""
    invitations = call.services.get(UserInvitations)
    await invitations.revoke(call.asker, call.path.id, address=call.caller.address)


async def import_template(call: Call[None, None, None]) -> BytesAnswer:
    """An empty list to fill in."""
    data = call.services.get(Imports).template()
    return BytesAnswer(data=data, content_type=XLSX, headers=ATTACHED)


async def check_import(call: Call[None, None, RawBody]) -> ListChecked:
    """Checks a list of users, all of it; nothing is made."""
    upload = await call.body.upload("users.xlsx")
    found = await call.services.get(Imports).check(call.asker, upload.data)
    return list_checked(found, call.caller.language)


async def accept_import(call: Call[IdPath, None, None]) -> ListAccepted:
    """Makes all users of a checked list, or none."""
    imports = call.services.get(Imports)
    made = await imports.accept(call.asker, call.path.id, address=call.caller.address)
    return ListAccepted(made=made)


async def hand_out_import(call: Call[IdPath, None, None]) -> BytesAnswer:
    """What each new user is to be told, once."""
    imports = call.services.get(Imports)
    data = await imports.hand_out(call.asker, call.path.id, address=call.caller.address)
    return BytesAnswer(data=data, content_type=XLSX, headers=ATTACHED)


LINK = (LinkUnknown, LinkOver, LinkUsed)

ROUTES = (
    Route(
        Method.GET,
        "/registrations/organisations",
        find_organisations,
        permission=PUBLIC,
        summary="Finds organisations to join.",
        rate=LOOK,
    ),
    Route(
        Method.POST,
        "/registrations",
        ask_to_register,
        permission=PUBLIC,
        summary="Asks for an account.",
        errors=(NotFound, TooManyWaiting),
        status=201,
        rate=ASK,
        max_body_bytes=8192,
    ),
    Route(
        Method.GET,
        "/registrations/by-code/{code}",
        show_registration,
        permission=PUBLIC,
        summary="Shows what became of a registration.",
        errors=(CodeUnknown,),
        rate=LOOK,
    ),
    Route(
        Method.POST,
        "/registrations/by-code/{code}/activation",
        begin_activation,
        permission=PUBLIC,
        summary="Begins to activate an approved account.",
        errors=(CodeUnknown, NotApproved),
        rate=ASK,
    ),
    Route(
        Method.POST,
        "/registrations/{id}/approve",
        approve_registration,
        permission=MANAGE,
        summary="Approves a registration.",
        errors=(NotFound, NotWaiting),
        rate=WEIGHTY,
    ),
    Route(
        Method.POST,
        "/registrations/{id}/refuse",
        refuse_registration,
        permission=MANAGE,
        summary="Refuses a registration.",
        errors=(NotFound, NotWaiting),
        rate=WEIGHTY,
    ),
    Route(
        Method.GET,
        "/join/{code}",
        show_user_invitation,
        permission=PUBLIC,
        summary="Shows what an invitation offers.",
        errors=LINK,
        rate=LOOK,
    ),
    Route(
        Method.POST,
        "/join/{code}",
        join,
        permission=PUBLIC,
        summary="Joins by an invitation.",
        errors=(*LINK, PasswordWeak, Busy),
        status=201,
        rate=ASK,
        max_body_bytes=8192,
    ),
    Route(
        Method.POST,
        "/users/invitations",
        invite_user,
        permission=MANAGE,
        summary="Invites somebody to an account.",
        errors=(NotFound,),
        status=201,
        rate=WEIGHTY,
    ),
    Route(
        Method.POST,
        "/users/invitations/{id}/revoke",
        revoke_user_invitation,
        permission=MANAGE,
        summary="Withdraws an invitation of a user.",
        errors=(NotFound,),
    ),
    Route(
        Method.GET,
        "/users/imports/template",
        import_template,
        permission=MANAGE,
        summary="Gives an empty list of users.",
    ),
    Route(
        Method.POST,
        "/users/imports",
        check_import,
        permission=MANAGE,
        summary="Checks a list of users.",
        errors=(SheetInvalid,),
        rate=WEIGHTY,
        max_body_bytes=MAX_BYTES,
    ),
    Route(
        Method.POST,
        "/users/imports/{id}/accept",
        accept_import,
        permission=MANAGE,
        summary="Makes the users of a checked list.",
        errors=(NotFound, ListUsed, ListChanged),
        rate=WEIGHTY,
    ),
    Route(
        Method.POST,
        "/users/imports/{id}/hand-out",
        hand_out_import,
        permission=MANAGE,
        summary="Hands out what new users are to be told.",
        errors=(NotFound, ListUsed),
        rate=WEIGHTY,
    ),
)
