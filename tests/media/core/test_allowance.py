"""What a peer may send: honest encoders never notice it, a flood is limited and told once."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from media.core.allowance import BURST_MS, NO_TRACK_BPS, PACKET_OCTETS, TRACK_BPS, Allowance, Judged


def flow(allowance: Allowance, *, from_s: float, seconds: float, a_second: int) -> Counter[Judged]:
    """Judgements of packets of 1100 octets of a peer with one track."""
    count = round(seconds * a_second)
    times = (from_s * 1000 + number * 1000 / a_second for number in range(count))
    return Counter(allowance.judge(1_100, 1, at_ms) for at_ms in times)


def test_what_is_honest_is_taken_and_a_flood_is_limited_and_told_once() -> None:
    allowance = Allowance()

    honest = flow(allowance, from_s=0, seconds=20, a_second=1_000)
    flood = flow(allowance, from_s=20, seconds=10, a_second=10_000)

    assert honest == {Judged.TAKEN: 20_000}
    assert 12_500 <= flood[Judged.TAKEN] <= 14_000
    assert flood[Judged.FLOODS] == 1
    assert flood.total() == 100_000


def test_short_bursts_with_calm_between_are_no_flood() -> None:
    allowance = Allowance()

    bursts = [flow(allowance, from_s=3 * number, seconds=1, a_second=10_000) for number in range(10)]

    assert all(each[Judged.REFUSED] > 0 for each in bursts)
    assert not any(each[Judged.FLOODS] for each in bursts)


@given(st.lists(st.tuples(st.floats(0, 2_000), st.integers(12, 1_500)), max_size=200), st.integers(0, 8))
def test_never_is_more_taken_than_the_burst_and_what_time_allows(
    packets: list[tuple[float, int]], tracks: int
) -> None:
    allowance, now_ms, taken = Allowance(), 0.0, 0
    octets_a_ms = max(tracks * TRACK_BPS, NO_TRACK_BPS) / 8_000
    for step_ms, octets in packets:
        now_ms += step_ms
        if allowance.judge(octets, tracks, now_ms) is Judged.TAKEN:
            taken += octets + PACKET_OCTETS

    assert taken <= octets_a_ms * (BURST_MS + now_ms) + 1
