"""Emergency access over HTTP."""

from platform_api.audit import Who
from platform_api.break_glass.errors import OpenAlready, OwnOpening, ReviewedAlready, TooOften
from platform_api.break_glass.model import Opening
from platform_api.break_glass.rules import ASK, REVIEW
from platform_api.break_glass.schemas import OpeningDraft, OpeningList, OpeningView, Verdict, opening_view
from platform_api.break_glass.service import BreakGlass
from platform_api.http import Call, IdPath, Method, Page, PageQuery, Permission, Rate, Route
from platform_api.http.paging import CursorInvalid, cut_page, decode_id_cursor
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import OrganisationId

MAY_ASK = Permission(ASK)
MAY_REVIEW = Permission(REVIEW)
WEIGHTY = Rate(20, 60)


async def open_access(call: Call[None, None, OpeningDraft]) -> OpeningView:
    draft, node = call.body, OrganisationId(call.body.organisation)
    opened = await call.services.get(BreakGlass).open(
        call.asker, node, draft.reason, draft.minutes, Who.calling(call)
    )
    return opening_view(opened)


async def list_own_accesses(call: Call[None, None, None]) -> OpeningList:
    found = await call.services.get(BreakGlass).mine(call.asker)
    return OpeningList(items=[opening_view(each) for each in found])


async def close_access(call: Call[IdPath, None, None]) -> OpeningView:
    service = call.services.get(BreakGlass)
    return opening_view(await service.close(call.asker, call.path.id, Who.calling(call)))


async def list_accesses(call: Call[None, PageQuery, None]) -> Page[OpeningView]:
    after = decode_id_cursor(call.query.cursor)
    found = await call.services.get(BreakGlass).below(call.asker, after, call.query.limit + 1)
    shown, following = cut_page(found, call.query.limit, _id_of)
    return Page(items=[opening_view(each) for each in shown], next_cursor=following)


async def review_access(call: Call[IdPath, None, Verdict]) -> OpeningView:
    reviewed = await call.services.get(BreakGlass).review(
        call.asker,
        call.path.id,
        justified=call.body.justified,
        remark=call.body.remark,
        who=Who.calling(call),
    )
    return opening_view(reviewed)


def _id_of(opening: Opening) -> tuple[str]:
    return (opening.id,)


ROUTES = (
    Route(
        Method.POST,
        "/break-glass",
        open_access,
        permission=MAY_ASK,
        summary="Opens another hospital's records in an emergency, with a reason, for an hour at most",
        errors=(NotFound, OpenAlready, TooOften),
        status=201,
        rate=WEIGHTY,
    ),
    Route(
        Method.GET,
        "/break-glass/mine",
        list_own_accesses,
        permission=MAY_ASK,
        summary="What one opened oneself, the newest first",
    ),
    Route(
        Method.POST,
        "/break-glass/{id}/close",
        close_access,
        permission=MAY_ASK,
        summary="Ends one's own access before its time",
        errors=(NotFound,),
        rate=WEIGHTY,
    ),
    Route(
        Method.GET,
        "/break-glass",
        list_accesses,
        permission=MAY_REVIEW,
        summary="What was opened at the own node and below, the newest first",
        errors=(CursorInvalid,),
    ),
    Route(
        Method.POST,
        "/break-glass/{id}/review",
        review_access,
        permission=MAY_REVIEW,
        summary="Says whether an access was right; one that is open ends",
        errors=(NotFound, OwnOpening, ReviewedAlready),
        rate=Rate(60, 60),
    ),
)
