"""The inbox over HTTP."""

from datetime import datetime

from platform_api.http import SIGNED_IN, Call, IdPath, Method, Page, Rate, Route
from platform_api.http.paging import CursorInvalid, cut_page, decode_moment_cursor
from platform_api.inbox.model import Counts, InboxItemId, KeptItem
from platform_api.inbox.schemas import BadgeQuery, InboxBadge, InboxItem, InboxQuery, inbox_item
from platform_api.inbox.service import Inbox
from platform_api.kernel.errors import NotFound

BADGE_RATE = Rate(120, 60)


async def list_items(call: Call[None, InboxQuery, None]) -> Page[InboxItem]:
    found = await call.services.get(Inbox).items(
        call.asker,
        state=call.query.state,
        after=decode_moment_cursor(call.query.cursor),
        limit=call.query.limit,
    )
    shown, following = cut_page(found, call.query.limit, _key)
    return Page(items=[inbox_item(each, call.caller.language) for each in shown], next_cursor=following)


async def show_badge(call: Call[None, BadgeQuery, None]) -> InboxBadge:
    inbox, known = call.services.get(Inbox), call.query
    if known.open is None or known.unread is None:
        counts = await inbox.counts(call.asker)
    else:
        counts = await inbox.counts_other_than(call.asker, Counts(known.open, known.unread))
    return InboxBadge(open=counts.open, unread=counts.unread)


async def read_item(call: Call[IdPath, None, None]) -> None:
    await call.services.get(Inbox).mark_read(call.asker, InboxItemId(call.path.id))


async def unread_item(call: Call[IdPath, None, None]) -> None:
    await call.services.get(Inbox).mark_unread(call.asker, InboxItemId(call.path.id))


async def read_all(call: Call[None, None, None]) -> None:
    await call.services.get(Inbox).mark_all_read(call.asker)


def _key(kept: KeptItem) -> tuple[datetime, str]:
    return (kept.put_at, kept.id)


ROUTES = (
    Route(
        Method.GET,
        "/inbox",
        list_items,
        permission=SIGNED_IN,
        summary="What waits for me, newest first",
        errors=(CursorInvalid,),
    ),
    Route(
        Method.GET,
        "/inbox/badge",
        show_badge,
        permission=SIGNED_IN,
        summary="How much waits for me; with known figures the answer waits until they change",
        rate=BADGE_RATE,
        keeps_login=False,
    ),
    Route(
        Method.POST,
        "/inbox/read",
        read_all,
        permission=SIGNED_IN,
        summary="Marks all as read",
    ),
    Route(
        Method.PUT,
        "/inbox/{id}/read",
        read_item,
        permission=SIGNED_IN,
        summary="Marks as read; a notice is done by that",
        errors=(NotFound,),
    ),
    Route(
        Method.DELETE,
        "/inbox/{id}/read",
        unread_item,
        permission=SIGNED_IN,
        summary="Marks as unread",
        errors=(NotFound,),
    ),
)
