"""Sessions over HTTP: the programme, plans, the life of a session, what lies beside it."""

from datetime import datetime

from platform_api.files import FileRefused, FileTooLarge, StorageFull, file_item
from platform_api.files.service import file_url
from platform_api.forwarding import DECLARED as FORWARDED
from platform_api.forwarding import ForwardDraft, forwarded
from platform_api.http import (
    GUEST_OR_USER,
    Call,
    IdPath,
    Method,
    Page,
    Permission,
    Rate,
    RawBody,
    Route,
)
from platform_api.http.paging import CursorInvalid, cut_page, decode_cursor
from platform_api.kernel.errors import Conflict, NotFound, Refused
from platform_api.kernel.ids import FileId, SessionId
from platform_api.teaching.access import SUBJECT, calling
from platform_api.teaching.errors import IdentityInText, StartsInPast
from platform_api.teaching.items import session_item
from platform_api.teaching.live import LiveSessions
from platform_api.teaching.model import Plan, ProgrammeQuery
from platform_api.teaching.rules import PLAN, VIEW
from platform_api.teaching.schemas import (
    GrantItem,
    GrantRequest,
    LikesOfSession,
    MaterialPath,
    Materials,
    NewMaterial,
    NewSession,
    ProgrammeList,
    SessionChanges,
    SessionItem,
    StillItem,
    StillPath,
)
from platform_api.teaching.service import Shown, Teaching

PLANNING, VIEWING = Permission(PLAN), Permission(VIEW)
MAX_STILL_BYTES = 12 * 1024 * 1024
STILL_RATE = Rate(60, 60)


async def list_sessions(call: Call[None, ProgrammeList, None]) -> Page[SessionItem]:
    asker, query = calling(call), call.query
    after = None
    if query.cursor is not None:
        key, session = decode_cursor(query.cursor, datetime, str)
        after = (key, SessionId(session))
    found = await call.services.get(Teaching).programme(
        asker,
        ProgrammeQuery(
            view=query.state,
            limit=query.limit,
            text=query.q,
            form=query.form,
            body_part=query.body_part,
            after=after,
        ),
    )
    shown, cursor = cut_page(found, query.limit, _list_key)
    return Page(items=[session_item(item, asker) for item in shown], next_cursor=cursor)


async def plan_session(call: Call[None, None, NewSession]) -> SessionItem:
    asker = calling(call)
    plan = Plan(**dict(call.body))
    return session_item(await call.services.get(Teaching).plan(asker, plan), asker)


async def get_session(call: Call[IdPath, None, None]) -> SessionItem:
    asker = calling(call)
    return session_item(await call.services.get(Teaching).get(asker, SessionId(call.path.id)), asker)


async def change_session(call: Call[IdPath, None, SessionChanges]) -> SessionItem:
    asker = calling(call)
    named = {name: getattr(call.body, name) for name in call.body.model_fields_set}
    changes = {
        name: value for name, value in named.items() if value is not None or name == "consent_reference"
    }
    shown = await call.services.get(Teaching).change(asker, SessionId(call.path.id), changes)
    return session_item(shown, asker)


async def open_session(call: Call[IdPath, None, None]) -> SessionItem:
    await call.services.get(LiveSessions).open(calling(call), SessionId(call.path.id))
    return await get_session(call)


async def end_session(call: Call[IdPath, None, None]) -> SessionItem:
    await call.services.get(LiveSessions).end(calling(call), SessionId(call.path.id))
    return await get_session(call)


async def cancel_session(call: Call[IdPath, None, None]) -> SessionItem:
    await call.services.get(LiveSessions).cancel(calling(call), SessionId(call.path.id))
    return await get_session(call)


async def grant_seat(call: Call[IdPath, None, GrantRequest]) -> GrantItem:
    seat = await call.services.get(LiveSessions).grant(
        calling(call), SessionId(call.path.id), encoder=call.body.role == "encoder"
    )
    return GrantItem(grant=seat.token, room=seat.room, role=seat.role, expires_at=seat.expires_at)


async def like_session(call: Call[IdPath, None, None]) -> LikesOfSession:
    count = await call.services.get(Teaching).like(calling(call), SessionId(call.path.id), liked=True)
    return LikesOfSession(likes=count, liked=True)


async def unlike_session(call: Call[IdPath, None, None]) -> LikesOfSession:
    count = await call.services.get(Teaching).like(calling(call), SessionId(call.path.id), liked=False)
    return LikesOfSession(likes=count, liked=False)


async def forward_session(call: Call[IdPath, None, ForwardDraft]) -> None:
    await forwarded(call, SUBJECT)


async def list_materials(call: Call[IdPath, None, None]) -> Materials:
    found = await call.services.get(Teaching).materials(calling(call), SessionId(call.path.id))
    return Materials(items=[file_item(file) for file in found])


async def add_material(call: Call[IdPath, None, NewMaterial]) -> None:
    await call.services.get(Teaching).add_material(
        calling(call), call.asker, SessionId(call.path.id), FileId(call.body.file)
    )


async def remove_material(call: Call[MaterialPath, None, None]) -> None:
    await call.services.get(Teaching).remove_material(
        calling(call), SessionId(call.path.id), FileId(call.path.file)
    )


async def store_still(call: Call[StillPath, None, RawBody]) -> StillItem:
    data = await call.body.read()
    stored = await call.services.get(LiveSessions).store_still(
        calling(call), SessionId(call.path.id), call.path.still, data
    )
    return StillItem(url=file_url(stored.id), width=stored.width, height=stored.height)


def _list_key(shown: Shown) -> tuple[datetime, str]:
    session = shown.session
    return session.list_key or session.plan.starts_at, session.id


SESSION_ROUTES = (
    Route(
        Method.GET,
        "/sessions",
        list_sessions,
        permission=GUEST_OR_USER,
        summary="The programme: live, upcoming, for replay, or one's own",
        errors=(CursorInvalid,),
    ),
    Route(
        Method.POST,
        "/sessions",
        plan_session,
        permission=PLANNING,
        summary="Plans a session whose expert is the asker",
        errors=(IdentityInText, StartsInPast, Refused),
        status=201,
        rate=Rate(30, 60),
    ),
    Route(
        Method.GET,
        "/sessions/{id}",
        get_session,
        permission=GUEST_OR_USER,
        summary="One session",
        errors=(NotFound,),
    ),
    Route(
        Method.PATCH,
        "/sessions/{id}",
        change_session,
        permission=PLANNING,
        summary="Changes the plan of a session that is not open yet",
        errors=(NotFound, Refused, Conflict, IdentityInText, StartsInPast),
    ),
    Route(
        Method.POST,
        "/sessions/{id}/open",
        open_session,
        permission=PLANNING,
        summary="Opens the room and begins the recording",
        errors=(NotFound, Refused, Conflict),
    ),
    Route(
        Method.POST,
        "/sessions/{id}/end",
        end_session,
        permission=PLANNING,
        summary="Ends the session for everybody",
        errors=(NotFound, Refused, Conflict),
    ),
    Route(
        Method.POST,
        "/sessions/{id}/cancel",
        cancel_session,
        permission=PLANNING,
        summary="Cancels a planned session",
        errors=(NotFound, Refused, Conflict),
    ),
    Route(
        Method.POST,
        "/sessions/{id}/grant",
        grant_seat,
        permission=GUEST_OR_USER,
        summary="A signed grant for the session's room",
        errors=(NotFound, Refused, Conflict),
        rate=Rate(60, 60),
    ),
    Route(
        Method.POST,
        "/sessions/{id}/like",
        like_session,
        permission=GUEST_OR_USER,
        summary="Likes a session",
        errors=(NotFound,),
        rate=Rate(60, 60),
    ),
    Route(
        Method.DELETE,
        "/sessions/{id}/like",
        unlike_session,
        permission=GUEST_OR_USER,
        summary="Takes the like back",
        errors=(NotFound,),
        rate=Rate(60, 60),
    ),
    Route(
        Method.POST,
        "/sessions/{id}/forward",
        forward_session,
        permission=VIEWING,
        summary="Forwards a session to a person or to a group",
        **FORWARDED,
    ),
    Route(
        Method.GET,
        "/sessions/{id}/materials",
        list_materials,
        permission=GUEST_OR_USER,
        summary="Files beside a session",
        errors=(NotFound,),
    ),
    Route(
        Method.POST,
        "/sessions/{id}/materials",
        add_material,
        permission=PLANNING,
        summary="Lays one of the asker's files beside a session",
        errors=(NotFound, Refused),
        status=204,
    ),
    Route(
        Method.DELETE,
        "/sessions/{id}/materials/{file}",
        remove_material,
        permission=PLANNING,
        summary="Takes a file away from a session",
        errors=(NotFound, Refused),
        status=204,
    ),
    Route(
        Method.POST,
        "/sessions/{id}/stills/{still}",
        store_still,
        permission=GUEST_OR_USER,
        summary="The picture of a still: an image as the bare body",
        errors=(NotFound, Conflict, FileRefused, FileTooLarge, StorageFull),
        status=201,
        rate=STILL_RATE,
        max_body_bytes=MAX_STILL_BYTES,
    ),
)
