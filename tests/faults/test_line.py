"""The bad line with real packets between two networks of the kernel."""

from collections.abc import Iterator

import pytest

from tests.bench.table import percentile
from tests.support.impair import Impaired, impaired_device
from tests.support.impair_model import Line
from tests.support.impair_probe import pass_through


@pytest.fixture(scope="module")
def away() -> Iterator[Impaired]:
    with impaired_device(seed=5) as made:
        yield made


def test_a_perfect_line_carries_everything(away: Impaired) -> None:
    away.both(Line())
    before = away.counts()["down"]

    passed = pass_through(away, count=500, a_second=2000)

    assert passed.numbers == tuple(range(500))
    after = away.counts()["down"]
    assert after["packets_out"] - before["packets_out"] >= 500
    assert after["bytes_out"] - before["bytes_out"] >= 500 * 1200


def test_the_line_can_be_changed_while_it_carries(away: Impaired) -> None:
    away.both(Line(loss=0.2, delay_ms=30))
    bad = pass_through(away, count=1000, a_second=2000)
    away.both(Line())
    good = pass_through(away, count=100, a_second=2000)

    assert bad.lost == pytest.approx(0.2, abs=0.05)
    assert min(bad.under_way_ms) >= 30
    assert percentile(bad.under_way_ms, 0.5) < 60
    assert good.lost == 0


def test_the_rate_holds_and_the_queue_is_bounded(away: Impaired) -> None:
    away.set(down=Line(rate_kbps=2000, queue_ms=150), up=Line())
    passed = pass_through(away, count=500, a_second=500)  # 4.9 Mbit/s

    assert passed.lost == pytest.approx(1 - 2000 / 4900, abs=0.1)
    assert percentile(passed.under_way_ms, 0.5) == pytest.approx(155, abs=40)
    away.both(Line())


def test_nothing_comes_through_a_dead_line(away: Impaired) -> None:
    away.both(Line(dead=True))
    assert pass_through(away, count=20, a_second=1000).numbers == ()
    away.both(Line())
    assert pass_through(away, count=20, a_second=1000).lost == 0
