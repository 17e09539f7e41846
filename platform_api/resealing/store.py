"""The SQL of sealed columns. Names of tables and columns come from `COLUMNS` alone, values are bound."""

from collections.abc import Sequence
from typing import Final

from platform_api.db import Transaction
from platform_api.resealing.model import SealedColumn

KEYS_OF: Final = (
    "SELECT convert_from(substr(value, 1, least(nullif(position('\\x00'::bytea IN value), 0), "
    "nullif(position('\\x01'::bytea IN value), 0)) - 1), 'SQL_ASCII') AS key, count(*) AS many "
    "FROM ({kept}) AS kept WHERE value IS NOT NULL GROUP BY 1"
)


async def count(transaction: Transaction, column: SealedColumn, prefix: bytes) -> int:
    """How many values do not begin with the key in use."""
    found = await transaction.fetchval(
        f"SELECT count(*) FROM {column.table} WHERE {_stale(column)}",  # noqa: S608 - names of ours
        prefix,
        len(prefix),
    )
    return int(found)


async def stale(
    transaction: Transaction, column: SealedColumn, prefix: bytes, after: str | None, limit: int
) -> Sequence[tuple[str, bytes]]:
    """The next rows behind a key whose value does not begin with the key in use: each row is seen once."""
    rows = await transaction.fetch(
        f"SELECT {column.key} AS key, {column.column} AS sealed FROM {column.table} "  # noqa: S608 - names of ours
        f"WHERE {_stale(column)} AND ($3::uuid IS NULL OR {column.key} > $3) ORDER BY {column.key} LIMIT $4",
        prefix,
        len(prefix),
        after,
        limit,
    )
    return [(row["key"], row["sealed"]) for row in rows]


async def put(transaction: Transaction, column: SealedColumn, key: str, old: bytes, new: bytes) -> bool:
    """Puts the new value in the place of the old; False if somebody wrote another one meanwhile."""
    done = await transaction.execute(
        f"UPDATE {column.table} SET {column.column} = $3 "  # noqa: S608 - names of ours
        f"WHERE {column.key} = $1 AND {column.column} = $2",
        key,
        old,
        new,
    )
    return done == 1


async def by_key(transaction: Transaction, column: SealedColumn) -> dict[str, int]:
    """How many values are under which master key: the text before the mark of the cipher."""
    kept = f"SELECT {column.column} AS value FROM {column.table}"  # noqa: S608 - names of ours
    rows = await transaction.fetch(KEYS_OF.format(kept=kept))
    return {row["key"] or "": row["many"] for row in rows}


def _stale(column: SealedColumn) -> str:
    return f"{column.column} IS NOT NULL AND substr({column.column}, 1, $2) <> $1"
