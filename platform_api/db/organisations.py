"""The scope of a right: an organisation and all below it."""

from typing import Final

BELOW: Final = """
    WITH RECURSIVE mine AS (
        SELECT id FROM organisations WHERE id = $1
        UNION ALL
        SELECT o.id FROM organisations o JOIN mine ON o.parent_id = mine.id
    )
"""
"""The beginning of a query whose first parameter is the organisation; it may ask of `mine`."""
