import string

import pytest

from platform_api.alarms.model import AlarmKind
from platform_api.app import DOMAINS, lists_of
from platform_api.kernel.sentences import Language, best_language, sentence, table


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_hold_the_same_codes() -> None:
    assert set(table(Language.ZH_CN)) == set(table(Language.EN))


LISTS = tuple(each.label for each in lists_of(DOMAINS))
TITLES = frozenset({"account.registration_waits", "emergency.opened", "emergency.told"})
WORDS = TITLES | {"table.yes", "table.no", "export.watermark"}
ALARMS = frozenset(f"alarms.{kind}" for kind in AlarmKind)
REFUSED_IMPORTS = frozenset(
    f"import.{why}" for why in ("changed", "empty", "not_readable", "too_large", "used")
)


def is_line(code: str) -> bool:
    """Whether it stands in a list: a label, the title of what waits, or what is wrong with a cell."""
    of_list = any(code == label or code.startswith(f"{label}.") for label in LISTS)
    of_cell = code.startswith("import.") and code not in REFUSED_IMPORTS
    return of_list or of_cell or code in WORDS | ALARMS or ".inbox." in code


@pytest.mark.parametrize("code", sorted(table(Language.EN)))
def test_a_refusal_is_a_sentence_and_a_line_of_a_list_is_none(code: str) -> None:
    chinese, english = table(Language.ZH_CN)[code], table(Language.EN)[code]
    whole = not is_line(code)

    assert placeholders(chinese) == placeholders(english)
    assert chinese.endswith("。") == whole
    assert english.endswith(".") == whole
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese)


def test_parameters_are_filled_in_and_a_forgotten_one_does_not_raise() -> None:
    assert "20 MB" in sentence("file.too_large", Language.EN, {"limit_mb": 20})
    assert "…" in sentence("file.too_large", Language.EN)


def test_an_unknown_code_says_that_it_failed_and_nothing_else() -> None:
    assert sentence("no.such.code", Language.EN) == table(Language.EN)["error"]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, Language.ZH_CN),
        ("", Language.ZH_CN),
        ("en-GB,en;q=0.9", Language.EN),
        ("zh-TW,en;q=0.9", Language.ZH_CN),
        ("de, en;q=0.4, zh;q=0.3", Language.EN),
        ("fr-FR,de;q=0.5", Language.ZH_CN),
        ("en;q=nonsense, zh;q=0.1", Language.ZH_CN),
        ("en;q=0", Language.ZH_CN),
    ],
)
def test_the_header_chooses_the_language(header: str | None, language: Language) -> None:
    assert best_language(header) is language
