"""All SQL of the people round questions: who likes, follows, is asked; SQL of one idea beside `store`."""

from collections.abc import Sequence
from datetime import datetime

from platform_api.db import Transaction
from platform_api.kernel.ids import UserId
from platform_api.qa.model import Expert, Question, QuestionId


async def set_like(
    transaction: Transaction, question: QuestionId, subject: str, at: datetime, *, on: bool
) -> None:
    """One like a person."""
    if on:
        await transaction.execute(
            "INSERT INTO question_likes (question_id, subject, liked_at) VALUES ($1, $2, $3) "
            "ON CONFLICT DO NOTHING",
            question,
            subject,
            at,
        )
    else:
        await transaction.execute(
            "DELETE FROM question_likes WHERE question_id = $1 AND subject = $2", question, subject
        )


async def set_follow(
    transaction: Transaction, question: QuestionId, user: UserId, at: datetime, *, on: bool
) -> None:
    """Whether this user hears of answers."""
    if on:
        await transaction.execute(
            "INSERT INTO question_follows (question_id, user_id, followed_at) VALUES ($1, $2, $3) "
            "ON CONFLICT DO NOTHING",
            question,
            user,
            at,
        )
    else:
        await transaction.execute(
            "DELETE FROM question_follows WHERE question_id = $1 AND user_id = $2", question, user
        )


async def followers(transaction: Transaction, question: QuestionId, most: int) -> list[UserId]:
    rows = await transaction.fetch("SELECT question_followers($1, $2) AS user_id", question, most)
    return [UserId(row["user_id"]) for row in rows]


async def add_expert(
    transaction: Transaction,
    question: Question,
    expert: Expert,
    *,
    by: UserId,
    at: datetime,
) -> bool:
    """Whether they were not asked before."""
    added = await transaction.execute(
        "INSERT INTO question_experts (question_id, organisation_id, user_id, name, organisation_name, "
        "invited_by, invited_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        question.id,
        question.organisation,
        expert.user,
        expert.name,
        expert.organisation_name,
        by,
        at,
    )
    return added == 1


async def experts_of(transaction: Transaction, question: QuestionId) -> tuple[Expert, ...]:
    """Those who were asked to answer, as far as the row rules show them."""
    rows = await transaction.fetch(
        "SELECT user_id, name, organisation_name FROM question_experts WHERE question_id = $1 "
        "ORDER BY invited_at, user_id",
        question,
    )
    return tuple(
        Expert(user=UserId(row["user_id"]), name=row["name"], organisation_name=row["organisation_name"])
        for row in rows
    )


async def people(transaction: Transaction, users: Sequence[UserId]) -> dict[UserId, tuple[Expert, str]]:
    """Users by id, each with their organisation, for the house."""
    rows = await transaction.fetch(
        "SELECT u.id, u.name, u.organisation_id, o.name AS organisation_name "
        "FROM users u JOIN organisations o ON o.id = u.organisation_id "
        "WHERE u.id = ANY ($1::uuid[]) AND u.disabled_at IS NULL",
        list(users),
    )
    return {
        UserId(row["id"]): (
            Expert(user=UserId(row["id"]), name=row["name"], organisation_name=row["organisation_name"]),
            row["organisation_id"],
        )
        for row in rows
    }


async def above(transaction: Transaction, organisation: str) -> list[str]:
    """An organisation and all above it, the nearest first."""
    rows = await transaction.fetch(
        """
        WITH RECURSIVE over AS (
            SELECT id, parent_id, 0 AS steps FROM organisations WHERE id = $1
            UNION
            SELECT o.id, o.parent_id, over.steps + 1 FROM organisations o JOIN over ON o.id = over.parent_id
        )
        SELECT id FROM over ORDER BY steps
        """,
        organisation,
    )
    return [row["id"] for row in rows]


async def experts_among(
    transaction: Transaction, question: QuestionId, users: Sequence[UserId]
) -> set[UserId]:
    rows = await transaction.fetch(
        "SELECT user_id FROM question_experts WHERE question_id = $1 AND user_id = ANY ($2::uuid[])",
        question,
        list(users),
    )
    return {UserId(row["user_id"]) for row in rows}
