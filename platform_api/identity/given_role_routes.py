"""Roles for a node and a period over HTTP, for whoever keeps the node."""

from typing import Final

from platform_api.audit import Who
from platform_api.http import (
    Call,
    Id,
    IdPath,
    Method,
    Moment,
    Page,
    PageQuery,
    Permission,
    Rate,
    Route,
    Shape,
)
from platform_api.http.paging import CursorInvalid, cut_page, decode_id_cursor
from platform_api.identity.errors import DutyApart, GivenPeriod, GivenTwice, OwnAccount
from platform_api.identity.given_roles import GivenRoles
from platform_api.identity.model import GivenRole, GivenRoleName, RoleNames, UserRole
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import OrganisationId, UserId

GIVE: Final = Permission("roles.give")


class GivenRoleDraft(Shape):
    """A role at a node; from now if no beginning is said, for good if no end is."""

    organisation: Id
    role: UserRole
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class ComposedRoleDraft(Shape):
    """A composed role at a node; from now if no beginning is said, for good if no end is."""

    organisation: Id
    role: Id
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class ComposedName(Shape):
    """A composed role by its names."""

    id: Id
    zh: str
    en: str


class GivenRoleView(Shape):
    """A given role with its history; `ended_by` is empty where its period was over."""

    id: Id
    user: Id
    user_name: str
    organisation: Id
    organisation_name: str
    role: GivenRoleName
    composed: ComposedName | None
    starts_at: Moment
    ends_at: Moment | None
    given_at: Moment
    given_by: str
    ended_at: Moment | None
    ended_by: str | None


class GivenRoleList(Shape):
    """What somebody was given, the newest first."""

    items: list[GivenRoleView]


class GivenRoleQuery(PageQuery):
    """Which to list: those that have not ended, or all."""

    only_open: bool = True


async def list_roles_of_user(call: Call[IdPath, None, None]) -> GivenRoleList:
    """What a user was given."""
    found = await call.services.get(GivenRoles).of_user(call.asker, UserId(call.path.id))
    return GivenRoleList(items=[_view(each) for each in found])


async def list_given_roles(call: Call[None, GivenRoleQuery, None]) -> Page[GivenRoleView]:
    """What was given at the own node and below."""
    query = call.query
    found = await call.services.get(GivenRoles).below(
        call.asker, only_open=query.only_open, after=decode_id_cursor(query.cursor), limit=query.limit + 1
    )
    shown, following = cut_page(found, query.limit, _id_of)
    return Page(items=[_view(each) for each in shown], next_cursor=following)


async def give_role(call: Call[IdPath, None, GivenRoleDraft]) -> GivenRoleView:
    """Gives a role at a node for a period."""
    draft = call.body
    given = await call.services.get(GivenRoles).give(
        call.asker,
        UserId(call.path.id),
        GivenRoleName(draft.role.value),
        OrganisationId(draft.organisation),
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        who=Who.calling(call),
    )
    return _view(given)


async def give_composed_role(call: Call[IdPath, None, ComposedRoleDraft]) -> GivenRoleView:
    """Gives a composed role at a node for a period."""
    draft = call.body
    given = await call.services.get(GivenRoles).give(
        call.asker,
        UserId(call.path.id),
        GivenRoleName.COMPOSED,
        OrganisationId(draft.organisation),
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        who=Who.calling(call),
        composed=draft.role,
    )
    return _view(given)


async def end_given_role(call: Call[IdPath, None, None]) -> GivenRoleView:
    """Ends a given role at once."""
    return _view(await call.services.get(GivenRoles).end(call.asker, call.path.id, Who.calling(call)))


def _id_of(given: GivenRole) -> tuple[str]:
    return (given.id,)


def composed_name(names: RoleNames) -> ComposedName:
    """The names of a composed role."""
    return ComposedName(id=names.id, zh=names.zh, en=names.en)


def _view(given: GivenRole) -> GivenRoleView:
    return GivenRoleView(
        id=given.id,
        user=given.user,
        user_name=given.user_name,
        organisation=given.node,
        organisation_name=given.node_name,
        role=given.role,
        composed=composed_name(given.composed) if given.composed else None,
        starts_at=given.starts_at,
        ends_at=given.ends_at,
        given_at=given.given_at,
        given_by=given.given_by_name,
        ended_at=given.ended_at,
        ended_by=given.ended_by_name,
    )


GIVEN_ROLE_ROUTES = (
    Route(
        Method.GET,
        "/users/{id}/given-roles",
        list_roles_of_user,
        permission=GIVE,
        summary="Roles that a user was given for a node and a period",
        errors=(NotFound,),
    ),
    Route(
        Method.POST,
        "/users/{id}/given-roles",
        give_role,
        permission=GIVE,
        summary="Gives a user a role for a node and a period",
        errors=(NotFound, OwnAccount, DutyApart, GivenPeriod, GivenTwice),
        status=201,
        rate=Rate(60, 60),
    ),
    Route(
        Method.POST,
        "/users/{id}/composed-roles",
        give_composed_role,
        permission=GIVE,
        summary="Gives a user a composed role for a node and a period",
        errors=(NotFound, OwnAccount, DutyApart, GivenPeriod, GivenTwice),
        status=201,
        rate=Rate(60, 60),
    ),
    Route(
        Method.GET,
        "/given-roles",
        list_given_roles,
        permission=GIVE,
        summary="Roles given at the own node and below",
        errors=(CursorInvalid,),
    ),
    Route(
        Method.POST,
        "/given-roles/{id}/end",
        end_given_role,
        permission=GIVE,
        summary="Ends a given role at once",
        errors=(NotFound, OwnAccount),
        rate=Rate(60, 60),
    ),
)
