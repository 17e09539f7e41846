"""The SQL of what accounts are sorted and searched by."""

from platform_api.db import Transaction
from platform_api.search import Indexed


async def keep_words(transaction: Transaction, user: str, name_key: str, indexed: Indexed) -> None:
    """By what an account is sorted, and by what it is found."""
    await transaction.execute(
        "UPDATE users SET name_key = $2, search_tokens = $3, search_text = $4 WHERE id = $1",
        user,
        name_key,
        list(indexed.tokens),
        indexed.text,
    )


async def without_words(transaction: Transaction, limit: int) -> list[tuple[str, str, str]]:
    """Accounts that were made before they could be searched: id, name and user name."""
    rows = await transaction.fetch(
        "SELECT id, name, username FROM users WHERE name_key = '' LIMIT $1 FOR UPDATE SKIP LOCKED", limit
    )
    return [(row["id"], row["name"], row["username"]) for row in rows]
