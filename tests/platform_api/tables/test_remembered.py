"""What the statistics said is asked again after a minute, and not kept for ever."""

import pytest

from platform_api.tables import remembered
from platform_api.tables.remembered import KEPT_S, Remembered


def test_a_value_is_kept_for_a_minute_and_no_longer() -> None:
    now = 100.0
    kept = Remembered[int](lambda: now)

    assert kept.get("rows") is None
    assert kept.keep("rows", 7) == 7
    now += KEPT_S
    assert kept.get("rows") == 7
    now += 0.1
    assert kept.get("rows") is None


def test_of_too_many_the_one_asked_for_longest_ago_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 2)
    kept = Remembered[int](lambda: 0.0)

    kept.keep("a", 1)
    kept.keep("b", 2)
    assert kept.get("a") == 1
    kept.keep("c", 3)

    assert [kept.get(each) for each in "abc"] == [1, None, 3]
