"""All SQL of questions; rows come out as values of the model."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from platform_api.db import Record, Transaction
from platform_api.kernel.ids import CommentId, FileId, OrganisationId, RecordingId, SessionId, UserId
from platform_api.qa.model import (
    Draft,
    Moment,
    Period,
    Question,
    QuestionId,
    QuestionKind,
    QuestionScene,
    QuestionState,
    QuestionTopic,
    QuestionVisibility,
    Words,
)
from platform_api.search import index_text
from platform_api.sharing import Share
from platform_api.teaching import BodyPart

READ: Final = """
    SELECT
        q.*,
        (SELECT o.name FROM organisations o WHERE o.id = q.organisation_id) AS organisation_name,
        q.organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) AS above,
        q.seen_from = ANY ((SELECT scopecast_above())::uuid[]) AS in_network,
        EXISTS (SELECT FROM sessions s WHERE s.id = q.session_id) AS session_seen,
        EXISTS (
            SELECT FROM question_likes l WHERE l.question_id = q.id AND l.subject = scopecast_actor()
        ) AS liked,
        EXISTS (
            SELECT FROM question_follows f WHERE f.question_id = q.id AND f.user_id = scopecast_actor_id()
        ) AS followed,
        EXISTS (
            SELECT FROM question_experts e WHERE e.question_id = q.id AND e.user_id = scopecast_actor_id()
        ) AS is_expert,
        EXISTS (
            SELECT FROM question_admissions a
            WHERE a.question_id = q.id AND a.subject = scopecast_actor() AND a.expires_at > {at}
        ) AS admitted,
        (
            SELECT f.file_id FROM question_files f WHERE f.question_id = q.id AND f.still LIMIT 1
        ) AS still_file
    FROM questions q
"""


async def add(
    transaction: Transaction,
    question: QuestionId,
    draft: Draft,
    *,
    organisation: OrganisationId,
    seen_from: OrganisationId | None,
    asker: UserId,
    asker_name: str,
    at: datetime,
) -> None:
    """A new question or discussion."""
    words, moment, period = draft.words, draft.moment, draft.period
    indexed = index_text(words.title, words.body, words.case_summary, asker_name)
    await transaction.execute(
        "INSERT INTO questions (id, organisation_id, kind, asker_id, asker_name, title, body, case_summary, "
        "topic, body_part, scene, visibility, seen_from, session_id, recording_id, source, media_time_ms, "
        "captured_at, state, opens_at, closes_at, asked_at, asked_s, active_at, files, search_tokens, "
        "search_text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "
        "$18, 'open', $19, $20, $21, $22, $21, $23, $24, $25)",
        question,
        organisation,
        draft.kind.value,
        asker,
        asker_name,
        words.title,
        words.body,
        words.case_summary,
        words.topic.value,
        None if words.body_part is None else words.body_part.value,
        draft.scene.value,
        draft.visibility.value,
        seen_from,
        moment and moment.session,
        moment and moment.recording,
        moment and moment.source,
        moment and moment.media_time_ms,
        moment and moment.captured_at,
        period and period.opens_at,
        period and period.closes_at,
        at,
        int(at.timestamp()),
        len(draft.files) + (draft.still is not None),
        list(indexed.tokens),
        indexed.text,
    )


async def add_files(
    transaction: Transaction, question: QuestionId, files: Sequence[FileId], still: FileId | None
) -> None:
    """What lies beside a new question, the still of its moment first."""
    laid = [*([still] if still is not None else []), *(file for file in files if file != still)]
    await transaction.executemany(
        "INSERT INTO question_files (question_id, file_id, place, still) VALUES ($1, $2, $3, $4)",
        [(question, file, place, file == still) for place, file in enumerate(laid)],
    )


async def files_of(transaction: Transaction, question: QuestionId) -> tuple[FileId, ...]:
    """What lies beside a question, in order."""
    rows = await transaction.fetch(
        "SELECT file_id FROM question_files WHERE question_id = $1 ORDER BY place", question
    )
    return tuple(FileId(row["file_id"]) for row in rows)


async def change_words(
    transaction: Transaction, question: Question, words: Words, period: Period | None
) -> None:
    """The words and the period anew."""
    indexed = index_text(words.title, words.body, words.case_summary, question.asker_name)
    await transaction.execute(
        "UPDATE questions SET title = $2, body = $3, case_summary = $4, topic = $5, body_part = $6, "
        "opens_at = $7, closes_at = $8, search_tokens = $9, search_text = $10 WHERE id = $1",
        question.id,
        words.title,
        words.body,
        words.case_summary,
        words.topic.value,
        None if words.body_part is None else words.body_part.value,
        period and period.opens_at,
        period and period.closes_at,
        list(indexed.tokens),
        indexed.text,
    )


async def get(transaction: Transaction, question: QuestionId, at: datetime) -> Question | None:
    """The question if the row rules show it to this transaction's actor."""
    row = await transaction.fetchrow(READ.format(at="$2") + "WHERE q.id = $1", question, at)
    return None if row is None else _question(row)


async def lock_state(transaction: Transaction, question: QuestionId) -> QuestionState | None:
    """The state, held against other moves until the end of the transaction (AZ-05)."""
    state = await transaction.fetchval("SELECT state FROM questions WHERE id = $1 FOR UPDATE", question)
    return None if state is None else QuestionState(state)


async def newest(transaction: Transaction, at: datetime, limit: int) -> list[Question]:
    """The newest questions that the actor may see, without those that only moderators see."""
    rows = await transaction.fetch(
        f"{READ.format(at='$1')} JOIN question_rows r ON r.id = q.id WHERE r.open AND r.kind = 'question' "
        "ORDER BY r.asked_at DESC, r.id DESC LIMIT $2",
        at,
        limit,
    )
    return [_question(row) for row in rows]


async def set_state(transaction: Transaction, question: QuestionId, state: QuestionState) -> None:
    await transaction.execute("UPDATE questions SET state = $2 WHERE id = $1", question, state.value)


async def set_best(transaction: Transaction, question: QuestionId, comment: CommentId | None) -> None:
    await transaction.execute("UPDATE questions SET best_comment_id = $2 WHERE id = $1", question, comment)


async def conclude(transaction: Transaction, question: QuestionId, at: datetime) -> None:
    """A discussion is over: with it the question is closed."""
    await transaction.execute(
        "UPDATE questions SET concluded_at = $2, state = 'closed' WHERE id = $1 AND concluded_at IS NULL",
        question,
        at,
    )


async def set_published(transaction: Transaction, question: QuestionId, at: datetime | None) -> None:
    """From when on its summary is seen by all who see the discussion, or no longer."""
    await transaction.execute("UPDATE questions SET summary_published_at = $2 WHERE id = $1", question, at)


async def set_hidden(
    transaction: Transaction, question: QuestionId, by: str | None, reason: str | None, at: datetime | None
) -> None:
    """Hidden by a moderator with a reason, or shown again."""
    await transaction.execute(
        "UPDATE questions SET hidden_at = $2, hidden_by = $3, hidden_reason = $4 WHERE id = $1",
        question,
        at,
        by,
        reason,
    )


async def count(transaction: Transaction, question: QuestionId, at: datetime) -> None:
    """The figures anew, whoever it was that changed what they count."""
    await transaction.execute("SELECT question_count($1, $2)", question, at)


async def admit(transaction: Transaction, share: Share, subject: str, at: datetime) -> None:
    """Lets somebody with an account see the question until the link ends."""
    await transaction.execute(
        "INSERT INTO question_admissions (question_id, subject, share_id, organisation_id, expires_at, "
        "admitted_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        share.subject,
        subject,
        share.id,
        share.organisation,
        share.expires_at,
        at,
    )


async def end_admissions(transaction: Transaction, share: str) -> None:
    """Whom a withdrawn link let in sees the question no longer."""
    await transaction.execute("DELETE FROM question_admissions WHERE share_id = $1", share)


def _question(row: Record) -> Question:
    return Question(
        id=QuestionId(row["id"]),
        kind=QuestionKind(row["kind"]),
        organisation=OrganisationId(row["organisation_id"]),
        organisation_name=row["organisation_name"] or "",
        asker=UserId(row["asker_id"]),
        asker_name=row["asker_name"],
        words=Words(
            title=row["title"],
            body=row["body"],
            case_summary=row["case_summary"],
            topic=QuestionTopic(row["topic"]),
            body_part=_maybe(BodyPart, row["body_part"]),
        ),
        scene=QuestionScene(row["scene"]),
        visibility=QuestionVisibility(row["visibility"]),
        seen_from=_maybe(OrganisationId, row["seen_from"]),
        moment=_moment(row),
        state=QuestionState(row["state"]),
        period=None
        if row["opens_at"] is None
        else Period(opens_at=row["opens_at"], closes_at=row["closes_at"]),
        best=_maybe(CommentId, row["best_comment_id"]),
        summary_published_at=row["summary_published_at"],
        concluded_at=row["concluded_at"],
        hidden=row["hidden_at"] is not None,
        asked_at=row["asked_at"],
        active_at=row["active_at"],
        heat=row["heat"],
        likes=row["likes"],
        answers=row["answers"],
        follows=row["follows"],
        files=row["files"],
        still=_maybe(FileId, row["still_file"]),
        liked=row["liked"],
        followed=row["followed"],
        is_expert=row["is_expert"],
        admitted=row["admitted"],
        above=row["above"],
        in_network=bool(row["in_network"]),
        session_seen=row["session_seen"],
    )


def _moment(row: Record) -> Moment | None:
    if row["session_id"] is None:
        return None
    return Moment(
        session=SessionId(row["session_id"]),
        recording=_maybe(RecordingId, row["recording_id"]),
        source=row["source"],
        media_time_ms=row["media_time_ms"],
        captured_at=row["captured_at"],
    )


def _maybe(kind: Any, value: Any) -> Any:  # noqa: ANN401 - a NewType or an enumeration and its value
    return None if value is None else kind(value)
