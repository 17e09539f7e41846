"""All SQL of comments."""

from collections.abc import Sequence
from datetime import datetime

from platform_api.comments.model import Comment, Order
from platform_api.db import Record, Transaction
from platform_api.kernel.ids import CommentId, OrganisationId

MAX_REPLIES_SHOWN = 500
COLUMNS = (
    "SELECT c.*, EXISTS (SELECT FROM comment_likes l WHERE l.comment_id = c.id "
    "AND l.subject = scopecast_actor()) AS liked FROM comments c "
)


async def add(transaction: Transaction, comment: Comment) -> None:
    """A new comment; all above it in the thread count one reply more."""
    await transaction.execute(
        "INSERT INTO comments (id, organisation_id, subject_type, subject_id, parent_id, path, author, "
        "author_name, body, media_time_ms, posted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        comment.id,
        comment.organisation,
        comment.subject_kind,
        comment.subject_id,
        comment.parent,
        comment.path,
        comment.author_subject,
        comment.author_name,
        comment.body,
        comment.media_time_ms,
        comment.posted_at,
    )
    above = comment.path.strip("/").split("/")[:-1]
    if above:
        await transaction.execute(
            "UPDATE comments SET replies = replies + 1 WHERE id = ANY ($1::uuid[])", above
        )


async def get(transaction: Transaction, comment: CommentId) -> Comment | None:
    row = await transaction.fetchrow(COLUMNS + "WHERE c.id = $1", comment)
    return None if row is None else _comment(row)


async def roots(
    transaction: Transaction, kind: str, subject: str, *, order: Order, after: CommentId | None, limit: int
) -> list[Comment]:
    """The first comments of threads, one row more than asked."""
    tail = {
        Order.OLDEST: "AND ($3::uuid IS NULL OR c.id > $3) ORDER BY c.id LIMIT $4",
        Order.NEWEST: "AND ($3::uuid IS NULL OR c.id < $3) ORDER BY c.id DESC LIMIT $4",
    }[order]
    rows = await transaction.fetch(
        COLUMNS + "WHERE c.subject_type = $1 AND c.subject_id = $2 AND c.parent_id IS NULL " + tail,
        kind,
        subject,
        after,
        limit + 1,
    )
    return [_comment(row) for row in rows]


async def replies(transaction: Transaction, subject: str, below: Sequence[Comment]) -> list[Comment]:
    """All replies below these comments in the order of their threads, at most 500."""
    rows = await transaction.fetch(
        COLUMNS + "WHERE c.subject_id = $1 AND c.parent_id IS NOT NULL AND c.path LIKE ANY ($2::text[]) "
        "ORDER BY c.path LIMIT $3",
        subject,
        [f"{comment.path}%" for comment in below],
        MAX_REPLIES_SHOWN,
    )
    return [_comment(row) for row in rows]


async def hide(transaction: Transaction, comment: CommentId, by: str, at: datetime) -> bool:
    """Whether this call hid it."""
    changed = await transaction.execute(
        "UPDATE comments SET hidden_at = $3, hidden_by = $2 WHERE id = $1 AND hidden_at IS NULL",
        comment,
        by,
        at,
    )
    return changed == 1


async def add_like(transaction: Transaction, comment: CommentId, subject: str, at: datetime) -> int:
    """The number of likes with this one; one per person."""
    added = await transaction.execute(
        "INSERT INTO comment_likes (comment_id, subject, liked_at) VALUES ($1, $2, $3) "
        "ON CONFLICT DO NOTHING",
        comment,
        subject,
        at,
    )
    return await _change_likes(transaction, comment, added)


async def remove_like(transaction: Transaction, comment: CommentId, subject: str) -> int:
    """The number of likes without this one."""
    removed = await transaction.execute(
        "DELETE FROM comment_likes WHERE comment_id = $1 AND subject = $2", comment, subject
    )
    return await _change_likes(transaction, comment, -removed)


async def counts(transaction: Transaction, kind: str, subjects: Sequence[str]) -> dict[str, int]:
    """How many comments may be read of each subject."""
    rows = await transaction.fetch(
        "SELECT subject_id, count(*) AS number FROM comments "
        "WHERE subject_type = $1 AND subject_id = ANY ($2::uuid[]) AND hidden_at IS NULL GROUP BY subject_id",
        kind,
        list(subjects),
    )
    return {row["subject_id"]: row["number"] for row in rows}


async def _change_likes(transaction: Transaction, comment: CommentId, by: int) -> int:
    return int(
        await transaction.fetchval(
            "UPDATE comments SET likes = likes + $2 WHERE id = $1 RETURNING likes", comment, by
        )
    )


def _comment(row: Record) -> Comment:
    return Comment(
        id=CommentId(row["id"]),
        subject_kind=row["subject_type"],
        subject_id=row["subject_id"],
        organisation=OrganisationId(row["organisation_id"]),
        parent=None if row["parent_id"] is None else CommentId(row["parent_id"]),
        path=row["path"],
        author_subject=row["author"],
        author_name=row["author_name"],
        body=row["body"],
        media_time_ms=row["media_time_ms"],
        posted_at=row["posted_at"],
        hidden=row["hidden_at"] is not None,
        likes=row["likes"],
        replies=row["replies"],
        liked=row["liked"],
    )
