"""Reading the trail over HTTP."""

from platform_api.audit.model import Entry, KeptEntry, Tag, Who
from platform_api.audit.schemas import EntryQuery, EntryView, SightView, VerdictView, entry_view, sight_view
from platform_api.audit.service import AuditTrail
from platform_api.audit.store import Filter
from platform_api.http import Call, Method, Page, PageQuery, Permission, Rate, Route
from platform_api.http.asker import ANYONE_KNOWN
from platform_api.http.paging import CursorInvalid, cut_page, decode_cursor

VIEW = Permission("audit.view")


async def list_entries(call: Call[None, EntryQuery, None]) -> Page[EntryView]:
    """Entries of the reader's organisation and below, newest first; reading them is an entry too."""
    trail = call.services.get(AuditTrail)
    query = call.query
    wanted = Filter(
        reader_organisation=str(call.asker.organisation),
        before=decode_cursor(query.cursor, int)[0] if query.cursor else None,
        actor=query.actor,
        tag=query.tag,
        target=query.target,
        since=query.since,
        until=query.until,
        limit=query.limit + 1,
    )
    shown, following = cut_page(await trail.find(wanted), query.limit, _key)
    await trail.record(
        Entry(
            tag=Tag.RECORD_VIEWED,
            who=Who.calling(call),
            target_kind="audit",
            target="",
            details={"rows": len(shown)},
        )
    )
    return Page(items=[entry_view(kept) for kept in shown], next_cursor=following)


def _key(kept: KeptEntry) -> tuple[int]:
    return (kept.number,)


async def list_sights(call: Call[None, PageQuery, None]) -> Page[SightView]:
    """Who did what with the asker's own record."""
    before = decode_cursor(call.query.cursor, int)[0] if call.query.cursor else None
    found = await call.services.get(AuditTrail).about(call.asker.subject, before, call.query.limit + 1)
    shown, following = cut_page(found, call.query.limit, _key)
    return Page(items=[sight_view(each, call.caller.language) for each in shown], next_cursor=following)


async def verify_chain(call: Call[None, None, None]) -> VerdictView:
    """Recomputes the whole chain."""
    verdict = await call.services.get(AuditTrail).verify()
    return VerdictView(
        checked=verdict.checked, whole=verdict.broken_number is None, broken_number=verdict.broken_number
    )


ROUTES = (
    Route(
        Method.GET,
        "/audit",
        list_entries,
        permission=VIEW,
        summary="Lists audit entries.",
        errors=(CursorInvalid,),
    ),
    Route(
        Method.GET,
        "/audit/mine",
        list_sights,
        permission=ANYONE_KNOWN,
        summary="Who looked at my own record or changed it, newest first",
        errors=(CursorInvalid,),
    ),
    Route(
        Method.GET,
        "/audit/verdict",
        verify_chain,
        permission=VIEW,
        summary="Recomputes the chain of audit entries.",
        rate=Rate(5, 60),
    ),
)
