"""Whether a password falls to who guesses by lists, keys in a row, dates and its owner's names (AU-06)."""

from collections.abc import Iterable
from importlib import resources
from typing import Final

from pypinyin import lazy_pinyin
from zxcvbn import zxcvbn

LEAST_SCORE: Final = 3
"""From 0 to 4; three needs a hundred million guesses and more."""
JUDGED: Final = 40
"""Characters from the first on; the time to judge grows with their square."""
WORDS: Final = tuple(
    (resources.files("platform_api.identity") / "common_passwords.txt").read_text(encoding="utf-8").split()
)
"""What the library's lists do not know: habits of Chinese keyboards and of hospitals."""


def is_guessable(password: str, *, about: Iterable[str]) -> bool:
    """Whether few guesses find it, by somebody who knows these words about its owner, and how they sound."""
    known = [each for word in filter(None, about) for each in (word, "".join(lazy_pinyin(word)))]
    judged = password[:JUDGED].lower()
    return int(zxcvbn(judged, user_inputs=[*known, *WORDS])["score"]) < LEAST_SCORE
