"""What two texts must share to be the same for a searcher: one form, cut into runs.

Two classes of character: those that are searched by any part (ideographs, kana, digits: *gram* runs), and the
letters of words that are searched from their beginning (*word* runs). Everything else only parts them.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

MIDDLE_DOTS: Final = frozenset("·•‧・･⋅∙")
"""Written inside names (阿卜杜·热西提) by keyboards in many ways, and often left out: they part nothing."""
PLANES_OF_IDEOGRAPHS: Final = range(0x20000, 0x40000)
"""Planes 2 and 3 hold ideographs alone (Unicode 15, 2.8), also those that this Python does not know yet."""
PRIVATE_USE: Final = "Co"
"""Hospitals draw the rarest characters there: they count as ideographs."""


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one class that stand together."""

    text: str
    is_gram: bool


def normal_text(text: str) -> str:
    """The form in which texts are compared: compatibility forms and case folded, marks of variants gone."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(character for character in folded if not _is_invisible(character))


def runs_of(text: str) -> tuple[Run, ...]:
    """The runs of a text in their order, over its normal form."""
    return tuple(
        Run("".join(characters), kind == _GRAM)
        for kind, characters in groupby(normal_text(text), key=_class_of)
        if kind != _BETWEEN
    )


def words_of(text: str) -> Iterator[str]:
    """What a searcher typed, cut at spaces."""
    yield from normal_text(text).split()


_GRAM, _WORD, _BETWEEN = "gram", "word", "between"


def _is_invisible(character: str) -> bool:
    """Format characters, variation selectors (also of ideographs), and the dots inside names."""
    return (
        character in MIDDLE_DOTS
        or unicodedata.category(character) == "Cf"
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
    )


def _class_of(character: str) -> str:
    category = unicodedata.category(character)
    if ord(character) in PLANES_OF_IDEOGRAPHS or category in {"Lo", PRIVATE_USE}:
        return _GRAM
    if character in "々〇" or category in {"Nd", "Nl", "No"}:
        return _GRAM
    if category in {"Ll", "Lu", "Lt", "Lm", "Mn", "Mc"}:
        return _WORD
    return _BETWEEN
