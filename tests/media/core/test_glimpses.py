"""How fast glimpses go, and how seldom a publisher is asked for one."""

from hypothesis import given
from hypothesis import strategies as st

from media.core.glimpses import CROWDED_SHARE, EVERY_MS, SLACK_MS, GlimpsePace, GlimpseRequests

LONG_MS = 10_000.0


@given(
    bitrate_bps=st.integers(20_000, 2_000_000),
    turn_ms=st.floats(1.0, 40.0),
    octets=st.integers(200, 1_400),
    crowded=st.booleans(),
)
def test_no_more_than_the_rate_is_ever_sent_and_a_quarter_while_the_line_is_crowded(
    bitrate_bps: int, turn_ms: float, octets: int, crowded: bool
) -> None:
    pace = GlimpsePace(bitrate_bps)
    now_ms, sent = LONG_MS, 0
    while now_ms < 2 * LONG_MS:
        while pace.is_due(now_ms):
            pace.sent(octets, now_ms, crowded=crowded)
            sent += octets
        now_ms += turn_ms

    rate = bitrate_bps * (CROWDED_SHARE if crowded else 1.0)
    assert sent <= rate * (LONG_MS + SLACK_MS) / 8_000 + octets + 1
    if turn_ms < SLACK_MS:
        assert sent >= rate * (LONG_MS - 100) / 8_000 - octets


def test_it_tells_how_far_apart_they_begin() -> None:
    pace = GlimpsePace(400_000)

    told = []
    for at_ms in (1_000.0, 3_000.0, 4_000.0):
        pace.began(at_ms)
        told.append(pace.every_ms)

    assert told == [None, 2_000.0, 1_500.0]


def test_many_viewers_are_one_request_in_a_second_and_a_quarter() -> None:
    requests = GlimpseRequests()

    assert [requests.due(None, at_ms) for at_ms in (0.0, 999.0, 1_000.0)] == [True, False, True]
    assert not requests.due(EVERY_MS - 1, 5_000.0)
    assert [requests.due(EVERY_MS, 5_000.0) for _ in range(3)] == [True, False, False]
