"""How SQL asks the index that `tokens.py` filled."""

import re
from dataclasses import dataclass
from typing import Final

from platform_api.search.tokens import Asked

IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchColumns:
    """Where a domain keeps what was indexed: a `text[]` under a GIN index, and the text for the proof.

    `finder`: the function that asks the index of a table under row-level rules, `{table}_found`, made by
    `scopecast_make_searchable`; without one such a table is searched row by row. It gives places of rows,
    which hold for one statement: `place` is what a view calls the `ctid` of its table.
    """

    tokens: str = "search_tokens"
    text: str = "search_text"
    finder: str | None = None
    place: str = "ctid"

    def __post_init__(self) -> None:
        for name in (self.tokens, self.text, self.finder, self.place):
            if name is not None and IDENTIFIER.fullmatch(name) is None:
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
