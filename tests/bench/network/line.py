"""What the bad line of the tests can carry, and what it adds of its own. `python -m tests.bench line`."""

from typing import Final

from tests.bench.table import Table, percentile
from tests.support.impair import Impaired, impaired_device
from tests.support.impair_model import Line
from tests.support.impair_probe import pass_through

RATES: Final = (250, 1000, 2000, 3000, 5000, 8000)
SECONDS: Final = 3
DELAY_MS: Final = 20.0


def row(away: Impaired, a_second: int) -> tuple[str, ...]:
    """Packets a second, lost, own delay p50/p99/worst in ms, forwarder's share of a core."""
    before = away.counts()["cpu"]["seconds"]
    passed = pass_through(away, count=a_second * SECONDS, a_second=a_second)
    cpu = away.counts()["cpu"]["seconds"] - before
    own = [ms - DELAY_MS for ms in passed.under_way_ms]
    shown = [f"{value:.2f}" for value in (percentile(own, 0.5), percentile(own, 0.99), max(own, default=0.0))]
    return (str(a_second), f"{passed.lost * 100:.2f} %", *shown, f"{cpu / SECONDS * 100:.0f} %")


def tables() -> list[Table]:
    with impaired_device() as away:
        away.both(Line(delay_ms=DELAY_MS))
        rows = tuple(row(away, rate) for rate in RATES)
    headers = ("packets/s of 1200 bytes", "lost", "added p50 ms", "p99", "worst", "its share of a core")
    return [Table(f"The tests' bad line itself, one way, {DELAY_MS:.0f} ms delay set", headers, rows)]
