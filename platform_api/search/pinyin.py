"""How a run of ideographs sounds: full syllables, from the first character's other readings too."""

from functools import lru_cache
from typing import Final

from pypinyin import Style, lazy_pinyin, pinyin

MAX_READINGS: Final = 4
"""Of a run: surnames are read in their own way (单 shan, 曾 zeng), and ü is typed as v or as u."""
MAX_SYLLABLES: Final = 24
"""Of a run, from its beginning: what follows in a long text is found by its characters alone."""


def readings_of(run: str) -> tuple[tuple[str, ...], ...]:
    """The ways to say a run, each as its syllables; characters without a known sound say nothing."""
    syllables = tuple(lazy_pinyin(run[:MAX_SYLLABLES], style=Style.NORMAL, errors="ignore"))
    others = _sounds_of(run[0])
    first = dict.fromkeys((*syllables[:1], *others))
    spoken = [(each, *syllables[1:]) for each in first]
    typed = [*spoken, *(tuple(each.replace("v", "u") for each in line) for line in spoken)]
    return tuple(dict.fromkeys(typed))[:MAX_READINGS]


@lru_cache(maxsize=8192)
def _sounds_of(character: str) -> tuple[str, ...]:
    sounds = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    return tuple(sounds[0]) if sounds else ()


def name_key(name: str) -> str:
    """What names are sorted by: their pinyin, then themselves. Kept in a column beside the name."""
    spoken = lazy_pinyin(name[:MAX_SYLLABLES].casefold(), style=Style.NORMAL)
    return f"{' '.join(spoken)} {name}"
