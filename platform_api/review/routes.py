"""Reviews over HTTP: how it stands, and the acts."""

from dataclasses import replace
from typing import Any, Final

from platform_api.http import SIGNED_IN, Call, Method, Permission, Rate, Route
from platform_api.kernel.errors import Conflict, NotFound, Refused
from platform_api.review.model import Act, LevelRule, ReviewAct
from platform_api.review.schemas import (
    AllLevels,
    Approval,
    KindLevels,
    KindPath,
    LevelRuleItem,
    LevelRules,
    Remarks,
    ReviewItem,
    ReviewPath,
    Submission,
    UnlockReason,
    review_item,
)
from platform_api.review.service import Reviews

LEVELS: Final = Permission("review.levels")
ACT_RATE: Final = Rate(60, 60)


async def show_review(call: Call[ReviewPath, None, None]) -> ReviewItem:
    shown = await call.services.get(Reviews).get(call.asker, call.path.kind, call.path.subject)
    return review_item(shown)


async def submit_for_review(call: Call[ReviewPath, None, Submission]) -> ReviewItem:
    return await _act(call, Act(act=ReviewAct.SUBMIT, note=call.body.note))


async def take_back_submission(call: Call[ReviewPath, None, None]) -> ReviewItem:
    return await _act(call, Act(act=ReviewAct.TAKE_BACK))


async def approve_review(call: Call[ReviewPath, None, Approval]) -> ReviewItem:
    body = call.body
    return await _act(call, Act(act=ReviewAct.APPROVE, version=body.version, note=body.note))


async def return_review(call: Call[ReviewPath, None, Remarks]) -> ReviewItem:
    body = call.body
    if not body.note and not body.remarks:
        raise Conflict("review.no_remarks")
    return await _act(
        call, Act(act=ReviewAct.RETURN, version=body.version, note=body.note, remarks=body.remarks)
    )


async def ask_to_unlock(call: Call[ReviewPath, None, UnlockReason]) -> ReviewItem:
    return await _act(call, Act(act=ReviewAct.ASK_UNLOCK, note=call.body.reason))


async def refuse_to_unlock(call: Call[ReviewPath, None, UnlockReason]) -> ReviewItem:
    return await _act(call, Act(act=ReviewAct.REFUSE_UNLOCK, note=call.body.reason))


async def unlock_review(call: Call[ReviewPath, None, None]) -> ReviewItem:
    return await _act(call, Act(act=ReviewAct.UNLOCK))


async def list_review_levels(call: Call[None, None, None]) -> AllLevels:
    found, may_set = await call.services.get(Reviews).levels(call.asker)
    return AllLevels(
        may_set=may_set,
        items=[
            KindLevels(
                kind=kind,
                levels=[LevelRuleItem(level=rule.level, permission=rule.permission) for rule in rules],
            )
            for kind, rules in found.items()
        ],
    )


async def set_review_levels(call: Call[KindPath, None, LevelRules]) -> None:
    rules = [LevelRule(level=each.level, permission=each.permission) for each in call.body.levels]
    if len({rule.level for rule in rules}) < len(rules):
        raise Conflict("review.level_twice")
    await call.services.get(Reviews).set_levels(
        call.asker, call.path.kind, rules, address=call.caller.address
    )


async def _act(call: Call[ReviewPath, None, Any], act: Act) -> ReviewItem:
    shown = await call.services.get(Reviews).act(
        call.asker, call.path.kind, call.path.subject, replace(act, address=call.caller.address)
    )
    return review_item(shown)


_ACT: Final[dict[str, Any]] = {
    "permission": SIGNED_IN,
    "errors": (NotFound, Refused, Conflict),
    "rate": ACT_RATE,
}
_PLACE: Final = "/reviews/{kind}/{subject}"

ROUTES = (
    Route(
        Method.GET,
        _PLACE,
        show_review,
        permission=SIGNED_IN,
        summary="How a thing stands in its review, and what happened to it",
        errors=(NotFound,),
    ),
    Route(Method.POST, f"{_PLACE}/submit", submit_for_review, summary="Hands in for review", **_ACT),
    Route(Method.POST, f"{_PLACE}/take-back", take_back_submission, summary="Takes it back", **_ACT),
    Route(
        Method.POST,
        f"{_PLACE}/approve",
        approve_review,
        summary="Approves at this level; the last level locks",
        **_ACT,
    ),
    Route(Method.POST, f"{_PLACE}/return", return_review, summary="Returns it with remarks", **_ACT),
    Route(Method.POST, f"{_PLACE}/ask-unlock", ask_to_unlock, summary="Asks to open it again", **_ACT),
    Route(Method.POST, f"{_PLACE}/refuse-unlock", refuse_to_unlock, summary="Leaves it locked", **_ACT),
    Route(
        Method.POST,
        f"{_PLACE}/unlock",
        unlock_review,
        summary="Opens it again, for another person than who asked",
        **_ACT,
    ),
    Route(
        Method.GET,
        "/review-levels",
        list_review_levels,
        permission=LEVELS,
        summary="Which levels look at what",
    ),
    Route(
        Method.PUT,
        "/review-levels/{kind}",
        set_review_levels,
        permission=LEVELS,
        summary="Sets the levels for what is handed in from now on",
        errors=(NotFound, Refused, Conflict),
        status=204,
        rate=Rate(20, 60),
    ),
)
