"""Transport-wide feedback: bytes to statuses and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.core import rtcp
from media.core.errors import MalformedPacket
from media.core.twcc import TICK_MS, TransportFeedback, make_feedback, parse_feedback, write_feedback

# (gap to the number before, ms since the arrival before; negative for what overtook)
REFERENCE_WRAP_MS = 64 * 2**24
ROUNDING_MS = 1e-6
STEPS = st.lists(st.tuples(st.integers(1, 40), st.floats(-200, 900)), min_size=1, max_size=80)


def arrivals_of(first: int, start_ms: float, steps: list[tuple[int, float]]) -> list[tuple[int, float]]:
    number, at_ms, arrivals = first, start_ms, []
    for gap, later_ms in steps:
        arrivals.append((number & 0xFFFF, at_ms))
        number, at_ms = number + gap, at_ms + later_ms
    return arrivals


@given(st.integers(0, 0xFFFF), st.floats(20_000, 1e9), STEPS)
def test_arrivals_come_back_to_a_quarter_of_a_millisecond(
    first: int, start_ms: float, steps: list[tuple[int, float]]
) -> None:
    arrivals = arrivals_of(first, start_ms, steps)

    made, held = make_feedback(1, 2, 300, arrivals)
    (read,) = rtcp.parse_compound(rtcp.write_compound([made]))

    assert isinstance(read, TransportFeedback)
    assert read == made
    assert held == len(arrivals)
    told = [(sequence, at_ms) for sequence, at_ms in read.statuses() if at_ms is not None]
    assert [sequence for sequence, _ in told] == [sequence for sequence, _ in arrivals]
    wrapped = round((arrivals[0][1] - told[0][1]) / REFERENCE_WRAP_MS) * REFERENCE_WRAP_MS
    for (_, at_ms), (_, told_ms) in zip(arrivals, told, strict=True):
        assert -ROUNDING_MS <= at_ms - told_ms - wrapped <= TICK_MS + ROUNDING_MS
    assert len(read.deltas) == ((arrivals[-1][0] - arrivals[0][0]) & 0xFFFF) + 1


def test_a_time_that_does_not_fit_ends_the_feedback() -> None:
    made, held = make_feedback(1, 2, 0, [(1, 0.0), (2, 9_000.0), (3, 9_001.0)])

    assert (held, made.deltas) == (1, (0,))
    assert make_feedback(1, 2, 0, [(0, 0.0), (5000, 1.0)])[1] == 1
    with pytest.raises(ValueError, match="nothing"):
        make_feedback(1, 2, 0, [])


def test_all_three_kinds_of_chunk_are_read() -> None:
    body = bytes(
        (
            *(0, 9, 0, 24, 0xFF, 0xFF, 0xFF, 1),  # base 9, 24 statuses, reference -1
            *(0x00, 0x03),  # a run of three that did not arrive
            *(0xA0, 0x00),  # one bit each: the first of fourteen
            *(0xC9, 0x00),  # two bits each: 0, 2, 1 and four that did not arrive
            *(5, 0xFF, 0xFE, 6),
        )
    )

    read = parse_feedback(1, 2, body)

    assert (read.base, read.reference, read.number) == (9, -1, 1)
    assert {place: delta for place, delta in enumerate(read.deltas) if delta is not None} == {
        3: 5,
        18: -2,
        19: 6,
    }
    assert [at for _, at in read.statuses() if at is not None] == [-62.75, -63.25, -61.75]
    with pytest.raises(MalformedPacket):
        parse_feedback(1, 2, body[:17])


def test_long_runs_take_two_bytes() -> None:
    everything = make_feedback(1, 2, 0, [(number, 0.0) for number in range(1000)])[0]

    assert len(write_feedback(everything)) == 8 + 2 + 1000


@pytest.mark.parametrize(
    "body",
    [
        b"",
        bytes(7),
        b"\x00\x00\x00\x01" + bytes(4),
        b"\x00\x00\xff\xff" + bytes(4) + b"\x1f\xff",
        b"\x00\x00\x00\x01" + bytes(4) + b"\x00\x00",
        b"\x00\x00\x00\x01" + bytes(4) + b"\x60\x01\x00",
        b"\x00\x00\x00\x02" + bytes(4) + b"\x40\x02\x00\x00\x00",
    ],
    ids=["empty", "head", "no chunk", "endless", "empty run", "reserved", "no delta"],
)
def test_what_lies_about_itself_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse_feedback(1, 2, body)


@given(st.integers(0, 0x1FFF), st.binary(max_size=80))
def test_random_bytes_raise_nothing_but_the_declared_error(count: int, rest: bytes) -> None:
    try:
        read = parse_feedback(1, 2, b"\x00\x01" + count.to_bytes(2, "big") + rest)
    except MalformedPacket:
        return
    assert len(read.deltas) == count
    assert parse_feedback(1, 2, write_feedback(read)) == read
