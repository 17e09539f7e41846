"""Commentators, share links and recordings over HTTP."""

from platform_api.forwarding import DECLARED as FORWARDED
from platform_api.forwarding import ForwardDraft, forwarded
from platform_api.http import GUEST_OR_USER, PUBLIC, Call, IdPath, Method, Permission, Rate, Route
from platform_api.identity import keep_refresh
from platform_api.identity.errors import InvitationLocked as Locked
from platform_api.kernel.errors import Conflict, Gone, NotFound, Refused
from platform_api.kernel.ids import InvitationId, RecordingId, SessionId
from platform_api.sharing import PinWrong, ShareClosed, ShareUnknown
from platform_api.teaching.access import calling
from platform_api.teaching.commentators import Commentators
from platform_api.teaching.forwarding import RECORDING
from platform_api.teaching.items import commentator_item, session_item, share_item, shared_session
from platform_api.teaching.model import SessionState
from platform_api.teaching.replays import Replays
from platform_api.teaching.rules import PLAN, SHARE, VIEW
from platform_api.teaching.schemas import (
    CodePath,
    CommentatorPath,
    InvitationFacts,
    InvitationMade,
    InvitationOnce,
    NewCommentator,
    NewShareLink,
    OpenShare,
    PlayItem,
    Position,
    RecordingItem,
    Redeemed,
    RedeemInvitation,
    SessionOfGuest,
    ShareEntrance,
    ShareFacts,
    ShareOnce,
    SharePath,
    Shares,
    TokenPath,
)
from platform_api.teaching.schemas import Commentators as CommentatorList
from platform_api.teaching.service import Teaching
from platform_api.teaching.sharing import Sharing

PLANNING = Permission(PLAN)
SHARING = Permission(SHARE)
LOOK_RATE = Rate(60, 60)
OPEN_RATE = Rate(20, 60)


async def invite_commentator(call: Call[IdPath, None, NewCommentator]) -> InvitationMade:
    body = call.body
    made = await call.services.get(Commentators).invite(
        calling(call),
        call.asker,
        SessionId(call.path.id),
        name=body.name,
        title=body.title,
        hospital=body.hospital,
    )
    return InvitationMade(
        invitation=InvitationOnce(
            id=made.invitation.id,
            url=f"{call.caller.origin}/i/{made.url_code}",
            one_time_code=str(made.one_time_code),
            expires_at=made.invitation.expires_at,
        )
    )


async def list_commentators(call: Call[IdPath, None, None]) -> CommentatorList:
    service = call.services.get(Commentators)
    found = await service.of_session(calling(call), SessionId(call.path.id))
    return CommentatorList(items=[commentator_item(item, service.now()) for item in found])


async def revoke_commentator(call: Call[CommentatorPath, None, None]) -> None:
    await call.services.get(Commentators).revoke(
        calling(call), call.asker, SessionId(call.path.id), InvitationId(call.path.invitation)
    )


async def look_at_invitation(call: Call[CodePath, None, None]) -> InvitationFacts:
    invitation, session = await call.services.get(Commentators).look(call.path.code)
    return InvitationFacts(
        session=shared_session(session),
        kind="commentator",
        name=invitation.name,
        expires_at=invitation.expires_at,
    )


async def redeem_invitation(call: Call[CodePath, None, RedeemInvitation]) -> Redeemed:
    session, tokens = await call.services.get(Commentators).redeem(
        call.path.code, call.body.one_time_code, call.body.name, address=call.caller.address
    )
    keep_refresh(call, tokens)
    place = SessionOfGuest(id=session.id, room=session.room, title=session.plan.title, state=session.state)
    return Redeemed(access_token=tokens.access, expires_in=tokens.expires_in_s, session=place)


async def share_session(call: Call[IdPath, None, NewShareLink]) -> ShareOnce:
    made = await call.services.get(Sharing).share(calling(call), SessionId(call.path.id), call.body.hours)
    return ShareOnce(
        id=made.share.id,
        url=f"{call.caller.origin}/s/{made.token}",
        pin=made.pin,
        expires_at=made.share.expires_at,
    )


async def list_shares(call: Call[IdPath, None, None]) -> Shares:
    found = await call.services.get(Sharing).of_session(calling(call), SessionId(call.path.id))
    return Shares(items=[share_item(share) for share in found])


async def revoke_share(call: Call[SharePath, None, None]) -> None:
    await call.services.get(Sharing).revoke(
        calling(call), call.asker, SessionId(call.path.id), call.path.share
    )


async def look_at_share(call: Call[TokenPath, None, None]) -> ShareFacts:
    share, session = await call.services.get(Sharing).look(call.path.token)
    return ShareFacts(
        session=shared_session(session),
        kind="replay" if session.state is SessionState.ENDED else "live",
        expires_at=share.expires_at,
    )


async def open_share(call: Call[TokenPath, None, OpenShare]) -> ShareEntrance:
    has_account = call.possible_asker is not None and not call.possible_asker.is_guest
    opened = await call.services.get(Sharing).open(
        calling(call) if has_account else None,
        call.path.token,
        pin=call.body.pin,
        name=call.body.name,
        address=call.caller.address,
    )
    session, tokens = opened.session, opened.tokens
    if tokens is not None:
        keep_refresh(call, tokens)
    return ShareEntrance(
        session=session.id,
        room=session.room,
        recording=session.recording.id if session.recording else None,
        state=session.state,
        access_token=tokens.access if tokens else None,
        expires_in=tokens.expires_in_s if tokens else None,
    )


async def get_recording(call: Call[IdPath, None, None]) -> RecordingItem:
    asker = calling(call)
    session = await call.services.get(Replays).get(asker, RecordingId(call.path.id))
    shown = await call.services.get(Teaching).get(asker, session.id)
    if session.recording is None:
        raise NotFound
    return RecordingItem.model_validate(
        {
            "id": session.recording.id,
            "state": session.recording.state,
            "duration_ms": session.recording.duration_ms,
            "chapters": session.recording.chapters,
            "position_ms": session.position_ms,
            "session": session_item(shown, asker),
        }
    )


async def play_recording(call: Call[IdPath, None, None]) -> PlayItem:
    right = await call.services.get(Replays).play(calling(call), RecordingId(call.path.id))
    return PlayItem(manifest_url=right.manifest_url, token=right.token, expires_at=right.expires_at)


async def forward_recording(call: Call[IdPath, None, ForwardDraft]) -> None:
    await forwarded(call, RECORDING)


async def keep_position(call: Call[IdPath, None, Position]) -> None:
    await call.services.get(Replays).keep_position(
        calling(call), RecordingId(call.path.id), call.body.position_ms
    )


PEOPLE_ROUTES = (
    Route(
        Method.POST,
        "/sessions/{id}/commentators",
        invite_commentator,
        permission=PLANNING,
        summary="Invites an outside expert; link and one-time code are shown this once",
        errors=(NotFound, Refused, Conflict),
        status=201,
        rate=Rate(30, 60),
    ),
    Route(
        Method.GET,
        "/sessions/{id}/commentators",
        list_commentators,
        permission=PLANNING,
        summary="Those who were invited",
        errors=(NotFound, Refused),
    ),
    Route(
        Method.DELETE,
        "/sessions/{id}/commentators/{invitation}",
        revoke_commentator,
        permission=PLANNING,
        summary="Withdraws an invitation and puts its guest out",
        errors=(NotFound, Refused),
        status=204,
    ),
    Route(
        Method.GET,
        "/invitations/{code}",
        look_at_invitation,
        permission=PUBLIC,
        summary="What an invitation opens",
        errors=(NotFound, Gone, Conflict, Locked),
        rate=LOOK_RATE,
    ),
    Route(
        Method.POST,
        "/invitations/{code}/redeem",
        redeem_invitation,
        permission=PUBLIC,
        summary="Lets the invited person in by the one-time code, once",
        errors=(NotFound, Gone, Conflict, Refused, Locked),
        rate=OPEN_RATE,
    ),
    Route(
        Method.POST,
        "/sessions/{id}/share",
        share_session,
        permission=SHARING,
        summary="Makes a share link; link and second secret are shown this once",
        errors=(NotFound, Refused),
        status=201,
        rate=Rate(30, 60),
    ),
    Route(
        Method.GET,
        "/sessions/{id}/shares",
        list_shares,
        permission=SHARING,
        summary="The session's share links",
        errors=(NotFound, Refused),
    ),
    Route(
        Method.DELETE,
        "/sessions/{id}/shares/{share}",
        revoke_share,
        permission=SHARING,
        summary="Withdraws a share link and puts out whom it let in",
        errors=(NotFound, Refused),
        status=204,
    ),
    Route(
        Method.GET,
        "/share/{token}",
        look_at_share,
        permission=PUBLIC,
        summary="What a share link opens",
        errors=(ShareUnknown, ShareClosed),
        rate=LOOK_RATE,
    ),
    Route(
        Method.POST,
        "/share/{token}/open",
        open_share,
        permission=PUBLIC,
        summary="Opens a share link: signed in, or by its second secret",
        errors=(ShareUnknown, ShareClosed, PinWrong),
        rate=OPEN_RATE,
    ),
    Route(
        Method.GET,
        "/recordings/{id}",
        get_recording,
        permission=GUEST_OR_USER,
        summary="A recording with its session",
        errors=(NotFound,),
    ),
    Route(
        Method.POST,
        "/recordings/{id}/play",
        play_recording,
        permission=GUEST_OR_USER,
        summary="A token for the recording's files",
        errors=(NotFound, Conflict),
        rate=Rate(60, 60),
    ),
    Route(
        Method.POST,
        "/recordings/{id}/forward",
        forward_recording,
        permission=Permission(VIEW),
        summary="Forwards a replay to a person or to a group",
        **FORWARDED,
    ),
    Route(
        Method.PUT,
        "/recordings/{id}/position",
        keep_position,
        permission=GUEST_OR_USER,
        summary="Keeps where the asker stopped",
        errors=(NotFound,),
        status=204,
    ),
)
