"""All SQL of comments."""

from collections.abc import Sequence
from datetime import datetime

from platform_api.comments.model import Comment, HideReason, Mention, Order
from platform_api.db import Record, Transaction
from platform_api.kernel.ids import CommentId, FileId, OrganisationId, UserId
from platform_api.search import Asked, SearchColumns, search_condition

MAX_REPLIES_SHOWN = 500
USER_WORDS = SearchColumns(tokens="u.search_tokens", text="u.search_text")
COLUMNS = """
    SELECT
        c.*,
        EXISTS (
            SELECT FROM comment_likes l WHERE l.comment_id = c.id AND l.subject = scopecast_actor()
        ) AS liked,
        ARRAY(SELECT f.file_id FROM comment_files f WHERE f.comment_id = c.id ORDER BY f.place) AS files,
        (
            SELECT coalesce(jsonb_agg(jsonb_build_array(m.user_id, m.name) ORDER BY m.name), '[]')
            FROM comment_mentions m WHERE m.comment_id = c.id
        ) AS mentions
    FROM comments c
"""


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
    await transaction.executemany(
        "INSERT INTO comment_files (comment_id, file_id, place) VALUES ($1, $2, $3)",
        [(comment.id, file, place) for place, file in enumerate(comment.files)],
    )
    await transaction.executemany(
        "INSERT INTO comment_mentions (comment_id, user_id, name) VALUES ($1, $2, $3)",
        [(comment.id, each.user, each.name) for each in comment.mentions],
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
        Order.LIKED: "AND ($3::uuid IS NULL "
        "OR (c.likes, c.id) < (SELECT likes, id FROM comments WHERE id = $3)) "
        "ORDER BY c.likes DESC, c.id DESC LIMIT $4",
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


async def replies_after(
    transaction: Transaction, root: Comment, after: CommentId | None, limit: int
) -> list[Comment]:
    """Replies of one thread in reading order from one on, one more than asked."""
    rows = await transaction.fetch(
        COLUMNS + "WHERE c.subject_id = $1 AND c.path LIKE $2 AND c.id <> $3 AND "  # noqa: S608 - constants
        "c.path > coalesce((SELECT path FROM comments WHERE id = $4), '') ORDER BY c.path LIMIT $5",
        root.subject_id,
        f"{root.path}%",
        root.id,
        after,
        limit + 1,
    )
    return [_comment(row) for row in rows]


async def hide(
    transaction: Transaction, comment: CommentId, by: str, reason: HideReason, at: datetime
) -> bool:
    """Whether this call hid it."""
    changed = await transaction.execute(
        "UPDATE comments SET hidden_at = $3, hidden_by = $2, hidden_reason = $4 "
        "WHERE id = $1 AND hidden_at IS NULL AND withdrawn_at IS NULL",
        comment,
        by,
        at,
        reason.value,
    )
    return changed == 1


async def restore(transaction: Transaction, comment: CommentId) -> bool:
    """Whether this call showed it again."""
    changed = await transaction.execute(
        "UPDATE comments SET hidden_at = NULL, hidden_by = NULL, hidden_reason = NULL "
        "WHERE id = $1 AND hidden_at IS NOT NULL AND withdrawn_at IS NULL",
        comment,
    )
    return changed == 1


async def withdraw(transaction: Transaction, comment: CommentId, at: datetime) -> bool:
    """Whether this call took it back."""
    changed = await transaction.execute(
        "UPDATE comments SET withdrawn_at = $2 WHERE id = $1 AND withdrawn_at IS NULL AND hidden_at IS NULL",
        comment,
        at,
    )
    return changed == 1


async def names_of(transaction: Transaction, users: Sequence[UserId]) -> dict[UserId, str]:
    """The names of those of these users who may sign in."""
    rows = await transaction.fetch(
        "SELECT id, name FROM users WHERE id = ANY ($1::uuid[]) AND disabled_at IS NULL", list(users)
    )
    return {UserId(row["id"]): row["name"] for row in rows}


async def people(
    transaction: Transaction, organisation: OrganisationId, asked: Asked, limit: int
) -> list[Record]:
    """Users of the whole tree that an organisation stands in who are found by name, its sound, or account."""
    condition, values = search_condition(asked, USER_WORDS, 3)
    return await transaction.fetch(
        f"""
        WITH RECURSIVE over AS (
            SELECT id, parent_id FROM organisations WHERE id = $1
            UNION
            SELECT o.id, o.parent_id FROM organisations o JOIN over ON o.id = over.parent_id
        ), below AS (
            SELECT id FROM over WHERE parent_id IS NULL
            UNION
            SELECT o.id FROM organisations o JOIN below ON o.parent_id = below.id
        )
        SELECT u.id, u.name, u.title, u.organisation_id, o.name AS organisation_name
        FROM users u JOIN organisations o ON o.id = u.organisation_id
        WHERE u.organisation_id IN (SELECT id FROM below) AND u.disabled_at IS NULL
            AND {condition}
        ORDER BY (u.organisation_id = $1) DESC, u.name_key, u.id LIMIT $2
        """,  # noqa: S608 - constants
        organisation,
        limit,
        *values,
    )


async def people_below(transaction: Transaction, asked: Asked, looked_at: int, limit: int) -> list[Record]:
    """Users in the actor's scope who are found by name, its sound, or account."""
    return await transaction.fetch(
        "SELECT u.id, u.name, u.title, u.organisation_id, o.name AS organisation_name "
        "FROM users_found($1, $2, $3) AS place JOIN users u ON u.ctid = place "
        "JOIN organisations o ON o.id = u.organisation_id "
        "WHERE u.disabled_at IS NULL ORDER BY u.name_key, u.id LIMIT $4",
        list(asked.tokens),
        list(asked.proofs),
        0 if asked.is_empty else looked_at,
        limit,
    )


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
        "WHERE subject_type = $1 AND subject_id = ANY ($2::uuid[]) AND hidden_at IS NULL "
        "AND withdrawn_at IS NULL GROUP BY subject_id",
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
        hidden_reason=None if row["hidden_reason"] is None else HideReason(row["hidden_reason"]),
        withdrawn=row["withdrawn_at"] is not None,
        files=tuple(FileId(file) for file in row["files"]),
        mentions=tuple(Mention(user=UserId(user), name=name) for user, name in row["mentions"]),
        likes=row["likes"],
        replies=row["replies"],
        liked=row["liked"],
    )
