import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_api.tables.masks import Masking, masked


@pytest.mark.parametrize(
    ("value", "masking", "shown"),
    [
        ("张小明", Masking.NAME, "张**"),
        ("张伟", Masking.NAME, "张*"),
        ("欧阳锋", Masking.NAME, "欧阳*"),
        ("欧阳", Masking.NAME, "欧*"),
        ("王", Masking.NAME, "*"),
        ("阿卜杜热西提·买买提吐尔逊江", Masking.NAME, "阿***"),
        ("𬱖小红", Masking.NAME, "𬱖**"),
        ("510106196601011234", Masking.IDENTITY, "5101**********1234"),
        ("13812345678", Masking.PHONE, "138****5678"),
        ("1381234567", Masking.PHONE, "********"),
        ("12345", Masking.IDENTITY, "********"),
        ("四川省成都市武侯区某街 1 号", Masking.ADDRESS, "四川省成都市***"),
        ("成都市", Masking.ADDRESS, "***"),
        ("任何话", Masking.WHOLE, "***"),
        ("", Masking.NAME, ""),
    ],
)
def test_PR_03_a_value_is_masked_as_people_know_it(value: str, masking: Masking, shown: str) -> None:
    assert masked(value, masking) == shown


@given(value=st.text(min_size=1, max_size=60), masking=st.sampled_from(Masking))
def test_PR_03_no_mask_shows_the_whole_value(value: str, masking: Masking) -> None:
    shown = masked(value, masking)

    assert "*" in shown
    assert shown.replace("*", "") == "" or len(shown.replace("*", "")) < len(value) or "*" in value


@given(value=st.text(st.sampled_from("0123456789"), min_size=18, max_size=18))
def test_PR_03_ten_digits_of_an_identity_number_are_never_sent(value: str) -> None:
    shown = masked(value, Masking.IDENTITY)

    assert (shown[:4], shown[4:14], shown[14:]) == (value[:4], "*" * 10, value[14:])
