"""What is found, and that nothing else is."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_api.search import ask, index_name, index_text, matches
from platform_api.search.normal import normal_text, runs_of
from platform_api.search.tokens import MARK, MAX_PREFIX

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
RARE = st.characters(min_codepoint=0x20000, max_codepoint=0x2A6DF)
DIGITS = st.sampled_from("0123456789")
LETTERS = st.sampled_from(string.ascii_letters)
BETWEEN = st.sampled_from(" ，。-/()_%\\'")
GRAMS = st.text(HAN | RARE | DIGITS, min_size=2, max_size=12)
MIXED = st.text(HAN | RARE | DIGITS | LETTERS | BETWEEN, max_size=40)
ANYTHING = st.text(max_size=40)

PEOPLE = ("张小明", "张伟", "单雄信", "吕布", "欧阳娜娜", "阿卜杜热西提·买买提吐尔逊江", "𬱖小红", "王wei")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("小明", {"张小明"}),
        ("张", {"张小明", "张伟"}),
        ("张明", set()),
        ("zxm", {"张小明"}),
        ("xm", {"张小明"}),
        ("zhangxiaoming", {"张小明"}),
        ("ZhangXiaoM", {"张小明"}),
        ("xiao", {"张小明", "𬱖小红"}),
        ("wei", {"张伟", "王wei"}),
        ("hang", set()),
        ("shanxiongxin", {"单雄信"}),
        ("danxiongxin", {"单雄信"}),
        ("lvbu", {"吕布"}),
        ("lubu", {"吕布"}),
        ("买买提", {"阿卜杜热西提·买买提吐尔逊江"}),
        ("西提买买", {"阿卜杜热西提·买买提吐尔逊江"}),
        ("阿卜杜热西提•买买提", {"阿卜杜热西提·买买提吐尔逊江"}),
        ("𬱖小", {"𬱖小红"}),
        ("张 wei", {"张伟"}),
        ("ＷＥＩ 王", {"王wei"}),
        ("", set()),
        ("%", set()),
        ("  ，", set()),
    ],
)
def test_people_are_found_by_characters_pinyin_and_initials(typed: str, found: set[str]) -> None:
    asked = ask(typed)

    assert {name for name in PEOPLE if not asked.is_empty and matches(asked, index_name(name))} == found


@given(text=MIXED)
def test_every_two_characters_that_stand_together_are_found(text: str) -> None:
    indexed = index_text(text)

    for run in runs_of(text):
        for at in range(len(run.text) - 1 if run.is_gram else 0):
            assert matches(ask(run.text[at : at + 2]), indexed)


@given(before=MIXED, part=GRAMS, after=MIXED)
def test_every_stored_part_is_found_whatever_stands_round_it(before: str, part: str, after: str) -> None:
    assert matches(ask(part), index_text(before + part + after))
    assert matches(ask(part), index_name(before + part + after))


@given(text=MIXED, word=st.text(LETTERS, min_size=1, max_size=30), length=st.integers(1, 30))
def test_every_beginning_of_a_word_is_found(text: str, word: str, length: int) -> None:
    assert matches(ask(word[:length]), index_text(f"{text} {word}"))


@given(text=MIXED, typed=st.text(HAN | RARE | DIGITS, min_size=1, max_size=5) | GRAMS)
def test_characters_that_do_not_stand_together_are_not_found(text: str, typed: str) -> None:
    assert matches(ask(typed), index_text(text)) == (normal_text(typed) in normal_text(text))


@given(
    text=st.text(st.sampled_from("张王小明一二"), max_size=12),
    typed=st.text(st.sampled_from("张王小明"), min_size=1),
)
def test_pairs_that_are_all_there_prove_nothing_yet(text: str, typed: str) -> None:
    assert matches(ask(typed), index_text(text)) == (typed[:60] in text)


@given(text=ANYTHING, typed=ANYTHING)
def test_any_text_can_be_stored_and_asked_for(text: str, typed: str) -> None:
    indexed, asked = index_name(text), ask(typed)

    assert all(token and len(token) <= MAX_PREFIX for token in indexed.tokens)
    assert all(MARK not in token for token in indexed.tokens)
    assert asked.is_empty or isinstance(matches(asked, indexed), bool)


@given(text=ANYTHING)
def test_the_normal_form_is_final(text: str) -> None:
    once = normal_text(text)

    assert runs_of(once) == runs_of(text)


def test_a_mixed_word_is_found_by_all_of_its_runs() -> None:
    scope = index_text("奥林巴斯 GIF-HQ290 胃镜")

    assert matches(ask("hq290"), scope)
    assert matches(ask("290"), scope)
    assert matches(ask("hq 胃镜"), scope)
    assert not matches(ask("q290"), scope)
    assert not matches(ask("291"), scope)


def test_a_beginning_longer_than_the_index_holds_is_proved_on_the_text() -> None:
    stored = index_text("gastroenterology gastrointestinal")

    assert matches(ask("gastroenterol"), stored)
    assert matches(ask("gastrointes"), stored)
    assert not matches(ask("gastroentes"), stored)


def test_a_name_costs_few_tokens() -> None:
    assert len(index_name("张小明").tokens) <= 40
    assert len(index_name("阿卜杜热西提·买买提吐尔逊江").tokens) <= 220


def test_endless_text_is_cut() -> None:
    assert len(index_text("字" * 100_000).text) < 21_000
    assert len(ask("字" * 1000).proofs[0]) == 60
