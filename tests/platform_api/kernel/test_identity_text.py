"""What names a person, and what only looks so."""

import pytest

from platform_api.kernel.identity_text import holds_identity


@pytest.mark.parametrize(
    "text",
    [
        "患者 11010519491231002X 胃角凹陷",
        "身份证11010519491231002x。",
        "440524 1880 0101 0014",
        "４４０５２４１８８００１０１００１４",
        "440524-18800101-0014",
        "电话 13812345678",
        "+86 138 1234 5678",
        "座机 0571-87654321",
        "(021)62345678",
    ],
)
def test_an_identity_or_telephone_number_is_found(text: str) -> None:
    assert holds_identity(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "男，61 岁，胃角凹陷 15 mm，0-IIc，HP(+)",
        "2026-11-22 14:00 至 2026-11-22 15:30",
        "110105194912310021 校验位不符",
        "病理号 202611220012345678901",
        "门诊号 12345678901",
        "CEA 3.1 ng/mL，CA19-9 12.5 U/mL，血红蛋白 128 g/L",
        "ESD 时间 00:42:10，出血 0 mL",
    ],
)
def test_a_clinical_text_is_let_through(text: str) -> None:
    assert not holds_identity(text)
