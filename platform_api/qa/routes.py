"""Questions over HTTP: asking, finding, answering, leading."""

from datetime import datetime
from typing import Any, Final

from platform_api.comments import posted, thread_page
from platform_api.comments.schemas import CommentItem, NewComment, ThreadPage, ThreadQuery
from platform_api.forwarding import DECLARED as FORWARDED
from platform_api.forwarding import ForwardDraft, forwarded
from platform_api.http import GUEST_OR_USER, Call, IdPath, Method, Permission, Rate, Route
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict, NotFound, Refused
from platform_api.kernel.ids import CommentId, FileId, SessionId, UserId
from platform_api.qa import rules
from platform_api.qa.errors import IdentityInText
from platform_api.qa.items import figures, question_item
from platform_api.qa.leading import Leading
from platform_api.qa.model import (
    SUBJECT,
    Draft,
    Moment,
    Period,
    QuestionId,
    QuestionKind,
    SummaryTexts,
    Words,
)
from platform_api.qa.schemas import (
    BestAnswer,
    ChangedQuestion,
    ExpertDraft,
    HideQuestion,
    NewQuestion,
    PeriodDraft,
    QuestionFigures,
    QuestionItem,
    SummaryDraft,
    WordsDraft,
)
from platform_api.qa.service import Questions
from platform_api.qa.summaries import Summaries

VIEW, ASK = Permission(rules.VIEW), Permission(rules.ASK)
ASK_RATE = Rate(10, 60)
ACT_RATE = Rate(60, 60)


class Now:
    """The moment by which what one may do is judged."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self) -> datetime:
        return self._clock.now()


async def ask_question(call: Call[None, None, NewQuestion]) -> QuestionItem:
    body = call.body
    draft = Draft(
        kind=QuestionKind.QUESTION if body.period is None else QuestionKind.DISCUSSION,
        words=_words(body),
        scene=body.scene,
        visibility=body.visibility,
        moment=None
        if body.moment is None
        else Moment(
            session=SessionId(body.moment.session),
            source=body.moment.source,
            media_time_ms=body.moment.media_time_ms,
            captured_at=body.moment.captured_at,
        ),
        still=None if body.moment is None or body.moment.still is None else FileId(body.moment.still),
        files=tuple(FileId(file) for file in dict.fromkeys(body.files)),
        experts=tuple(UserId(user) for user in dict.fromkeys(body.experts)),
        period=_period(body.period),
    )
    shown, files = await call.services.get(Questions).ask(call.asker, draft)
    return question_item(shown, files, call.asker, _now(call))


async def show_question(call: Call[IdPath, None, None]) -> QuestionItem:
    return await _shown(call, call.path.id)


async def change_question(call: Call[IdPath, None, ChangedQuestion]) -> QuestionItem:
    shown, files = await call.services.get(Questions).change(
        call.asker, QuestionId(call.path.id), _words(call.body), _period(call.body.period)
    )
    return question_item(shown, files, call.asker, _now(call))


async def list_answers(call: Call[IdPath, ThreadQuery, None]) -> ThreadPage:
    return await thread_page(call, SUBJECT)


async def post_answer(call: Call[IdPath, None, NewComment]) -> CommentItem:
    return await posted(call, SUBJECT)


async def like_question(call: Call[IdPath, None, None]) -> QuestionFigures:
    return figures(await call.services.get(Questions).like(call.asker, QuestionId(call.path.id), on=True))


async def unlike_question(call: Call[IdPath, None, None]) -> QuestionFigures:
    return figures(await call.services.get(Questions).like(call.asker, QuestionId(call.path.id), on=False))


async def follow_question(call: Call[IdPath, None, None]) -> QuestionFigures:
    return figures(await call.services.get(Questions).follow(call.asker, QuestionId(call.path.id), on=True))


async def unfollow_question(call: Call[IdPath, None, None]) -> QuestionFigures:
    return figures(await call.services.get(Questions).follow(call.asker, QuestionId(call.path.id), on=False))


async def forward_question(call: Call[IdPath, None, ForwardDraft]) -> None:
    await forwarded(call, SUBJECT)


async def close_question(call: Call[IdPath, None, None]) -> None:
    await call.services.get(Leading).move(call.asker, QuestionId(call.path.id), close=True)


async def reopen_question(call: Call[IdPath, None, None]) -> None:
    await call.services.get(Leading).move(call.asker, QuestionId(call.path.id), close=False)


async def choose_best_answer(call: Call[IdPath, None, BestAnswer]) -> None:
    comment = None if call.body.comment is None else CommentId(call.body.comment)
    await call.services.get(Leading).choose_best(call.asker, QuestionId(call.path.id), comment)


async def invite_experts(call: Call[IdPath, None, ExpertDraft]) -> QuestionItem:
    experts = [UserId(user) for user in dict.fromkeys(call.body.experts)]
    await call.services.get(Leading).invite(call.asker, QuestionId(call.path.id), experts)
    return await _shown(call, call.path.id)


async def conclude_discussion(call: Call[IdPath, None, None]) -> None:
    await call.services.get(Leading).conclude(call.asker, QuestionId(call.path.id))


async def write_summary(call: Call[IdPath, None, SummaryDraft]) -> QuestionItem:
    body = call.body
    texts = SummaryTexts(
        overview=body.overview,
        consensus=body.consensus,
        open_points=body.open_points,
        advice=body.advice,
    )
    await call.services.get(Summaries).write(call.asker, QuestionId(call.path.id), texts)
    return await _shown(call, call.path.id)


async def hide_question(call: Call[IdPath, None, HideQuestion]) -> None:
    await call.services.get(Leading).hide(
        call.asker, QuestionId(call.path.id), call.body.reason, address=call.caller.address
    )


async def restore_question(call: Call[IdPath, None, None]) -> None:
    await call.services.get(Leading).restore(
        call.asker, QuestionId(call.path.id), address=call.caller.address
    )


async def _shown(call: Call[Any, Any, Any], question: str) -> QuestionItem:
    shown, files = await call.services.get(Questions).get(call.asker, QuestionId(question))
    return question_item(shown, files, call.asker, _now(call))


def _now(call: Call[Any, Any, Any]) -> datetime:
    return call.services.get(Now)()


def _words(draft: WordsDraft) -> Words:
    return Words(
        title=draft.title,
        body=draft.body,
        case_summary=draft.case_summary,
        topic=draft.topic,
        body_part=draft.body_part,
    )


def _period(draft: PeriodDraft | None) -> Period | None:
    return None if draft is None else Period(opens_at=draft.opens_at, closes_at=draft.closes_at)


_READ: Final[dict[str, Any]] = {"permission": GUEST_OR_USER, "errors": (NotFound,)}
_ACT: Final[dict[str, Any]] = {"permission": VIEW, "errors": (NotFound, Refused, Conflict), "rate": ACT_RATE}

QUESTION_ROUTES = (
    Route(
        Method.POST,
        "/questions",
        ask_question,
        permission=ASK,
        summary="Asks a question, or opens a discussion",
        errors=(NotFound, Refused, Conflict, IdentityInText),
        status=201,
        rate=ASK_RATE,
    ),
    Route(Method.GET, "/questions/{id}", show_question, summary="One question", **_READ),
    Route(
        Method.PATCH,
        "/questions/{id}",
        change_question,
        permission=ASK,
        summary="Changes the words",
        errors=(NotFound, Refused, IdentityInText),
        rate=ACT_RATE,
    ),
    Route(Method.GET, "/questions/{id}/answers", list_answers, summary="Answers with their threads", **_READ),
    Route(
        Method.POST,
        "/questions/{id}/answers",
        post_answer,
        permission=GUEST_OR_USER,
        summary="Answers, or replies",
        errors=(NotFound, Refused, Conflict),
        status=201,
        rate=Rate(20, 60),
    ),
    Route(Method.POST, "/questions/{id}/like", like_question, summary="Likes a question", **_ACT),
    Route(Method.DELETE, "/questions/{id}/like", unlike_question, summary="Takes the like back", **_ACT),
    Route(Method.POST, "/questions/{id}/follow", follow_question, summary="Hears of answers", **_ACT),
    Route(Method.DELETE, "/questions/{id}/follow", unfollow_question, summary="No longer hears", **_ACT),
    Route(
        Method.POST,
        "/questions/{id}/forward",
        forward_question,
        permission=VIEW,
        summary="Forwards to a person or to a group",
        **FORWARDED,
    ),
    Route(Method.POST, "/questions/{id}/close", close_question, summary="Takes no more answers", **_ACT),
    Route(Method.POST, "/questions/{id}/reopen", reopen_question, summary="Takes answers again", **_ACT),
    Route(Method.PUT, "/questions/{id}/best", choose_best_answer, summary="Chooses the best answer", **_ACT),
    Route(Method.POST, "/questions/{id}/experts", invite_experts, summary="Asks experts to answer", **_ACT),
    Route(
        Method.POST,
        "/questions/{id}/conclude",
        conclude_discussion,
        summary="Ends a discussion: it takes no more words",
        **_ACT,
    ),
    Route(
        Method.PUT,
        "/questions/{id}/summary",
        write_summary,
        permission=VIEW,
        summary="Writes the summary of a discussion, to be reviewed under the kind qa.summary",
        errors=(NotFound, Refused, Conflict, IdentityInText),
        rate=ACT_RATE,
    ),
    Route(Method.POST, "/questions/{id}/hide", hide_question, summary="Hides with a reason", **_ACT),
    Route(Method.POST, "/questions/{id}/restore", restore_question, summary="Shows it again", **_ACT),
)
