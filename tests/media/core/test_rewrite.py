"""One unbroken flow out of many sources."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.core.grade import ALL, Grade
from media.core.keyframe import picture_fields
from media.core.packet import MediaPacket, Shape
from media.core.rewrite import Rewriter, continued_timestamp, patch_picture
from media.core.rtp import parse_header
from tests.support.media_factory import vp8


def packet(sequence: int, timestamp: int = 0, *, picture: int = 0, tl0: int = 0) -> MediaPacket:
    data = bytes(12) + vp8(picture=picture, tl0=tl0)
    return MediaPacket(
        sequence=sequence,
        timestamp=timestamp,
        marker=False,
        data=data,
        payload_start=12,
        payload_end=len(data),
        arrival_ms=0,
        picture=picture_fields("VP8", data[12:]),
    )


def send(rewriter: Rewriter, *packets: MediaPacket) -> list[int]:
    """What the forwarding loop does with packets in order; the extended numbers that go out."""
    out = []
    for sent in packets:
        rewriter.last = sent
        out.append(sent.sequence + rewriter.sequence_delta)
    return out


@given(st.lists(st.tuples(st.integers(0, 2**20), st.integers(1, 50)), min_size=1, max_size=20))
def test_numbers_never_restart_or_repeat_whatever_the_sources(stretches: list[tuple[int, int]]) -> None:
    rewriter = Rewriter(first_sequence=77)
    out: list[int] = []

    for index, (start, length) in enumerate(stretches):
        packets = [packet(start + offset) for offset in range(length)]
        rewriter.begin(f"source {index}", packets[0], timestamp=0)
        out += send(rewriter, *packets)

    assert out == list(range(77, 77 + len(out)))
    assert rewriter.highest_sequence == out[-1]


def test_a_late_joiner_starts_below_half_the_range() -> None:
    rewriter = Rewriter(first_sequence=(1 << 15) - 1)
    rewriter.begin("a", packet(9 * 65536), timestamp=0)

    assert send(rewriter, packet(9 * 65536)) == [(1 << 15) - 1]
    with pytest.raises(ValueError, match="below"):
        Rewriter(first_sequence=1 << 15)


def test_timestamps_continue_where_they_are_told_to() -> None:
    rewriter = Rewriter(first_sequence=1)
    rewriter.begin("a", packet(5, 1000), timestamp=0xFFFFFFFF)
    send(rewriter, packet(5, 1000), packet(6, 1003))
    assert rewriter.last_timestamp == 2

    rewriter.begin("b", packet(900, 70_000), timestamp=3002)
    assert rewriter.last_timestamp == 2
    send(rewriter, packet(900, 70_000))

    assert rewriter.last_timestamp == 3002


def test_what_was_sent_is_found_across_switches() -> None:
    rewriter = Rewriter(first_sequence=10)
    rewriter.begin("a", packet(100, 5), timestamp=5)
    send(rewriter, packet(100, 5), packet(101, 5), packet(102, 5))
    rewriter.begin("b", packet(7000, 9), timestamp=99)
    send(rewriter, packet(7000, 9), packet(7001, 9))

    found = [rewriter.find(sequence) for sequence in range(9, 16)]

    assert found[0] is None
    assert [(hit[0].source, hit[1]) for hit in found[1:6] if hit] == [
        ("a", 100),
        ("a", 101),
        ("a", 102),
        ("b", 7000),
        ("b", 7001),
    ]
    assert found[6] is None
    assert found[4] is not None
    assert found[4][0].timestamp_delta == 90


def test_what_was_sent_stays_findable_after_the_end() -> None:
    rewriter = Rewriter(first_sequence=10)
    rewriter.begin("a", packet(100), timestamp=0)
    send(rewriter, packet(100))

    rewriter.close()

    found = rewriter.find(10)
    assert found is not None
    assert (found[0].source, found[1]) == ("a", 100)


def test_numbers_are_found_over_the_wrap() -> None:
    rewriter = Rewriter(first_sequence=1)
    rewriter.begin("a", packet(0), timestamp=0)
    send(rewriter, packet(0), packet(65_600))

    found = rewriter.find(65_535)

    assert found is not None
    assert found[1] == 65_534


def test_what_comes_late_finds_the_place_kept_for_it() -> None:
    rewriter = Rewriter(first_sequence=10)
    rewriter.begin("a", packet(100), timestamp=0)
    send(rewriter, packet(100), packet(104))
    rewriter.begin("b", packet(5), timestamp=0)

    late = rewriter.segment_of("a", 102)

    assert late is not None
    assert late.sequence_delta == -90
    assert rewriter.segment_of("a", 99) is None
    assert rewriter.segment_of("a", 105) is None
    assert rewriter.segment_of("b", 4) is None


def test_dropped_padding_leaves_no_gap() -> None:
    rewriter = Rewriter(first_sequence=10)
    rewriter.begin("a", packet(100), timestamp=0)
    out = send(rewriter, packet(100), packet(101))

    rewriter.skip(102)
    rewriter.skip(103)
    out += send(rewriter, packet(104), packet(105))

    assert out == [10, 11, 12, 13]
    assert [rewriter.find(sequence) and rewriter.find(sequence)[1] for sequence in out] == [  # type: ignore[index]
        100,
        101,
        104,
        105,
    ]


def test_what_is_left_out_closes_up_and_what_is_missing_keeps_its_number() -> None:
    rewriter = Rewriter(first_sequence=10)
    rewriter.begin("a", packet(100), timestamp=0)
    out = send(rewriter, packet(100))

    rewriter.skip(102)  # 101 is missing
    rewriter.skip(103)
    rewriter.regrade(104, Grade(0, 0))
    out += send(rewriter, packet(104))
    rewriter.skip(104)  # late: it was sent

    assert out == [10, 12]
    late = rewriter.segment_of("a", 101)
    assert late is not None
    assert (101 + late.sequence_delta, late.grade) == (11, ALL)
    assert [rewriter.find(number) and rewriter.find(number)[1] for number in (11, 12)] == [101, 104]  # type: ignore[index]


def test_pictures_that_are_left_out_leave_no_gap_in_their_numbers() -> None:
    rewriter = Rewriter(first_sequence=10)
    rewriter.begin("a", packet(100, picture=7), timestamp=0)
    send(rewriter, packet(100, picture=7))
    rewriter.skip_picture(packet(101, picture=8))
    rewriter.skip(102)
    send(rewriter, packet(103, picture=9))
    third = 9 + rewriter.picture_delta
    rewriter.skip_picture(packet(104, picture=10))

    rewriter.begin("b", packet(5, picture=500), timestamp=9000)

    assert third == 8
    assert 500 + rewriter.picture_delta == 9


def test_frames_may_be_laid_anew_in_time() -> None:
    rewriter = Rewriter(first_sequence=10)
    rewriter.begin("a", packet(100, 0), timestamp=500)
    send(rewriter, packet(100, 0), packet(101, 0))

    rewriter.retime(packet(102, 3000), timestamp=590)
    send(rewriter, packet(102, 3000))

    assert rewriter.last_timestamp == 590
    assert rewriter.highest_sequence == 12
    first, second = rewriter.find(11), rewriter.find(12)
    assert first is not None
    assert second is not None
    assert (101 - 101 + first[0].timestamp_delta, (3000 + second[0].timestamp_delta) % 2**32) == (500, 590)


def test_what_was_forgotten_is_not_found() -> None:
    rewriter = Rewriter(first_sequence=10)
    rewriter.begin("a", packet(100), timestamp=0)
    send(rewriter, packet(100), packet(101))

    rewriter.forget_past()
    assert send(rewriter, packet(102)) == [12]

    assert rewriter.find(11) is None
    assert rewriter.find(12) is not None


def test_picture_numbers_go_on_over_a_switch() -> None:
    rewriter = Rewriter(first_sequence=1)
    rewriter.begin("a", packet(1, picture=32_766, tl0=254), timestamp=0)
    send(rewriter, packet(1, picture=32_766, tl0=254), packet(2, picture=32_767, tl0=255))
    patched_from_the_start = rewriter.patches

    other = packet(50, picture=17, tl0=9)
    rewriter.begin("b", other, timestamp=0)

    assert (patched_from_the_start, rewriter.patches) == (False, True)
    buffer = bytearray(other.render(Shape())[0])
    patch_picture(buffer, 12, other, picture_delta=rewriter.picture_delta, tl0_delta=rewriter.tl0_delta)
    assert picture_fields("VP8", buffer[12:]) == picture_fields("VP8", vp8(picture=0, tl0=0))


def test_a_packet_without_numbers_is_left_alone() -> None:
    plain = packet(1)
    plain.picture = None
    buffer = bytearray(plain.data)

    patch_picture(buffer, 12, plain, picture_delta=5, tl0_delta=5)

    assert buffer == plain.data


@pytest.mark.parametrize(
    ("last", "elapsed_ms", "expected"),
    [(0, 1000, 90_000), (0, 0, 1), (0, -500, 1), (2**32 - 1, 1, 89)],
)
def test_time_goes_on_by_what_passed_between_captures(last: int, elapsed_ms: float, expected: int) -> None:
    assert continued_timestamp(last, elapsed_ms, 90_000) == expected


def test_slots_of_one_shape_share_the_rendered_packet() -> None:
    sent = packet(1)
    shape = Shape(mid="5", mid_id=1)

    data, start = sent.render(shape)

    assert sent.render(Shape(mid="5", mid_id=1))[0] is data
    assert data[start:] == sent.payload
    header = parse_header(data)
    assert header.payload_start == start
    assert header.extension_profile == 0xBEDE
    assert sent.render(Shape())[1] == 12
