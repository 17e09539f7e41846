"""The scope of a right: an organisation and all below it."""

from typing import Final

from platform_api.db.transaction import Transaction

BELOW: Final = """
    WITH mine AS (SELECT descendant_id AS id FROM organisation_paths WHERE ancestor_id = $1)
"""
"""The beginning of a query whose first parameter is the organisation; it may ask of `mine`."""


async def topmost(transaction: Transaction) -> list[str]:
    """The ids of all organisations that stand below no other: whom what concerns the whole house is told."""
    rows = await transaction.fetch("SELECT id FROM organisations WHERE parent_id IS NULL ORDER BY id")
    return [row["id"] for row in rows]
