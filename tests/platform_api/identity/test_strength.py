"""Which passwords fall to few guesses, by a person who knows the owner and the house (AU-06)."""

from time import perf_counter

import pytest

from platform_api.identity.errors import PasswordWeak
from platform_api.identity.rules import MAX_PASSWORD, check_password
from platform_api.identity.strength import WORDS, is_guessable

JUDGED_WITHIN_S = 0.5


def refused(password: str, *, username: str = "expert", name: str = "") -> bool:
    try:
        check_password(password, username=username, name=name)
    except PasswordWeak as weak:
        return weak.code == "password.common"
    return False


@pytest.mark.parametrize(
    "password",
    [
        *(
            "Password123",
            "P@ssw0rd2026",
            "qwertyuiop",
            "1qaz2wsx3edc",
            "zaq12wsxcde3",
            "a123456789",
            "iloveyou1234",
        ),
        *(
            "woaini5201314",
            "Woaini1314520",
            "qq123456789",
            "zhongguo2026",
            "13800138000",
            "aa123456789",
        ),
        *(
            "yiyuan123456",
            "neijing2026",
            "hushi20260101",
            "Hospital2026",
            "doctor12345",
            "scopecast2026",
            "shoushushi1",
        ),
        *("aaaaaaaaaaaa", "abcabcabcabc", "20260101010101", "abcdefghijkl", "1" * MAX_PASSWORD),
    ],
)
def test_AU_06_common_passwords_keys_in_a_row_dates_and_words_of_hospitals_are_refused(password: str) -> None:
    assert refused(password)


@pytest.mark.parametrize(
    "password",
    [
        "a-long-enough-one",
        "another-long-one",
        "内镜示教-2026-很长",
        "一个相当长的新密码喔",
        "kd8s-jw3m-pq2x",
        "正确的马电池订书钉",
    ],
)
def test_AU_06_long_phrases_and_random_ones_are_taken(password: str) -> None:
    assert not refused(password.ljust(10, "呀"))


def test_AU_06_what_is_known_of_the_owner_makes_a_password_weak() -> None:
    assert not refused("oyangxiuzhen77")
    assert refused("oyangxiuzhen77", username="oyangxiuzhen")
    assert refused("wangwei1990", name="王伟")
    assert refused("Featherstonehaugh1", name="Featherstonehaugh")


def test_AU_06_the_words_of_the_house_are_many_and_each_begins_no_good_password() -> None:
    assert len(WORDS) > 150
    assert [word for word in WORDS if not is_guessable(f"{word}123", about=())] == []


def test_AU_06_the_longest_password_is_judged_in_no_time() -> None:
    began = perf_counter()
    for password in ("ab1!" * 32, "x" * MAX_PASSWORD, "correcthorse" * 10, "1qaz2wsx" * 16):
        is_guessable(password, about=("expert",))

    assert perf_counter() - began < 4 * JUDGED_WITHIN_S
