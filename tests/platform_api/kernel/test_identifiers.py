"""Numbers that name a person, with the standard's own examples."""

import pytest

from platform_api.kernel.identifiers import (
    NumberFault,
    NumberInvalid,
    citizen_check,
    citizen_number,
    mobile_number,
)


@pytest.mark.parametrize(
    ("body", "last"),
    [
        ("11010519491231002", "X"),
        ("44052418800101001", "4"),
        ("34052419800101001", "X"),
        ("51310119820113001", "4"),
        ("51010619700101123", "4"),
        ("83000019751231002", "6"),
    ],
)
def test_the_last_character_follows_from_the_others(body: str, last: str) -> None:
    assert citizen_check(body) == last
    assert citizen_number(body + last) == body + last


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        " 110105 19491231 002X ",
        "'11010519491231002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105491231002",
    ],
)
def test_a_number_is_read_however_it_was_typed(typed: str) -> None:
    assert citizen_number(typed) == "11010519491231002X"


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("110105194912310021", NumberFault.CHECK),
        ("510106197013011231", NumberFault.DATE),
        ("1.10105E+17", NumberFault.MANGLED),
        ("1.10105e17", NumberFault.MANGLED),
        ("11010519491231", NumberFault.LENGTH),
        ("", NumberFault.LENGTH),
        ("张三", NumberFault.LENGTH),
    ],
)
def test_what_cannot_be_right_says_why(typed: str, fault: NumberFault) -> None:
    with pytest.raises(NumberInvalid) as refused:
        citizen_number(typed)

    assert refused.value.fault is fault


@pytest.mark.parametrize(
    "typed",
    ["13800138000", "+86 138-0013-8000", "008613800138000", "１３８００１３８０００", "8613800138000"],
)
def test_a_mobile_number_is_read_however_it_was_typed(typed: str) -> None:
    assert mobile_number(typed) == "13800138000"


@pytest.mark.parametrize("typed", ["12800138000", "1380013800", "010-12345678", "1.38E+10", "", "abc"])
def test_what_is_no_mobile_number_is_refused(typed: str) -> None:
    with pytest.raises(NumberInvalid):
        mobile_number(typed)
