"""What may be put at all."""

from dataclasses import replace
from typing import Any

import pytest

from platform_api.inbox.model import MAX_PARAM_CHARS, Item, to_user
from platform_api.inbox.rules import check_item, clean_params

ITEM = Item(
    kind="qa.answered",
    subject_type="question",
    subject="0192f000-0000-7000-8000-000000000001",
    receiver=to_user("0192f000-0000-7000-8000-000000000002"),
    title="qa.inbox.answered",
    link="/app/qa/0192f000-0000-7000-8000-000000000001?answer=1",
)


def test_a_whole_item_is_let_through() -> None:
    check_item(ITEM)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "answered"},
        {"kind": "Qa.answered"},
        {"title": "qa.inbox.no_such_sentence"},
        {"link": "https://elsewhere.example/"},
        {"link": "//elsewhere.example/app/"},
        {"link": "/app//elsewhere.example"},
        {"link": "/app/javascript:alert(1)"},
        {"link": "/app/" + "x" * 300},
        {"params": {f"p{number}": 1 for number in range(7)}},
    ],
)
def test_what_only_a_fault_of_ours_makes_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        check_item(replace(ITEM, **change))


def test_parameters_lose_what_names_a_person_and_grow_no_longer_than_a_line() -> None:
    cleaned = clean_params({"title": "患者电话 13812345678", "long": "胃" * 500, "name": "王医生", "n": 3})

    assert cleaned["title"] == "…"
    assert len(str(cleaned["long"])) == MAX_PARAM_CHARS
    assert (cleaned["name"], cleaned["n"]) == ("王医生", 3)
