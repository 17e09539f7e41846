"""The scope of a right: an organisation and all below it."""

from typing import Final

BELOW: Final = """
    WITH mine AS (SELECT descendant_id AS id FROM organisation_paths WHERE ancestor_id = $1)
"""
"""The beginning of a query whose first parameter is the organisation; it may ask of `mine`."""
