"""Those who were invited to a question, over HTTP."""

from typing import Any, Final

from platform_api.http import Call, IdPath, Method, Permission, Rate, Route
from platform_api.kernel.errors import NotFound, Refused
from platform_api.kernel.ids import InvitationId, UserId
from platform_api.qa import rules
from platform_api.qa.invited import InvitedPeople
from platform_api.qa.items import invited_item
from platform_api.qa.model import QuestionId
from platform_api.qa.schemas import ExpertPath, GuestPath, InvitedList


async def list_invited(call: Call[IdPath, None, None]) -> InvitedList:
    found = await call.services.get(InvitedPeople).of_question(call.asker, QuestionId(call.path.id))
    return InvitedList(items=[invited_item(each) for each in found])


async def uninvite_expert(call: Call[ExpertPath, None, None]) -> None:
    question, expert = QuestionId(call.path.id), UserId(call.path.expert)
    await call.services.get(InvitedPeople).withdraw_expert(
        call.asker, question, expert, address=call.caller.address
    )


async def uninvite_guest(call: Call[GuestPath, None, None]) -> None:
    question, invitation = QuestionId(call.path.id), InvitationId(call.path.invitation)
    await call.services.get(InvitedPeople).withdraw_guest(
        call.asker, question, invitation, address=call.caller.address
    )


_ACT: Final[dict[str, Any]] = {
    "permission": Permission(rules.VIEW),
    "errors": (NotFound, Refused),
    "rate": Rate(60, 60),
}

INVITED_ROUTES = (
    Route(
        Method.GET,
        "/questions/{id}/invited",
        list_invited,
        permission=Permission(rules.VIEW),
        summary="Experts and guests whose invitations the asker may take back",
        errors=(NotFound,),
    ),
    Route(
        Method.DELETE,
        "/questions/{id}/experts/{expert}",
        uninvite_expert,
        summary="Takes an expert's invitation back, and with it the right that it gave",
        **_ACT,
    ),
    Route(
        Method.DELETE,
        "/questions/{id}/guests/{invitation}",
        uninvite_guest,
        summary="Takes a guest's invitation back and puts the guest out",
        **_ACT,
    ),
)
