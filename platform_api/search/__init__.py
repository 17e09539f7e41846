"""Search that knows Chinese: one tokeniser for storing and asking, one condition in SQL."""

from platform_api.search.pinyin import name_key
from platform_api.search.store import SearchColumns, search_condition
from platform_api.search.tokens import Asked, Indexed, ask, index_both, index_name, index_text, matches

__all__ = [
    "Asked",
    "Indexed",
    "SearchColumns",
    "ask",
    "index_both",
    "index_name",
    "index_text",
    "matches",
    "name_key",
    "search_condition",
]
