"""Redundant audio as bytes: what is written is read again, what is wrong is refused."""

import random

import pytest

from media.core.errors import MalformedPacket
from media.core.red import MAX_OFFSET, Opened, Redundant, open_red, red_payload, redundant_of
from media.core.rtp import build_packet, parse_header


def opened(payload: bytes, *, sequence: int = 1, timestamp: int = 960, padding: int = 0) -> Opened:
    data = build_packet(
        payload_type=63, sequence=sequence, timestamp=timestamp, ssrc=7, payload=payload, padding=padding
    )
    return open_red(data, parse_header(data), block_type=111)


def head(offset: int, size: int, *, kind: int = 111) -> bytes:
    return ((0x80 | kind) << 24 | offset << 10 | size).to_bytes(4, "big")


def seen(packet: bytes) -> tuple[int, int, int, bytes]:
    """(payload type, sequence, timestamp, payload)."""
    header = parse_header(packet)
    return header.payload_type, header.sequence, header.timestamp, packet[header.payload_start :]


def test_what_is_written_is_read_again_across_the_wrap_of_its_numbers() -> None:
    before = redundant_of(b"now", 400, b"before", 400 - 960 & 0xFFFFFFFF)

    primary, (earlier,) = opened(red_payload(b"now", before, block_type=111), sequence=0, timestamp=400)

    assert seen(primary) == (111, 0, 400, b"now")
    assert seen(earlier) == (111, 65535, 400 - 960 & 0xFFFFFFFF, b"before")


def test_packet_without_a_past_is_itself_alone() -> None:
    primary, earlier = opened(red_payload(b"now", None, block_type=111), padding=4)

    assert (seen(primary), earlier) == ((111, 1, 960, b"now"), ())


def test_several_generations_come_the_oldest_first() -> None:
    payload = head(1920, 3) + head(960, 3) + bytes((111,)) + b"oldmidnew"

    primary, earlier = opened(payload, sequence=9, timestamp=9600)

    assert [seen(each)[1:] for each in (*earlier, primary)] == [
        (7, 7680, b"old"),
        (8, 8640, b"mid"),
        (9, 9600, b"new"),
    ]


def test_foreign_and_empty_blocks_hide_those_behind_them() -> None:
    payload = head(1920, 1) + head(960, 1, kind=9) + head(480, 1) + bytes((111,)) + b"abcd"

    primary, earlier = opened(payload, sequence=9)

    assert [seen(each)[3] for each in (*earlier, primary)] == [b"c", b"d"]


@pytest.mark.parametrize(
    "payload",
    [b"", head(960, 1), head(960, 9) + bytes((111, 1)), bytes((111,)), head(960, 0) * 9 + bytes((111, 1))],
)
def test_what_is_cut_off_or_endless_is_refused(payload: bytes) -> None:
    with pytest.raises(MalformedPacket):
        opened(payload)


def test_any_bytes_end_in_packets_or_in_a_refusal() -> None:
    noise = random.Random(2198)
    taken = 0
    for _ in range(5_000):
        try:
            primary, earlier = opened(noise.randbytes(noise.randrange(0, 60)))
        except MalformedPacket:
            continue
        taken += 1
        assert all(parse_header(each).payload_end > 12 for each in (primary, *earlier))
    assert taken > 500


@pytest.mark.parametrize(
    ("payload", "timestamp", "before"),
    [
        (b"now", MAX_OFFSET + 1, b"before"),
        (b"now", 0, b"before"),
        (b"now", 960, b""),
        (b"now", 960, bytes(1024)),
        (bytes(600), 960, bytes(600)),
    ],
)
def test_what_does_not_fit_goes_alone(payload: bytes, timestamp: int, before: bytes) -> None:
    assert redundant_of(payload, timestamp, before, 0) is None
    assert redundant_of(b"now", MAX_OFFSET, b"before", 0) == Redundant(MAX_OFFSET, b"before")
