"""Accounts over HTTP, for administrators."""

from collections.abc import Sequence
from typing import Any

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.audit.model import Detail
from platform_api.http import Call, IdPath, Method, Page, Permission, Rate, Route
from platform_api.http.paging import CursorInvalid, cut_page, decode_id_cursor
from platform_api.identity.errors import DutyApart, DutyHolderKept, OwnAccount, UsernameTaken
from platform_api.identity.model import NewCredentials, User
from platform_api.identity.schemas import (
    AccountView,
    NewCredentialsView,
    RolesChange,
    UserChange,
    UserDraft,
    UserQuery,
    account_view,
)
from platform_api.identity.users import Administration
from platform_api.kernel.errors import NotFound, Refused
from platform_api.kernel.ids import OrganisationId, UserId

MANAGE_USERS = Permission("users.manage")
GIVE_ROLES = Permission("roles.give")
SHOWN = "username name title roles"
"""What a list of accounts shows of each: people see in their profile who saw it."""


async def list_users(call: Call[None, UserQuery, None]) -> Page[AccountView]:
    """Accounts of the asker's organisation and those below it."""
    after = decode_id_cursor(call.query.cursor)
    found = await call.services.get(Administration).users(
        call.asker, call.query.q, after, call.query.limit + 1
    )
    shown, following = cut_page(found, call.query.limit, _id_of)
    if shown:
        await _seen(call, shown)
    return Page(items=[account_view(user) for user in shown], next_cursor=following)


async def read_user(call: Call[IdPath, None, None]) -> AccountView:
    """One account."""
    user = await call.services.get(Administration).account(call.asker, UserId(call.path.id))
    await _seen(call, [user])
    return account_view(user)


async def change_user(call: Call[IdPath, None, UserChange]) -> AccountView:
    """Changes name, title, organisation or roles at once."""
    change = call.body
    user = await call.services.get(Administration).change(
        call.asker,
        UserId(call.path.id),
        name=change.name,
        title=change.title,
        organisation=OrganisationId(change.organisation) if change.organisation else None,
        roles=None if change.roles is None else frozenset(change.roles),
        address=call.caller.address,
    )
    return account_view(user)


async def add_user(call: Call[None, None, UserDraft]) -> NewCredentialsView:
    """Makes an account and its first password."""
    draft = call.body
    made = await call.services.get(Administration).add_user(
        call.asker,
        organisation=OrganisationId(draft.organisation),
        username=draft.username,
        name=draft.name,
        title=draft.title,
        locale=draft.locale,
        roles=frozenset(draft.roles),
        address=call.caller.address,
    )
    return _credentials(made)


async def reset_credentials(call: Call[IdPath, None, None]) -> NewCredentialsView:
    """Hands out a new first password and forgets the authenticator."""
    administration = call.services.get(Administration)
    address = call.caller.address
    return _credentials(
        await administration.reset_credentials(call.asker, UserId(call.path.id), address=address)
    )


async def disable_user(call: Call[IdPath, None, None]) -> AccountView:
    """Locks an account out at once."""
    administration = call.services.get(Administration)
    user = await administration.disable(call.asker, UserId(call.path.id), address=call.caller.address)
    return account_view(user)


async def enable_user(call: Call[IdPath, None, None]) -> AccountView:
    """Lets an account in again."""
    administration = call.services.get(Administration)
    user = await administration.enable(call.asker, UserId(call.path.id), address=call.caller.address)
    return account_view(user)


async def change_roles(call: Call[IdPath, None, RolesChange]) -> AccountView:
    """Gives an account other roles."""
    user = await call.services.get(Administration).change_roles(
        call.asker, UserId(call.path.id), frozenset(call.body.roles), address=call.caller.address
    )
    return account_view(user)


async def _seen(call: Call[Any, Any, Any], users: Sequence[User]) -> None:
    details: dict[str, Detail] = {
        "rows": len(users),
        "keys": " ".join(user.id for user in users),
        "columns": SHOWN,
    }
    seen = Entry(tag=Tag.RECORD_VIEWED, who=Who.calling(call), target_kind="user", target="", details=details)
    await call.services.get(AuditTrail).record(seen)


def _credentials(made: NewCredentials) -> NewCredentialsView:
    return NewCredentialsView(
        user=account_view(made.user),
        one_time_password=made.one_time_password,
        activation_token=made.activation_token,
        expires_at=made.expires_at,
    )


def _id_of(item: User) -> tuple[str]:
    return (item.id,)


USER_ROUTES = (
    Route(
        Method.GET,
        "/users",
        list_users,
        permission=MANAGE_USERS,
        summary="Lists accounts.",
        errors=(CursorInvalid,),
    ),
    Route(
        Method.POST,
        "/users",
        add_user,
        permission=MANAGE_USERS,
        summary="Makes an account.",
        errors=(NotFound, UsernameTaken),
        status=201,
        rate=Rate(60, 60),
    ),
    Route(
        Method.GET,
        "/users/{id}",
        read_user,
        permission=MANAGE_USERS,
        summary="Shows an account.",
        errors=(NotFound,),
    ),
    Route(
        Method.PATCH,
        "/users/{id}",
        change_user,
        permission=MANAGE_USERS,
        summary="Changes an account's name, title, organisation or roles at once.",
        errors=(NotFound, Refused, OwnAccount, DutyHolderKept, DutyApart),
        rate=Rate(60, 60),
    ),
    Route(
        Method.POST,
        "/users/{id}/disable",
        disable_user,
        permission=MANAGE_USERS,
        summary="Disables an account.",
        errors=(NotFound, OwnAccount, DutyHolderKept),
    ),
    Route(
        Method.POST,
        "/users/{id}/enable",
        enable_user,
        permission=MANAGE_USERS,
        summary="Enables an account.",
        errors=(NotFound, OwnAccount, DutyHolderKept),
    ),
    Route(
        Method.PUT,
        "/users/{id}/roles",
        change_roles,
        permission=GIVE_ROLES,
        summary="Changes an account's roles.",
        errors=(NotFound, OwnAccount, DutyHolderKept, DutyApart),
    ),
    Route(
        Method.POST,
        "/users/{id}/reset-credentials",
        reset_credentials,
        permission=MANAGE_USERS,
        summary="Hands out a new first password.",
        errors=(NotFound, OwnAccount, DutyHolderKept),
    ),
)
