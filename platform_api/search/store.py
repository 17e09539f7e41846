"""How SQL asks the index that `tokens.py` filled."""

import re
from dataclasses import dataclass
from typing import Final

from platform_api.search.tokens import Asked

IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchColumns:
    """Where a domain keeps what was indexed: a `text[]` under a GIN index, and the text for the proof."""

    tokens: str = "search_tokens"
    text: str = "search_text"

    def __post_init__(self) -> None:
        for name in (self.tokens, self.text):
            if IDENTIFIER.fullmatch(name) is None:
                raise ValueError(f"{name!r} is no column")


def search_condition(
    asked: Asked, columns: SearchColumns, first_parameter: int
) -> tuple[str, tuple[object, ...]]:
    """A condition and its parameters, numbered from `first_parameter`; of an empty question: nothing."""
    if asked.is_empty:
        return "false", ()
    sql = f"{columns.tokens} @> ${first_parameter}::text[]"
    for number in range(first_parameter + 1, first_parameter + 1 + len(asked.proofs)):
        sql += f" AND strpos({columns.text}, ${number}::text) > 0"
    return sql, (list(asked.tokens), *asked.proofs)
