"""The tree over HTTP, for administrators: each in the own node and below."""

from typing import Any, Final

from platform_api.http import Call, IdPath, Method, Page, PageQuery, Permission, Rate, Route
from platform_api.http.paging import CursorInvalid, cut_page, decode_cursor, decode_id_cursor
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import SERVER_MADE, OrganisationId
from platform_api.organisations import rules
from platform_api.organisations.errors import (
    BelowItself,
    ChangedMeanwhile,
    CodeInvalid,
    CodeTaken,
    IsClosed,
    Misplaced,
    NameTaken,
    NotAlike,
    NotEmpty,
    OwnNode,
    RegionUnknown,
)
from platform_api.organisations.mergers import Mergers
from platform_api.organisations.model import Node
from platform_api.organisations.regions import regions_below
from platform_api.organisations.schemas import (
    ChangeView,
    ChildrenQuery,
    CodeQuery,
    FoundList,
    IntoQuery,
    MergeDraft,
    MergeForecastView,
    MoveDraft,
    MoveForecastView,
    OrganisationChange,
    OrganisationDraft,
    OrganisationPage,
    OrganisationView,
    ParentQuery,
    ReasonDraft,
    RegionList,
    RegionQuery,
    SearchQuery,
    TopQuery,
    TopView,
    change_view,
    draft_of,
    found_view,
    merge_forecast_view,
    move_forecast_view,
    organisation_page,
    organisation_view,
    region_items,
)
from platform_api.organisations.service import Organisations

MANAGE = Permission(rules.MANAGE)
VIEW = Permission(rules.VIEW)
WRITE: Final = Rate(60, 60)
WEIGHTY: Final = Rate(20, 60)


async def list_organisations(call: Call[None, PageQuery, None]) -> Page[OrganisationView]:
    """The asker's node and all open ones below it, for pickers."""
    after = decode_id_cursor(call.query.cursor)
    found = await call.services.get(Organisations).flat(call.asker, after, call.query.limit + 1)
    shown, following = cut_page(found, call.query.limit, lambda node: (node.id,))
    return Page(items=[organisation_view(node) for node in shown], next_cursor=following)


async def show_top(call: Call[None, TopQuery, None]) -> TopView:
    """The asker's node and those directly below it: where the tree begins."""
    query = call.query
    node, below = await call.services.get(Organisations).top(call.asker, query.limit + 1, closed=query.closed)
    shown, following = cut_page(below, query.limit, _key)
    return TopView(
        own=organisation_view(node),
        below=[organisation_view(each) for each in shown],
        next_cursor=following,
    )


async def list_children(call: Call[None, ChildrenQuery, None]) -> Page[OrganisationView]:
    """Those directly below a node."""
    query = call.query
    found = await call.services.get(Organisations).children(
        call.asker,
        None if query.parent is None else OrganisationId(query.parent),
        _after(query.cursor),
        query.limit + 1,
        closed=query.closed,
    )
    shown, following = cut_page(found, query.limit, _key)
    return Page(items=[organisation_view(node) for node in shown], next_cursor=following)


async def search_organisations(call: Call[None, SearchQuery, None]) -> FoundList:
    """By name, sound, short name, other names or code; without words the highest."""
    found = await call.services.get(Organisations).search(call.asker, call.query.q, call.query.limit)
    return FoundList(items=[found_view(each) for each in found])


async def find_by_code(call: Call[None, CodeQuery, None]) -> OrganisationPage:
    """Whose code it is, after all mergers."""
    return organisation_page(
        await call.services.get(Organisations).by_code(call.asker, call.query.authority, call.query.code)
    )


async def list_regions(call: Call[None, RegionQuery, None]) -> RegionList:
    """The regions of GB/T 2260 directly below a code."""
    return RegionList(items=region_items(regions_below(call.query.above)))


async def show_organisation(call: Call[IdPath, None, None]) -> OrganisationPage:
    """An organisation with all that is known of it."""
    return organisation_page(await call.services.get(Organisations).show(call.asker, _id(call)))


async def add_organisation(call: Call[None, None, OrganisationDraft]) -> OrganisationPage:
    """Makes an organisation below one of the asker's."""
    return organisation_page(
        await call.services.get(Organisations).add(
            call.asker,
            OrganisationId(call.body.parent),
            draft_of(call.body),
            address=call.caller.address,
        )
    )


async def change_organisation(call: Call[IdPath, None, OrganisationChange]) -> OrganisationPage:
    """Other names, kind, region or codes."""
    return organisation_page(
        await call.services.get(Organisations).change(
            call.asker,
            _id(call),
            draft_of(call.body),
            version=call.body.version,
            reason=call.body.reason,
            address=call.caller.address,
        )
    )


async def forecast_move(call: Call[IdPath, ParentQuery, None]) -> MoveForecastView:
    """What a move would take along."""
    parent = OrganisationId(call.query.parent)
    return move_forecast_view(
        await call.services.get(Organisations).forecast_move(call.asker, _id(call), parent)
    )


async def move_organisation(call: Call[IdPath, None, MoveDraft]) -> OrganisationPage:
    """Puts it with all below it below another."""
    return organisation_page(
        await call.services.get(Organisations).move(
            call.asker,
            _id(call),
            OrganisationId(call.body.parent),
            reason=call.body.reason,
            address=call.caller.address,
        )
    )


async def forecast_merger(call: Call[IdPath, IntoQuery, None]) -> MergeForecastView:
    """What a merger would put under the other."""
    into = OrganisationId(call.query.into)
    return merge_forecast_view(await call.services.get(Mergers).forecast(call.asker, _id(call), into))


async def merge_organisation(call: Call[IdPath, None, MergeDraft]) -> OrganisationView:
    """Merges it into another, which is given."""
    return organisation_view(
        await call.services.get(Mergers).merge(
            call.asker,
            _id(call),
            OrganisationId(call.body.into),
            reason=call.body.reason,
            address=call.caller.address,
        )
    )


async def close_organisation(call: Call[IdPath, None, ReasonDraft]) -> OrganisationPage:
    """Closes it."""
    return organisation_page(
        await call.services.get(Organisations).shut(
            call.asker, _id(call), reason=call.body.reason, address=call.caller.address
        )
    )


async def reopen_organisation(call: Call[IdPath, None, ReasonDraft]) -> OrganisationPage:
    """Opens what was closed."""
    return organisation_page(
        await call.services.get(Organisations).reopen(
            call.asker, _id(call), reason=call.body.reason, address=call.caller.address
        )
    )


async def list_changes(call: Call[IdPath, PageQuery, None]) -> Page[ChangeView]:
    """What was done to it, the newest first."""
    after = decode_id_cursor(call.query.cursor)
    found = await call.services.get(Organisations).history(call.asker, _id(call), after, call.query.limit + 1)
    shown, following = cut_page(found, call.query.limit, lambda change: (change.id,))
    return Page(items=[change_view(change) for change in shown], next_cursor=following)


def _id(call: Call[IdPath, Any, Any]) -> OrganisationId:
    return OrganisationId(call.path.id)


def _key(node: Node) -> tuple[str, str]:
    return (node.name_key, node.id)


def _after(cursor: str | None) -> tuple[str, str] | None:
    if cursor is None:
        return None
    key, organisation = decode_cursor(cursor, str, str)
    if SERVER_MADE.fullmatch(organisation) is None:
        raise CursorInvalid
    return key, organisation


_WRONG_WORDS: Final = (NameTaken, CodeTaken, Misplaced, IsClosed, RegionUnknown, CodeInvalid)
_NOT_MOVABLE: Final = (NotFound, OwnNode, BelowItself, Misplaced, NameTaken, IsClosed)
_NOT_MERGEABLE: Final = (NotFound, OwnNode, BelowItself, NotAlike, IsClosed)

ROUTES = (
    Route(
        Method.GET,
        "/organisations",
        list_organisations,
        permission=VIEW,
        summary="Lists organisations.",
        errors=(CursorInvalid,),
    ),
    Route(
        Method.GET,
        "/organisations/top",
        show_top,
        permission=VIEW,
        summary="Shows the asker's own node and those directly below it.",
        errors=(NotFound,),
    ),
    Route(
        Method.GET,
        "/organisations/tree",
        list_children,
        permission=VIEW,
        summary="Lists those directly below a node.",
        errors=(CursorInvalid, NotFound),
    ),
    Route(
        Method.GET,
        "/organisations/search",
        search_organisations,
        permission=VIEW,
        summary="Finds organisations by name, sound or code.",
        rate=Rate(120, 60),
    ),
    Route(
        Method.GET,
        "/organisations/by-code",
        find_by_code,
        permission=MANAGE,
        summary="Shows whose code it is.",
        errors=(NotFound,),
    ),
    Route(
        Method.GET,
        "/organisations/regions",
        list_regions,
        permission=MANAGE,
        summary="Lists regions of GB/T 2260.",
    ),
    Route(
        Method.POST,
        "/organisations",
        add_organisation,
        permission=MANAGE,
        summary="Makes an organisation.",
        errors=(NotFound, *_WRONG_WORDS),
        status=201,
        rate=WRITE,
    ),
    Route(
        Method.GET,
        "/organisations/{id}",
        show_organisation,
        permission=MANAGE,
        summary="Shows an organisation.",
        errors=(NotFound,),
    ),
    Route(
        Method.PATCH,
        "/organisations/{id}",
        change_organisation,
        permission=MANAGE,
        summary="Changes names, kind, region or codes.",
        errors=(NotFound, ChangedMeanwhile, *_WRONG_WORDS),
        rate=WRITE,
    ),
    Route(
        Method.GET,
        "/organisations/{id}/move",
        forecast_move,
        permission=MANAGE,
        summary="Foretells what a move takes along.",
        errors=_NOT_MOVABLE,
    ),
    Route(
        Method.POST,
        "/organisations/{id}/move",
        move_organisation,
        permission=MANAGE,
        summary="Moves an organisation with all below it.",
        errors=_NOT_MOVABLE,
        rate=WEIGHTY,
    ),
    Route(
        Method.GET,
        "/organisations/{id}/merge",
        forecast_merger,
        permission=MANAGE,
        summary="Foretells what a merger puts under the other.",
        errors=_NOT_MERGEABLE,
    ),
    Route(
        Method.POST,
        "/organisations/{id}/merge",
        merge_organisation,
        permission=MANAGE,
        summary="Merges an organisation into another.",
        errors=_NOT_MERGEABLE,
        rate=WEIGHTY,
    ),
    Route(
        Method.POST,
        "/organisations/{id}/close",
        close_organisation,
        permission=MANAGE,
        summary="Closes an organisation.",
        errors=(NotFound, OwnNode, NotEmpty, IsClosed),
        rate=WEIGHTY,
    ),
    Route(
        Method.POST,
        "/organisations/{id}/reopen",
        reopen_organisation,
        permission=MANAGE,
        summary="Opens a closed organisation.",
        errors=(NotFound, OwnNode, IsClosed),
        rate=WEIGHTY,
    ),
    Route(
        Method.GET,
        "/organisations/{id}/changes",
        list_changes,
        permission=MANAGE,
        summary="Lists what was done to an organisation.",
        errors=(CursorInvalid, NotFound),
    ),
)
