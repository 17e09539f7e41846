"""Values of the model as shapes of the API."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from platform_api.files import FileItem, StoredFile, file_item
from platform_api.http import Asker
from platform_api.kernel.ids import FileId
from platform_api.qa.model import Invited, Kiosk, May, Question, Shown
from platform_api.qa.rules import may
from platform_api.qa.schemas import (
    InvitedItem,
    KioskItem,
    QuestionFigures,
    QuestionItem,
    QuestionRights,
    QuestionRow,
    QuestionShareItem,
    SummaryItem,
)
from platform_api.sharing import Share

Files = Mapping[FileId, StoredFile]
EXCERPT_CHARS = 160


def question_row(question: Question, files: Files) -> QuestionRow:
    """A question as a list shows it."""
    return QuestionRow.model_validate(_row_fields(question, files))


def question_item(shown: Shown, files: Files, asker: Asker, now: datetime) -> QuestionItem:
    """A question whole, as this asker sees it."""
    question = shown.question
    words, moment = question.words, question.moment
    allowed = may(question, asker, now)
    return QuestionItem.model_validate(
        {
            **_row_fields(question, files),
            "body": words.body,
            "case_summary": words.case_summary,
            "visibility": question.visibility,
            "moment": None if moment is None else asdict(moment),
            "best": question.best,
            "summary": _summary(shown, allowed),
            "concluded_at": question.concluded_at,
            "follows": question.follows,
            "liked": question.liked,
            "followed": question.followed,
            "attachments": [file_item(files[file]) for file in shown.attachments if file in files],
            "experts": [
                {"id": each.user, "name": each.name, "organisation_name": each.organisation_name}
                for each in shown.experts
            ],
            "may": QuestionRights(**asdict(allowed)),
        }
    )


def figures(question: Question) -> QuestionFigures:
    """What changes when somebody likes or follows."""
    return QuestionFigures(
        likes=question.likes, liked=question.liked, follows=question.follows, followed=question.followed
    )


def share_item(share: Share) -> QuestionShareItem:
    """A link without its secrets."""
    return QuestionShareItem(
        id=share.id,
        created_at=share.created_at,
        expires_at=share.expires_at,
        revoked=share.revoked_at is not None,
    )


def invited_item(invited: Invited) -> InvitedItem:
    """Somebody who was invited."""
    return InvitedItem.model_validate(asdict(invited))


def kiosk_item(kiosk: Kiosk) -> KioskItem:
    """A screen that is signed in."""
    return KioskItem.model_validate(
        {
            "id": kiosk.id,
            "room": kiosk.room,
            "organisation_name": kiosk.organisation_name,
            "paired_by_name": kiosk.paired_by_name,
            "paired_at": kiosk.paired_at,
            "expires_at": kiosk.expires_at,
        }
    )


def _summary(shown: Shown, allowed: May) -> SummaryItem | None:
    published = shown.question.summary_published_at
    if shown.summary is None or (published is None and not allowed.review):
        return None
    return SummaryItem(
        **asdict(shown.summary.texts),
        author_name=shown.summary.author_name,
        written_at=shown.summary.written_at,
        published_at=published,
    )


def _row_fields(question: Question, files: Files) -> dict[str, object]:
    words, period = question.words, question.period
    return {
        "id": question.id,
        "kind": question.kind,
        "title": words.title,
        "excerpt": words.body[:EXCERPT_CHARS],
        "asker": question.asker,
        "asker_name": question.asker_name,
        "organisation_name": question.organisation_name,
        "topic": words.topic,
        "body_part": words.body_part,
        "scene": question.scene,
        "state": question.state,
        "asked_at": question.asked_at,
        "active_at": question.active_at,
        "opens_at": period and period.opens_at,
        "closes_at": period and period.closes_at,
        "likes": question.likes,
        "answers": question.answers,
        "files": question.files,
        "has_best": question.best is not None,
        "hidden": question.hidden,
        "still": _still(question, files),
    }


def _still(question: Question, files: Files) -> FileItem | None:
    found = files.get(question.still) if question.still is not None else None
    return None if found is None else file_item(found)
