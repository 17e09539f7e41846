"""The one tokeniser, for storing and for asking: an array of short texts that a GIN index holds.

Stored are of each gram run all single characters and all pairs (bigrams); of each word its beginnings up to
`MAX_PREFIX` characters; of names also the beginnings of their pinyin, full and initials, from each syllable.
Asked for are the pairs of each gram run and the beginning of each word. A pair is exact; more than a pair, or
more than a full beginning, is proved on the stored text (`Asked.proofs`), so that nothing false is found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from platform_api.search.normal import Run, runs_of, words_of
from platform_api.search.pinyin import readings_of

MAX_PREFIX: Final = 8
MAX_WORD: Final = 40
MAX_STORED_CHARS: Final = 20_000
"""Of one text; what lies behind is not searched."""
MAX_ASKED_CHARS: Final = 60
MARK: Final = "/"
"""Parts runs in the stored text; no run holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """What is stored beside a text: tokens for the index, and the text to prove a find on."""

    tokens: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is looked for: all `tokens` must be there, and each of `proofs` must be in the stored text."""

    tokens: tuple[str, ...]
    proofs: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing that could be found was typed."""
        return not self.tokens


def index_text(*texts: str) -> Indexed:
    """For prose: findable by any characters and by the beginnings of words."""
    return _indexed(texts, spoken=False)


def index_name(*texts: str) -> Indexed:
    """For names of people and places: findable by pinyin too, full and by initials."""
    return _indexed(texts, spoken=True)


def index_both(one: Indexed, other: Indexed) -> Indexed:
    """For what has names and prose: findable as both."""
    return Indexed(tokens=tuple(sorted({*one.tokens, *other.tokens})), text=one.text + other.text)


def ask(text: str) -> Asked:
    """What somebody typed, as the index is asked; spaces mean "and"."""
    runs = [run for word in words_of(text[:MAX_ASKED_CHARS]) for run in runs_of(word)]
    tokens = [token for run in runs for token in _asked_tokens(run)]
    proofs = [_proof(run) for run in runs if len(run.text) > (2 if run.is_gram else MAX_PREFIX)]
    return Asked(tokens=tuple(dict.fromkeys(tokens)), proofs=tuple(dict.fromkeys(proofs)))


def matches(asked: Asked, indexed: Indexed) -> bool:
    """Whether the database will find it: the same question as `store.search_condition` asks in SQL."""
    return set(asked.tokens) <= set(indexed.tokens) and all(each in indexed.text for each in asked.proofs)


def _indexed(texts: tuple[str, ...], *, spoken: bool) -> Indexed:
    runs = [run for text in texts for run in runs_of(text[:MAX_STORED_CHARS])]
    words = [word for run in runs for word in _words(run, spoken=spoken)]
    tokens = [gram for run in runs if run.is_gram for gram in _grams(run.text)]
    tokens += [word[:length] for word in words for length in range(1, min(len(word), MAX_PREFIX) + 1)]
    stored = dict.fromkeys([run.text for run in runs if run.is_gram] + words)
    return Indexed(tokens=tuple(sorted(set(tokens))), text=MARK + MARK.join(stored) + MARK)


def _grams(text: str) -> Iterator[str]:
    yield from text
    yield from (text[at : at + 2] for at in range(len(text) - 1))


def _words(run: Run, *, spoken: bool) -> Iterator[str]:
    if not run.is_gram:
        yield run.text[:MAX_WORD]
    elif spoken:
        for syllables in readings_of(run.text):
            for at in range(len(syllables)):
                yield "".join(syllables[at:])[:MAX_WORD]
                yield "".join(each[0] for each in syllables[at:])


def _asked_tokens(run: Run) -> tuple[str, ...]:
    if not run.is_gram:
        return (run.text[:MAX_PREFIX],)
    if len(run.text) == 1:
        return (run.text,)
    return tuple(run.text[at : at + 2] for at in range(len(run.text) - 1))


def _proof(run: Run) -> str:
    return run.text if run.is_gram else MARK + run.text[:MAX_WORD]
