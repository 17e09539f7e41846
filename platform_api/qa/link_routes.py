"""Links, guests and screens over HTTP: the ways to a question for those who are not signed in."""

from typing import Any, Final

from platform_api.comments import thread_page
from platform_api.comments.schemas import ThreadPage, ThreadQuery
from platform_api.http import PUBLIC, Call, IdPath, Method, Page, Permission, Rate, Route
from platform_api.identity import keep_refresh
from platform_api.kernel.errors import Conflict, Gone, NotFound, Refused, TooMany
from platform_api.qa import rules
from platform_api.qa.errors import IdentityInText, KioskCodeWrong, KioskOver
from platform_api.qa.items import kiosk_item, question_item, question_row, share_item
from platform_api.qa.kiosks import Kiosks
from platform_api.qa.model import (
    SUBJECT,
    Draft,
    KioskId,
    QuestionId,
    QuestionScene,
    QuestionVisibility,
    Words,
)
from platform_api.qa.routes import Now
from platform_api.qa.schemas import (
    ConfirmKiosk,
    GuestCodePath,
    GuestDraft,
    GuestOnce,
    KioskItem,
    KioskList,
    KioskOnce,
    KioskQuestion,
    LinkFacts,
    LinkPath,
    OpenLink,
    QuestionEntrance,
    QuestionItem,
    QuestionPage,
    QuestionShareDraft,
    QuestionShareOnce,
    QuestionSharePath,
    QuestionShares,
    RedeemGuest,
)
from platform_api.qa.service import Questions
from platform_api.qa.sharing import DiscussionGuests, Opened, QuestionLinks
from platform_api.sharing import PinWrong, ShareClosed, ShareUnknown

VIEW, ASK, SHARE, HOST = (Permission(word) for word in (rules.VIEW, rules.ASK, rules.SHARE, rules.HOST))
KIOSK_HEADER: Final = "X-Scopecast-Kiosk"
KIOSK_ROWS: Final = 30
OPEN_RATE: Final = Rate(20, 60)
PAIR_RATE: Final = Rate(10, 60)


async def share_question(call: Call[IdPath, None, QuestionShareDraft]) -> QuestionShareOnce:
    made = await call.services.get(QuestionLinks).share(
        call.asker, QuestionId(call.path.id), call.body.hours, address=call.caller.address
    )
    return QuestionShareOnce(
        id=made.share.id,
        url=f"{call.caller.origin}/q/{made.token}",
        pin=made.pin,
        expires_at=made.share.expires_at,
    )


async def list_question_shares(call: Call[IdPath, None, None]) -> QuestionShares:
    found = await call.services.get(QuestionLinks).of_question(call.asker, QuestionId(call.path.id))
    return QuestionShares(items=[share_item(share) for share in found])


async def revoke_question_share(call: Call[QuestionSharePath, None, None]) -> None:
    await call.services.get(QuestionLinks).revoke(
        call.asker, QuestionId(call.path.id), call.path.share, address=call.caller.address
    )


async def look_at_link(call: Call[LinkPath, None, None]) -> LinkFacts:
    share, question = await call.services.get(QuestionLinks).look(call.path.token)
    return LinkFacts(
        title=question.words.title,
        kind=question.kind,
        asker_name=question.asker_name,
        expires_at=share.expires_at,
    )


async def open_link(call: Call[LinkPath, None, OpenLink]) -> QuestionEntrance:
    opened = await call.services.get(QuestionLinks).open(
        call.possible_asker,
        call.path.token,
        pin=call.body.pin or "",
        name=call.body.name,
        address=call.caller.address,
    )
    return _entrance(call, opened)


async def invite_guest(call: Call[IdPath, None, GuestDraft]) -> GuestOnce:
    made = await call.services.get(DiscussionGuests).invite(
        call.asker,
        QuestionId(call.path.id),
        name=call.body.name,
        title=call.body.title,
        hospital=call.body.hospital,
        address=call.caller.address,
    )
    return GuestOnce(
        id=made.invitation.id,
        url=f"{call.caller.origin}/g/{made.url_code}",
        one_time_code=str(made.one_time_code),
        expires_at=made.invitation.expires_at,
    )


async def look_at_guest_invitation(call: Call[GuestCodePath, None, None]) -> LinkFacts:
    invitation, question = await call.services.get(DiscussionGuests).look(call.path.code)
    return LinkFacts(
        title=question.words.title,
        kind=question.kind,
        asker_name=question.asker_name,
        expires_at=invitation.expires_at,
    )


async def redeem_guest_invitation(call: Call[GuestCodePath, None, RedeemGuest]) -> QuestionEntrance:
    opened = await call.services.get(DiscussionGuests).redeem(
        call.path.code, call.body.one_time_code, call.body.name, address=call.caller.address
    )
    return _entrance(call, opened)


async def begin_kiosk(call: Call[None, None, None]) -> KioskOnce:
    made = await call.services.get(Kiosks).begin()
    return KioskOnce(code=made.code, token=made.token, expires_at=made.expires_at)


async def confirm_kiosk(call: Call[None, None, ConfirmKiosk]) -> None:
    await call.services.get(Kiosks).confirm(
        call.asker, call.body.code, call.body.room, address=call.caller.address
    )


async def list_kiosks(call: Call[None, None, None]) -> KioskList:
    found = await call.services.get(Kiosks).mine(call.asker)
    return KioskList(items=[kiosk_item(kiosk) for kiosk in found])


async def end_kiosk(call: Call[IdPath, None, None]) -> None:
    await call.services.get(Kiosks).end(call.asker, KioskId(call.path.id), address=call.caller.address)


async def show_kiosk(call: Call[None, None, None]) -> KioskItem:
    kiosk, _ = await call.services.get(Kiosks).of(_token(call))
    return kiosk_item(kiosk)


async def leave_kiosk(call: Call[None, None, None]) -> None:
    await call.services.get(Kiosks).leave(_token(call), address=call.caller.address)


async def kiosk_questions(call: Call[None, None, None]) -> QuestionPage:
    _, asker = await call.services.get(Kiosks).of(_token(call))
    found, files = await call.services.get(Questions).newest(asker, KIOSK_ROWS)
    return Page(items=[question_row(each, files) for each in found])


async def kiosk_question(call: Call[IdPath, None, None]) -> QuestionItem:
    _, asker = await call.services.get(Kiosks).of(_token(call))
    shown, files = await call.services.get(Questions).get(asker, QuestionId(call.path.id))
    return question_item(shown, files, asker, call.services.get(Now)())


async def kiosk_answers(call: Call[IdPath, ThreadQuery, None]) -> ThreadPage:
    _, asker = await call.services.get(Kiosks).of(_token(call))
    return await thread_page(call, SUBJECT, asker=asker)


async def kiosk_ask(call: Call[None, None, KioskQuestion]) -> QuestionItem:
    kiosk, asker = await call.services.get(Kiosks).of(_token(call))
    body = call.body
    draft = Draft(
        words=Words(title=body.title, body=body.body, topic=body.topic, body_part=body.body_part),
        scene=QuestionScene.ENDOSCOPY_ROOM,
        visibility=QuestionVisibility.SCOPE,
    )
    shown, files = await call.services.get(Questions).ask(
        asker, draft, name=f"{kiosk.room}（{kiosk.paired_by_name}）"
    )
    return question_item(shown, files, asker, call.services.get(Now)())


def _token(call: Call[Any, Any, Any]) -> str:
    token = call.caller.headers.get(KIOSK_HEADER, "")
    if not token:
        raise KioskOver
    return token[:128]


def _entrance(call: Call[Any, Any, Any], opened: Opened) -> QuestionEntrance:
    tokens = opened.tokens
    if tokens is not None:
        keep_refresh(call, tokens)
    return QuestionEntrance(
        question=opened.question.id,
        access_token=tokens.access if tokens else None,
        expires_in=tokens.expires_in_s if tokens else None,
    )


_GUESTS: Final[dict[str, Any]] = {
    "permission": HOST,
    "errors": (NotFound, Refused, Conflict),
    "rate": OPEN_RATE,
}
_SCREEN: Final[dict[str, Any]] = {"permission": PUBLIC, "errors": (KioskOver, Conflict, NotFound)}

LINK_ROUTES = (
    Route(
        Method.POST,
        "/questions/{id}/shares",
        share_question,
        permission=SHARE,
        summary="A link to a question; both secrets are shown this once",
        errors=(NotFound, Refused),
        status=201,
        rate=OPEN_RATE,
    ),
    Route(
        Method.GET,
        "/questions/{id}/shares",
        list_question_shares,
        permission=VIEW,
        summary="Links that the asker may withdraw",
        errors=(NotFound,),
    ),
    Route(
        Method.DELETE,
        "/questions/{id}/shares/{share}",
        revoke_question_share,
        permission=VIEW,
        summary="Withdraws a link and puts out whom it let in",
        errors=(NotFound, Refused),
        rate=OPEN_RATE,
    ),
    Route(
        Method.GET,
        "/question-links/{token}",
        look_at_link,
        permission=PUBLIC,
        summary="What a link leads to",
        errors=(ShareUnknown, ShareClosed),
        rate=OPEN_RATE,
    ),
    Route(
        Method.POST,
        "/question-links/{token}/open",
        open_link,
        permission=PUBLIC,
        summary="Lets in a user, or a guest by the second secret",
        errors=(ShareUnknown, ShareClosed, PinWrong),
        rate=OPEN_RATE,
    ),
    Route(
        Method.POST,
        "/questions/{id}/guests",
        invite_guest,
        summary="Invites a guest into a discussion; link and code are shown this once",
        status=201,
        **_GUESTS,
    ),
    Route(
        Method.GET,
        "/discussion-invitations/{code}",
        look_at_guest_invitation,
        permission=PUBLIC,
        summary="What an invitation leads to",
        errors=(NotFound, Gone, Conflict),
        rate=OPEN_RATE,
    ),
    Route(
        Method.POST,
        "/discussion-invitations/{code}/redeem",
        redeem_guest_invitation,
        permission=PUBLIC,
        summary="Lets the invited guest in, once",
        errors=(NotFound, Gone, Conflict, Refused),
        rate=OPEN_RATE,
    ),
    Route(
        Method.POST,
        "/kiosks",
        begin_kiosk,
        permission=PUBLIC,
        summary="A code for a screen to show, and its token",
        errors=(TooMany,),
        status=201,
        rate=PAIR_RATE,
    ),
    Route(
        Method.POST,
        "/kiosks/confirm",
        confirm_kiosk,
        permission=ASK,
        summary="Signs in the screen that shows this code",
        errors=(KioskCodeWrong, Refused),
        status=204,
        rate=PAIR_RATE,
    ),
    Route(Method.GET, "/kiosks", list_kiosks, permission=ASK, summary="Screens that the asker has signed in"),
    Route(
        Method.DELETE,
        "/kiosks/{id}",
        end_kiosk,
        permission=ASK,
        summary="Signs a screen out",
        errors=(NotFound,),
        rate=PAIR_RATE,
    ),
    Route(Method.GET, "/kiosk", show_kiosk, summary="The screen itself, by its token", **_SCREEN),
    Route(Method.DELETE, "/kiosk", leave_kiosk, summary="Signs itself out", rate=PAIR_RATE, **_SCREEN),
    Route(Method.GET, "/kiosk/questions", kiosk_questions, summary="What a screen shows", **_SCREEN),
    Route(
        Method.POST,
        "/kiosk/questions",
        kiosk_ask,
        permission=PUBLIC,
        summary="A screen asks for the person who signed it in",
        errors=(KioskOver, Conflict, IdentityInText),
        status=201,
        rate=PAIR_RATE,
    ),
    Route(Method.GET, "/kiosk/questions/{id}", kiosk_question, summary="One question on a screen", **_SCREEN),
    Route(Method.GET, "/kiosk/questions/{id}/answers", kiosk_answers, summary="Its answers", **_SCREEN),
)
