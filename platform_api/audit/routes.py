"""Reading the trail over HTTP."""

from platform_api.audit.model import Entry, KeptEntry, Tag, Who
from platform_api.audit.schemas import EntryQuery, EntryView, VerdictView, entry_view
from platform_api.audit.service import AuditTrail
from platform_api.audit.store import Filter
from platform_api.http import Call, Method, Page, Permission, Rate, Route
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
        "/audit/verdict",
        verify_chain,
        permission=VIEW,
        summary="Recomputes the chain of audit entries.",
        rate=Rate(5, 60),
    ),
)
