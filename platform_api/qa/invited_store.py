"""All SQL of those who were invited to a question; SQL of one idea beside `store`."""

from collections.abc import Sequence
from datetime import datetime

from platform_api.db import Record, Transaction
from platform_api.kernel.ids import UserId
from platform_api.qa.model import InvitedExpert, QuestionId


async def of_question(transaction: Transaction, question: QuestionId) -> list[InvitedExpert]:
    """Those who are asked, and those who are no longer, once each; as far as the row rules show them."""
    rows = await transaction.fetch(
        "SELECT user_id, name, organisation_name, invited_by, invited_at, NULL::timestamptz AS withdrawn_at "
        "FROM question_experts WHERE question_id = $1 "
        "UNION ALL (SELECT DISTINCT ON (user_id) user_id, name, organisation_name, invited_by, invited_at, "
        "withdrawn_at FROM question_withdrawn_experts w WHERE question_id = $1 AND NOT EXISTS "
        "(SELECT FROM question_experts e WHERE e.question_id = $1 AND e.user_id = w.user_id) "
        "ORDER BY user_id, withdrawn_at DESC)",
        question,
    )
    return [_invited(row) for row in rows]


async def get(transaction: Transaction, question: QuestionId, expert: UserId) -> InvitedExpert | None:
    """An expert who is asked now."""
    row = await transaction.fetchrow(
        "SELECT user_id, name, organisation_name, invited_by, invited_at, NULL::timestamptz AS withdrawn_at "
        "FROM question_experts WHERE question_id = $1 AND user_id = $2",
        question,
        expert,
    )
    return None if row is None else _invited(row)


async def withdraw(
    transaction: Transaction, question: QuestionId, expert: UserId, by: UserId, at: datetime
) -> bool:
    """Whether this call took the invitation back: the right goes with its row, and what was is kept."""
    moved = await transaction.execute(
        "WITH gone AS (DELETE FROM question_experts WHERE question_id = $1 AND user_id = $2 RETURNING *) "
        "INSERT INTO question_withdrawn_experts (question_id, organisation_id, user_id, name, "
        "organisation_name, invited_by, invited_at, withdrawn_by, withdrawn_at) "
        "SELECT question_id, organisation_id, user_id, name, organisation_name, invited_by, invited_at, "
        "$3, $4 FROM gone",
        question,
        expert,
        by,
        at,
    )
    return moved == 1


async def names(transaction: Transaction, users: Sequence[UserId]) -> dict[UserId, str]:
    """How users are called, for the house; also those who may not sign in any more."""
    rows = await transaction.fetch("SELECT id, name FROM users WHERE id = ANY ($1::uuid[])", list(users))
    return {UserId(row["id"]): row["name"] for row in rows}


async def answered(transaction: Transaction, question: QuestionId, users: Sequence[UserId]) -> set[UserId]:
    """Those of these users who have said something that can be read, for the house."""
    rows = await transaction.fetch(
        "SELECT DISTINCT author FROM comments WHERE subject_type = 'question' AND subject_id = $1 "
        "AND author = ANY ($2::text[]) AND hidden_at IS NULL AND withdrawn_at IS NULL",
        question,
        list(users),
    )
    return {UserId(row["author"]) for row in rows}


def _invited(row: Record) -> InvitedExpert:
    return InvitedExpert(
        user=UserId(row["user_id"]),
        name=row["name"],
        organisation_name=row["organisation_name"],
        invited_by=UserId(row["invited_by"]),
        invited_at=row["invited_at"],
        withdrawn_at=row["withdrawn_at"],
    )
