"""Pure decisions about items: what may be put at all."""

import re
from collections.abc import Mapping
from typing import Final

from platform_api.inbox.model import MAX_LINK_CHARS, MAX_PARAM_CHARS, MAX_PARAMS, Item
from platform_api.kernel.identity_text import holds_identity
from platform_api.kernel.sentences import Language, table

_LINK: Final = re.compile(r"/app/[A-Za-z0-9/_\-.?=&%]*")
_KIND: Final = re.compile(r"[a-z]+(\.[a-z_]+)+")
CUT_OUT: Final = "…"


def check_item(item: Item) -> None:
    """Raises ValueError for an item that only a fault of ours could make."""
    if _KIND.fullmatch(item.kind) is None:
        raise ValueError(f"an inbox kind is written domain.fact, not {item.kind!r}")
    if _LINK.fullmatch(item.link) is None or len(item.link) > MAX_LINK_CHARS or "//" in item.link:
        raise ValueError("an inbox link is a place of the web client")
    if any(item.title not in table(language) for language in Language):
        raise ValueError(f"no sentence for {item.title!r}")
    if len(item.params) > MAX_PARAMS:
        raise ValueError("too many parameters")


def clean_params(params: Mapping[str, str | int]) -> dict[str, str | int]:
    """The parameters, short, and without what looks like a person's identity."""
    return {name: _clean(value) if isinstance(value, str) else value for name, value in params.items()}


def _clean(text: str) -> str:
    if holds_identity(text):
        return CUT_OUT
    return text if len(text) <= MAX_PARAM_CHARS else text[: MAX_PARAM_CHARS - 1] + CUT_OUT
