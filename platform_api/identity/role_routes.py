"""Roles over HTTP: what each permits, who holds it, and those composed by a security administrator."""

from typing import Annotated, Final, Literal

from pydantic import Field

from platform_api.audit import AuditTrail, Entry, Tag, Who
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
    Text,
)
from platform_api.http.paging import CursorInvalid, cut_page, decode_id_cursor
from platform_api.identity.catalogue import MODULE_WORDS, RIGHTS, Module
from platform_api.identity.composed_roles import ComposedRoles
from platform_api.identity.errors import RoleChanged, RoleLimit, RoleName, RolePermission
from platform_api.identity.given_role_routes import ComposedName, composed_name
from platform_api.identity.model import ComposedRole, Duty, RoleHolder, UserRole
from platform_api.identity.rules import DUTY_PERMISSIONS, PERMISSIONS, composable_by
from platform_api.identity.schemas import OrganisationName
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import OrganisationId
from platform_api.kernel.sentences import Language

SEE: Final = Permission("roles.give")
COMPOSE: Final = Permission("roles.compose")
WRITE: Final = Rate(60, 60)
SHOWN: Final = "username name roles"


class PermissionView(Shape):
    """A right in words; `composable`: the asker may put it into a role."""

    name: str
    words: str
    composable: bool


class PermissionModule(Shape):
    """The rights of one module."""

    name: Module
    words: str
    permissions: list[PermissionView]


class RoleView(Shape):
    """A role: of the house (by its key alone), a duty, or composed (then with names and a node)."""

    key: str
    kind: Literal["role", "duty", "composed"]
    names: ComposedName | None = None
    organisation: OrganisationName | None = None
    permissions: list[str]
    holders: int
    revision: int = 0
    changed_at: Moment | None = None
    changed_by: str | None = None
    changeable: bool = False


class RoleList(Shape):
    """Every role, and every right that a role may carry, by module."""

    modules: list[PermissionModule]
    roles: list[RoleView]


class RoleWords(Shape):
    """The names of a role and what it permits."""

    zh: Annotated[Text, Field(min_length=1, max_length=30)]
    en: Annotated[Text, Field(min_length=1, max_length=60)]
    permissions: Annotated[list[Annotated[str, Field(max_length=60)]], Field(min_length=1, max_length=60)]


class RoleDraft(RoleWords):
    """A new role for a node and what lies below it."""

    organisation: Id


class RoleChange(RoleWords):
    """Other names or permissions for the revision that was seen."""

    revision: Annotated[int, Field(ge=1)]


class HolderQuery(PageQuery):
    """Whose holders: a role of the house or a duty by its key, a composed one by its id."""

    role: Annotated[str, Field(min_length=1, max_length=36)]


class RoleHolderView(Shape):
    """Who holds a role; `nodes` are those where it is given."""

    user: Id
    name: str
    username: str
    organisation_name: str
    as_base: bool
    nodes: list[str]


async def list_roles(call: Call[None, None, None]) -> RoleList:
    """Every role with its permissions, and how many hold it in the asker's scope."""
    roles, asker = call.services.get(ComposedRoles), call.asker
    held = await roles.holders_by_role(asker)
    of_house = [
        RoleView(
            key=role.value, kind="role", permissions=sorted(PERMISSIONS[role]), holders=held.get(role, 0)
        )
        for role in UserRole
    ]
    duties = [
        RoleView(key=duty, kind="duty", permissions=sorted(DUTY_PERMISSIONS[duty]), holders=held.get(duty, 0))
        for duty in Duty
    ]
    composed = [
        _view(role, held.get(role.names.id, 0), changeable=changeable)
        for role, changeable in await roles.seen(asker)
    ]
    modules = _modules(composable_by(asker.permissions), call.caller.language)
    return RoleList(modules=modules, roles=[*of_house, *composed, *duties])


async def list_role_holders(call: Call[None, HolderQuery, None]) -> Page[RoleHolderView]:
    """Who in the asker's scope holds a role: people see in their profile who saw it."""
    query = call.query
    found = await call.services.get(ComposedRoles).holders_of(
        call.asker, query.role, decode_id_cursor(query.cursor), query.limit + 1
    )
    shown, following = cut_page(found, query.limit, _user_of)
    if shown:
        keys = " ".join(each.user for each in shown)
        seen = Entry(
            tag=Tag.RECORD_VIEWED,
            who=Who.calling(call),
            target_kind="user",
            target="",
            details={"rows": len(shown), "keys": keys, "columns": SHOWN},
        )
        await call.services.get(AuditTrail).record(seen)
    return Page(items=[_holder(each) for each in shown], next_cursor=following)


async def compose_role(call: Call[None, None, RoleDraft]) -> RoleView:
    """Composes a role."""
    draft = call.body
    made = await call.services.get(ComposedRoles).compose(
        call.asker,
        OrganisationId(draft.organisation),
        (draft.zh, draft.en),
        draft.permissions,
        Who.calling(call),
    )
    return _view(made, 0, changeable=True)


async def change_role(call: Call[IdPath, None, RoleChange]) -> RoleView:
    """Changes names and permissions of a composed role, for its holders from their next call."""
    roles, draft = call.services.get(ComposedRoles), call.body
    changed = await roles.change(
        call.asker,
        call.path.id,
        (draft.zh, draft.en),
        draft.permissions,
        revision=draft.revision,
        who=Who.calling(call),
    )
    held = await roles.holders_by_role(call.asker)
    return _view(changed, held.get(call.path.id, 0), changeable=True)


async def retire_role(call: Call[IdPath, None, None]) -> None:
    """Retires a composed role; whoever holds it holds it no longer."""
    await call.services.get(ComposedRoles).retire(call.asker, call.path.id, Who.calling(call))


def _modules(composable: frozenset[str], language: Language) -> list[PermissionModule]:
    at = 0 if language is Language.ZH_CN else 1
    return [
        PermissionModule(
            name=module,
            words=words[at],
            permissions=[
                PermissionView(
                    name=right.name, words=right.words(language), composable=right.name in composable
                )
                for right in RIGHTS
                if right.module is module
            ],
        )
        for module, words in MODULE_WORDS.items()
        if any(right.module is module for right in RIGHTS)
    ]


def _view(role: ComposedRole, holders: int, *, changeable: bool) -> RoleView:
    return RoleView(
        key=role.names.id,
        kind="composed",
        names=composed_name(role.names),
        organisation=OrganisationName(id=role.node, name=role.node_name),
        permissions=sorted(role.permissions),
        holders=holders,
        revision=role.revision,
        changed_at=role.changed_at,
        changed_by=role.changed_by_name,
        changeable=changeable,
    )


def _holder(found: RoleHolder) -> RoleHolderView:
    return RoleHolderView(
        user=found.user,
        name=found.name,
        username=found.username,
        organisation_name=found.organisation_name,
        as_base=found.as_base,
        nodes=list(found.nodes),
    )


def _user_of(holder: RoleHolder) -> tuple[str]:
    return (holder.user,)


ROLE_ROUTES = (
    Route(
        Method.GET,
        "/roles",
        list_roles,
        permission=SEE,
        summary="Every role with its permissions in words",
    ),
    Route(
        Method.GET,
        "/role-holders",
        list_role_holders,
        permission=SEE,
        summary="Who holds a role",
        errors=(CursorInvalid,),
    ),
    Route(
        Method.POST,
        "/roles",
        compose_role,
        permission=COMPOSE,
        summary="Composes a role of permissions for a node and what lies below it",
        errors=(NotFound, RolePermission, RoleName, RoleLimit),
        status=201,
        rate=WRITE,
    ),
    Route(
        Method.PATCH,
        "/roles/{id}",
        change_role,
        permission=COMPOSE,
        summary="Changes names and permissions of a composed role",
        errors=(NotFound, RolePermission, RoleName, RoleChanged),
        rate=WRITE,
    ),
    Route(
        Method.POST,
        "/roles/{id}/retire",
        retire_role,
        permission=COMPOSE,
        summary="Retires a composed role",
        errors=(NotFound,),
        rate=WRITE,
    ),
)
