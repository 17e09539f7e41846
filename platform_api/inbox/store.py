"""All SQL of the inbox."""

from collections.abc import Sequence
from datetime import datetime

from platform_api.db import Record, Transaction
from platform_api.inbox.model import MAX_COUNTED, Counts, InboxItemId, InboxState, Item, KeptItem, Nature
from platform_api.kernel.ids import UserId

# Two ways to be a receiver, each by its own index; the rows' own rules hold for both.
_MINE = """
    SELECT * FROM (
        (
            SELECT * FROM inbox_items
            WHERE user_id = $1 AND (done_at IS NULL) = $3 AND ($4::timestamptz IS NULL OR (put_at, id) < ($4, $5::uuid))
            ORDER BY put_at DESC, id DESC LIMIT $6
        )
        UNION ALL
        (
            SELECT * FROM inbox_items
            WHERE permission = ANY ($2::text[]) AND (done_at IS NULL) = $3
                AND ($4::timestamptz IS NULL OR (put_at, id) < ($4, $5::uuid))
            ORDER BY put_at DESC, id DESC LIMIT $6
        )
    ) i
"""  # noqa: E501 - one condition a line
_READ = "EXISTS (SELECT FROM inbox_reads r WHERE r.item_id = i.id AND r.subject = scopecast_actor())"
LIST = f"SELECT i.*, {_READ} AS read FROM ({_MINE}) i ORDER BY i.put_at DESC, i.id DESC LIMIT $6"  # noqa: S608 - constants
COUNT = (
    f"SELECT count(*) AS open, count(*) FILTER (WHERE NOT {_READ}) AS unread "  # noqa: S608 - constants
    f"FROM (SELECT * FROM ({_MINE}) m LIMIT $6) i"
)


async def put(transaction: Transaction, item: InboxItemId, wanted: Item, at: datetime) -> None:
    """A new item, or the open one of its kind, subject and receiver renewed."""
    await transaction.execute(
        "SELECT inbox_put($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        item,
        at,
        wanted.kind,
        wanted.subject_type,
        wanted.subject,
        wanted.receiver.user,
        wanted.receiver.permission,
        wanted.receiver.organisation,
        wanted.nature.value,
        wanted.title,
        dict(wanted.params),
        wanted.link,
        wanted.due,
    )


async def settle(
    transaction: Transaction,
    kind: str,
    subject_type: str,
    subject: str,
    *,
    by: str,
    user: UserId | None,
    at: datetime,
) -> list[tuple[UserId | None, str | None]]:
    """Closes what is open; the user or the permission of each item that was."""
    rows = await transaction.fetch(
        "SELECT * FROM inbox_done($1, $2, $3, $4, $5, $6)",
        at,
        by,
        kind,
        subject_type,
        subject,
        user,
    )
    return [
        (None if row["was_user"] is None else UserId(row["was_user"]), row["was_permission"]) for row in rows
    ]


async def find(
    transaction: Transaction,
    user: str,
    permissions: Sequence[str],
    *,
    state: InboxState,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[KeptItem]:
    """Items for this user, newest first, one more than asked."""
    at, item = after or (None, None)
    waits = state is InboxState.OPEN
    rows = await transaction.fetch(LIST, user, list(permissions), waits, at, item, limit + 1)
    return [_kept(row) for row in rows]


async def count(transaction: Transaction, user: str, permissions: Sequence[str]) -> Counts:
    """How many wait for this user."""
    row = await transaction.fetchrow(COUNT, user, list(permissions), True, None, None, MAX_COUNTED)
    return Counts(0, 0) if row is None else Counts(row["open"], row["unread"])


async def get(transaction: Transaction, item: InboxItemId) -> tuple[KeptItem, str | None] | None:
    """The item if the row rules show it, and the permission of its receivers if it is not one user's."""
    row = await transaction.fetchrow(
        f"SELECT i.*, {_READ} AS read FROM inbox_items i WHERE i.id = $1",  # noqa: S608 - constants
        item,
    )
    return None if row is None else (_kept(row), row["permission"])


async def mark_read(transaction: Transaction, items: Sequence[InboxItemId], at: datetime) -> None:
    """Remembers that the actor has read them, and closes the notices among them that are the actor's own."""
    await transaction.execute(
        "INSERT INTO inbox_reads (item_id, subject, read_at) "
        "SELECT unnest($1::uuid[]), scopecast_actor(), $2 ON CONFLICT DO NOTHING",
        list(items),
        at,
    )
    await transaction.execute(
        "UPDATE inbox_items SET done_at = $2, done_by = scopecast_actor() "
        "WHERE id = ANY ($1::uuid[]) AND nature = 'notice' AND user_id IS NOT NULL AND done_at IS NULL",
        list(items),
        at,
    )


async def mark_unread(transaction: Transaction, item: InboxItemId) -> None:
    """As if the actor had not read it."""
    await transaction.execute(
        "DELETE FROM inbox_reads WHERE item_id = $1 AND subject = scopecast_actor()", item
    )
    await transaction.execute(
        "UPDATE inbox_items SET done_at = NULL, done_by = NULL "
        "WHERE id = $1 AND nature = 'notice' AND user_id IS NOT NULL AND done_by = scopecast_actor()",
        item,
    )


def _kept(row: Record) -> KeptItem:
    return KeptItem(
        id=InboxItemId(row["id"]),
        kind=row["kind"],
        subject_type=row["subject_type"],
        subject=row["subject_id"],
        title=row["title"],
        params=row["params"],
        link=row["link"],
        nature=Nature(row["nature"]),
        due=row["due_at"],
        put_at=row["put_at"],
        done_at=row["done_at"],
        read=row["read"],
    )
