"""What a person reads for a code, in Chinese or English; the tables lie in `messages/`."""

import functools
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from importlib import resources
from typing import Final

FALLBACK_CODE: Final = "error"
MAX_HEADER_CHARS: Final = 200


class Language(StrEnum):
    """The languages in which every sentence exists; the first is the default."""

    ZH_CN = "zh-CN"
    EN = "en"


class _Params(dict[str, object]):
    """A parameter that the raiser forgot shows as an ellipsis, never as an error upon an error."""

    def __missing__(self, key: str) -> str:
        return "…"


@functools.cache
def table(language: Language) -> Mapping[str, str]:
    """All sentences of one language by code."""
    source = resources.files("platform_api.kernel") / "messages" / f"{language.value}.toml"
    return {code: str(text) for code, text in tomllib.loads(source.read_text(encoding="utf-8")).items()}


def sentence(
    code: str, language: Language = Language.ZH_CN, params: Mapping[str, str | int | float] | None = None
) -> str:
    """The sentence of this code with its parameters filled in; an unknown code says that it failed."""
    texts = table(language)
    return texts.get(code, texts[FALLBACK_CODE]).format_map(_Params(params or {}))


def best_language(accept_language: str | None) -> Language:
    """The language that an `Accept-Language` header prefers (RFC 9110 12.5.4); Chinese if it says neither."""
    best, best_weight = Language.ZH_CN, 0.0
    for item in (accept_language or "")[:MAX_HEADER_CHARS].split(","):
        tag, _, parameter = item.strip().partition(";")
        language = _language_of(tag.strip().lower())
        weight = _weight(parameter.strip())
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best


def _language_of(tag: str) -> Language | None:
    primary = tag.partition("-")[0]
    return {"zh": Language.ZH_CN, "en": Language.EN}.get(primary)


def _weight(parameter: str) -> float:
    if not parameter:
        return 1.0
    name, _, value = parameter.partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
