"""All SQL of sessions; rows come out as values of the model."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from platform_api.db import Record, Transaction
from platform_api.db.organisations import BELOW
from platform_api.jobs import Owner
from platform_api.kernel.ids import FileId, OrganisationId, RecordingId, RoomId, SessionId, UserId
from platform_api.search import ask, index_both, index_name, index_text
from platform_api.sharing import Share
from platform_api.teaching.model import (
    Asker,
    BodyPart,
    Form,
    Plan,
    ProgrammeQuery,
    ProgrammeView,
    RecordingRow,
    Session,
    SessionState,
    Visibility,
)
from platform_api.teaching.rules import MODERATE

STATES_OF = {
    ProgrammeView.LIVE: ["open", "on_air"],
    ProgrammeView.UPCOMING: ["planned"],
    ProgrammeView.REPLAY: ["ended"],
    ProgrammeView.MINE: ["planned", "open", "on_air", "ended", "cancelled"],
    ProgrammeView.ALL: ["planned", "open", "on_air", "ended"],
}
_LISTED = """
SELECT * FROM session_cards c
WHERE c.state = ANY ($1::text[])
    AND ($2::uuid IS NULL OR c.id = $2)
    AND (
        c.visibility = 'everyone_signed_in' OR c.expert_id = $4 OR c.admitted_until > $14
        OR $2::uuid IS NOT NULL OR (c.organisation_id = $3 AND (c.visibility = 'organisation' OR $5::boolean))
    )
    AND (NOT $6::boolean OR c.expert_id = $4)
    AND (NOT $7::boolean OR c.recording_id IS NOT NULL)
    AND ($8::text[] IS NULL OR c.id IN (SELECT sessions_found($8, $15::text[])))
    AND ($9::text IS NULL OR c.form = $9)
    AND ($10::text IS NULL OR c.body_part = $10)
"""
LIST_DESCENDING = (
    _LISTED
    + """
    AND ($11::timestamptz IS NULL OR (c.list_key, c.id) < ($11, $12::uuid))
ORDER BY c.list_key DESC, c.id DESC
LIMIT $13
"""
)
LIST_ASCENDING = (
    _LISTED
    + """
    AND ($11::timestamptz IS NULL OR (c.list_key, c.id) > ($11, $12::uuid))
ORDER BY c.list_key, c.id
LIMIT $13
"""
)


async def add(transaction: Transaction, session: Session) -> None:
    """A new planned session."""
    plan = session.plan
    await transaction.execute(
        "INSERT INTO sessions (id, organisation_id, expert_id, expert_name, title, hospital, starts_at, "
        "planned_minutes, case_summary, form, body_part, visibility, consent_reference, recorded, state, "
        "created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        session.id,
        session.organisation,
        session.expert,
        session.expert_name,
        plan.title,
        plan.hospital,
        plan.starts_at,
        plan.planned_minutes,
        plan.case_summary,
        plan.form.value,
        plan.body_part.value,
        plan.visibility.value,
        plan.consent_reference,
        plan.recorded,
        session.state.value,
        session.created_at,
    )
    await keep_words(transaction, session.id, session.expert_name, plan)


async def change_plan(transaction: Transaction, session: SessionId, plan: Plan) -> None:
    """The plan anew."""
    expert_name = await transaction.fetchval(
        "UPDATE sessions SET title = $2, hospital = $3, starts_at = $4, planned_minutes = $5, "
        "case_summary = $6, form = $7, body_part = $8, visibility = $9, consent_reference = $10, "
        "recorded = $11 WHERE id = $1 RETURNING expert_name",
        session,
        plan.title,
        plan.hospital,
        plan.starts_at,
        plan.planned_minutes,
        plan.case_summary,
        plan.form.value,
        plan.body_part.value,
        plan.visibility.value,
        plan.consent_reference,
        plan.recorded,
    )
    await keep_words(transaction, session, expert_name, plan)


async def keep_words(transaction: Transaction, session: SessionId, expert_name: str, plan: Plan) -> None:
    """By what the session is found: its words, and the pinyin of expert and hospital."""
    names, prose = index_name(expert_name, plan.hospital), index_text(plan.title, plan.case_summary)
    words = index_both(names, prose)
    await transaction.execute(
        "UPDATE sessions SET search_tokens = $2, search_words = $3 WHERE id = $1",
        session,
        list(words.tokens),
        words.text,
    )


async def without_words(transaction: Transaction, limit: int) -> list[tuple[SessionId, str, Plan]]:
    """Sessions from before they could be found by words: id, expert and plan."""
    rows = await transaction.fetch(
        "SELECT * FROM sessions WHERE search_words = '' LIMIT $1 FOR UPDATE SKIP LOCKED", limit
    )
    return [(SessionId(row["id"]), row["expert_name"], _plan(row)) for row in rows]


async def get(transaction: Transaction, session: SessionId) -> Session | None:
    """The session if the row rules show it to this transaction's actor."""
    row = await transaction.fetchrow("SELECT * FROM session_cards WHERE id = $1", session)
    return None if row is None else _session(row)


async def get_by_room(transaction: Transaction, room: RoomId) -> Session | None:
    """The session whose room this is."""
    row = await transaction.fetchrow("SELECT * FROM session_cards WHERE room_id = $1", room)
    return None if row is None else _session(row)


async def get_by_recording(transaction: Transaction, recording: RecordingId) -> Session | None:
    """The session whose recording this is."""
    row = await transaction.fetchrow("SELECT * FROM session_cards WHERE recording_id = $1", recording)
    return None if row is None else _session(row)


async def live_sessions(transaction: Transaction) -> list[Session]:
    """All sessions that are open or on air, for the platform's own start."""
    rows = await transaction.fetch(
        "SELECT * FROM session_cards WHERE state IN ('open', 'on_air') ORDER BY opened_at"
    )
    return [_session(row) for row in rows]


async def live_rooms_below(transaction: Transaction, top: OrganisationId, limit: int) -> list[RoomId]:
    """Rooms of the sessions that an organisation or one below it holds now, the newest first."""
    rows = await transaction.fetch(
        BELOW + "SELECT room_id FROM sessions WHERE state IN ('open', 'on_air') "  # noqa: S608 - constants
        "AND organisation_id IN (SELECT id FROM mine) ORDER BY opened_at DESC LIMIT $2",
        top,
        limit,
    )
    return [RoomId(row["room_id"]) for row in rows]


async def lock_state(transaction: Transaction, session: SessionId) -> SessionState | None:
    """The state, held against other moves until the end of the transaction (AZ-05)."""
    state = await transaction.fetchval("SELECT state FROM sessions WHERE id = $1 FOR UPDATE", session)
    return None if state is None else SessionState(state)


async def set_open(transaction: Transaction, session: SessionId, room: RoomId, at: datetime) -> None:
    """Planned becomes open, with its room."""
    await transaction.execute(
        "UPDATE sessions SET state = 'open', room_id = $2, opened_at = $3 WHERE id = $1", session, room, at
    )


async def set_on_air(transaction: Transaction, session: SessionId, at: datetime) -> None:
    await transaction.execute(
        "UPDATE sessions SET state = 'on_air', on_air_at = $2 WHERE id = $1", session, at
    )


async def set_ended(transaction: Transaction, session: SessionId, at: datetime) -> None:
    await transaction.execute("UPDATE sessions SET state = 'ended', ended_at = $2 WHERE id = $1", session, at)


async def set_cancelled(transaction: Transaction, session: SessionId, at: datetime) -> None:
    await transaction.execute(
        "UPDATE sessions SET state = 'cancelled', cancelled_at = $2 WHERE id = $1", session, at
    )


async def programme(transaction: Transaction, asker: Asker, query: ProgrammeQuery) -> list[Session]:
    """One row more than a page of the sessions that the asker may see, in the list's order."""
    asked = ask(query.text) if query.text else None
    if asked is not None and asked.is_empty:
        return []
    sql = LIST_ASCENDING if query.view is ProgrammeView.UPCOMING else LIST_DESCENDING
    rows = await transaction.fetch(
        sql,
        STATES_OF[query.view],
        asker.guest_of,
        asker.organisation,
        asker.user,
        MODERATE in asker.permissions,
        query.view is ProgrammeView.MINE,
        query.view is ProgrammeView.REPLAY,
        None if asked is None else list(asked.tokens),
        query.form,
        query.body_part,
        query.after[0] if query.after else None,
        query.after[1] if query.after else None,
        query.limit + 1,
        asker.at,
        None if asked is None else list(asked.proofs),
    )
    return [_session(row) for row in rows]


async def audience(transaction: Transaction, session: SessionId, users: Sequence[UserId]) -> set[UserId]:
    """Which of these users the session's visibility shows it to."""
    rows = await transaction.fetch(
        "SELECT u.id FROM users u JOIN sessions s ON s.id = $1 WHERE u.id = ANY ($2::uuid[]) AND ("
        "s.visibility = 'everyone_signed_in' OR u.id = s.expert_id "
        "OR (s.visibility = 'organisation' AND u.organisation_id = s.organisation_id))",
        session,
        list(users),
    )
    return {UserId(row["id"]) for row in rows}


async def add_recording(transaction: Transaction, recording: RecordingRow, at: datetime) -> None:
    await transaction.execute(
        "INSERT INTO recordings (id, session_id, organisation_id, state, created_at, changed_at) "
        "VALUES ($1, $2, $3, $4, $5, $5)",
        recording.id,
        recording.session,
        recording.organisation,
        recording.state,
        at,
    )


async def change_recording(
    transaction: Transaction,
    recording: RecordingId,
    *,
    state: str,
    duration_ms: int,
    chapters: int | None,
    at: datetime,
) -> Owner | None:
    """Whose recording it is, None if there is none such; chapters stay when None."""
    row = await transaction.fetchrow(
        "UPDATE recordings r SET state = $2, duration_ms = $3, chapters = coalesce($4, chapters), "
        "changed_at = $5 FROM sessions s WHERE r.id = $1 AND s.id = r.session_id "
        "RETURNING s.organisation_id, s.expert_id, s.expert_name",
        recording,
        state,
        duration_ms,
        chapters,
        at,
    )
    if row is None:
        return None
    return Owner(organisation=row["organisation_id"], subject=row["expert_id"], name=row["expert_name"])


async def set_position(
    transaction: Transaction, recording: RecordingId, subject: str, position_ms: int, at: datetime
) -> None:
    """Where this learner stopped."""
    await transaction.execute(
        "INSERT INTO recording_positions (recording_id, subject, position_ms, changed_at) "
        "VALUES ($1, $2, $3, $4) ON CONFLICT (recording_id, subject) "
        "DO UPDATE SET position_ms = excluded.position_ms, changed_at = excluded.changed_at",
        recording,
        subject,
        position_ms,
        at,
    )


async def add_like(transaction: Transaction, session: SessionId, subject: str, at: datetime) -> int:
    """The number of likes with this one; one per person."""
    await transaction.execute(
        "INSERT INTO session_likes (session_id, subject, liked_at) VALUES ($1, $2, $3) "
        "ON CONFLICT DO NOTHING",
        session,
        subject,
        at,
    )
    return await count_likes(transaction, session)


async def remove_like(transaction: Transaction, session: SessionId, subject: str) -> int:
    """The number of likes without this one."""
    await transaction.execute(
        "DELETE FROM session_likes WHERE session_id = $1 AND subject = $2", session, subject
    )
    return await count_likes(transaction, session)


async def count_likes(transaction: Transaction, session: SessionId) -> int:
    return int(
        await transaction.fetchval("SELECT count(*) FROM session_likes WHERE session_id = $1", session)
    )


async def set_still(transaction: Transaction, session: SessionId, file: FileId) -> None:
    """The picture by which lists show the session."""
    await transaction.execute("UPDATE sessions SET still_file_id = $2 WHERE id = $1", session, file)


async def add_still(
    transaction: Transaction, session: SessionId, still: str, author: str, file: FileId, at: datetime
) -> bool:
    """Whether this author's still had no picture yet; the first one stays."""
    added = await transaction.execute(
        "INSERT INTO session_stills (session_id, still_id, author, file_id, stored_at) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        session,
        still,
        author,
        file,
        at,
    )
    return added == 1


async def add_material(transaction: Transaction, session: SessionId, file: FileId, at: datetime) -> None:
    await transaction.execute(
        "INSERT INTO session_materials (session_id, file_id, added_at) VALUES ($1, $2, $3) "
        "ON CONFLICT DO NOTHING",
        session,
        file,
        at,
    )


async def remove_material(transaction: Transaction, session: SessionId, file: FileId) -> bool:
    """Whether it was there."""
    removed = await transaction.execute(
        "DELETE FROM session_materials WHERE session_id = $1 AND file_id = $2", session, file
    )
    return removed == 1


async def materials(transaction: Transaction, session: SessionId) -> Sequence[tuple[FileId, datetime]]:
    """Files laid beside the session, in the order they came."""
    rows = await transaction.fetch(
        "SELECT file_id, added_at FROM session_materials WHERE session_id = $1 ORDER BY added_at, file_id",
        session,
    )
    return [(FileId(row["file_id"]), row["added_at"]) for row in rows]


async def admit(transaction: Transaction, share: Share, subject: str, at: datetime) -> bool:
    """Whether the subject is let in by this link for the first time."""
    added = await transaction.execute(
        "INSERT INTO session_admissions (session_id, subject, share_id, organisation_id, admitted_at) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        share.subject,
        subject,
        share.id,
        share.organisation,
        at,
    )
    return added == 1


def _session(row: Record) -> Session:
    return Session(
        id=SessionId(row["id"]),
        organisation=OrganisationId(row["organisation_id"]),
        expert=UserId(row["expert_id"]),
        expert_name=row["expert_name"],
        plan=_plan(row),
        state=SessionState(row["state"]),
        created_at=row["created_at"],
        room=_maybe(RoomId, row["room_id"]),
        recording=_recording(row),
        opened_at=row["opened_at"],
        on_air_at=row["on_air_at"],
        ended_at=row["ended_at"],
        list_key=row["list_key"],
        likes=row["likes"],
        still=_maybe(FileId, row["still_file_id"]),
        liked=row["liked"],
        position_ms=row["position_ms"],
        admitted_until=row["admitted_until"],
    )


def _plan(row: Record) -> Plan:
    return Plan(
        title=row["title"],
        hospital=row["hospital"],
        starts_at=row["starts_at"],
        planned_minutes=row["planned_minutes"],
        case_summary=row["case_summary"],
        form=Form(row["form"]),
        body_part=BodyPart(row["body_part"]),
        visibility=Visibility(row["visibility"]),
        consent_reference=row["consent_reference"],
        recorded=row["recorded"],
    )


def _recording(row: Record) -> RecordingRow | None:
    if row["recording_id"] is None:
        return None
    return RecordingRow(
        id=RecordingId(row["recording_id"]),
        session=SessionId(row["id"]),
        organisation=OrganisationId(row["organisation_id"]),
        state=row["recording_state"],
        duration_ms=row["recording_duration_ms"],
        chapters=row["recording_chapters"],
    )


def _maybe(kind: Any, value: str | None) -> Any:  # noqa: ANN401 - a NewType and its value
    return None if value is None else kind(value)
