"""Headers as RFC 3550 5.1 lays them out, and everything that is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.core.errors import MalformedPacket
from media.core.rtp import build_packet, parse_header, rewrite_identity, rtx_payload, unwrap_rtx


def packet(payload: bytes = b"abc", **fields: object) -> bytes:
    values: dict[str, object] = {
        "payload_type": 96,
        "sequence": 7,
        "timestamp": 9000,
        "ssrc": 0xABCD,
        "payload": payload,
    }
    return build_packet(**(values | fields))  # type: ignore[arg-type]


def test_what_was_built_is_what_is_read() -> None:
    data = packet(marker=True, extension_block=b"\xbe\xde\x00\x01\x10\x35\x00\x00", padding=4)

    header = parse_header(data)

    assert (header.marker, header.payload_type, header.sequence) == (True, 96, 7)
    assert (header.timestamp, header.ssrc) == (9000, 0xABCD)
    assert header.extension_profile == 0xBEDE
    assert data[header.extension_start : header.extension_end] == b"\x10\x35\x00\x00"
    assert data[header.payload_start : header.payload_end] == b"abc"


def test_contributing_sources_are_skipped() -> None:
    data = bytearray(packet(bytes(8) + b"payload"))
    data[0] |= 2

    header = parse_header(data)

    assert data[header.payload_start :] == b"payload"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80" * 11,
        b"\x40" + bytes(11),
        b"\x81" + bytes(11),
        b"\x90" + bytes(11),
        b"\x90" + bytes(11) + b"\xbe\xde\x00\x01",
        b"\xa0" + bytes(11),
        b"\xa0" + bytes(11) + b"\x00",
        b"\xa0" + bytes(11) + b"ab\x04",
    ],
)
def test_what_is_no_packet_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse_header(data)


def test_the_length_given_counts_and_not_the_buffer() -> None:
    buffer = bytearray(packet()) + bytes(100)

    assert parse_header(buffer, 15).payload_end == 15
    with pytest.raises(MalformedPacket):
        parse_header(buffer, 11)
    with pytest.raises(MalformedPacket):
        parse_header(buffer, len(buffer) + 1)


@given(st.binary(max_size=200))
def test_random_bytes_raise_nothing_but_the_declared_error(data: bytes) -> None:
    try:
        header = parse_header(data)
    except MalformedPacket:
        return
    assert 12 <= header.payload_start <= header.payload_end <= len(data)


def test_identity_is_written_modulo_its_width() -> None:
    data = bytearray(packet())

    rewrite_identity(data, marker=True, payload_type=100, sequence=65536 + 3, timestamp=2**32 + 4, ssrc=5)

    header = parse_header(data)
    assert (header.marker, header.payload_type, header.sequence) == (True, 100, 3)
    assert (header.timestamp, header.ssrc) == (4, 5)
    assert data[12:] == b"abc"


def test_a_retransmission_gives_back_the_packet_that_was_lost() -> None:
    original = packet(marker=True)
    data = packet(rtx_payload(7, b"abc"), payload_type=97, sequence=900, ssrc=0xEEEE, marker=True, padding=3)

    unwrapped = unwrap_rtx(data, parse_header(data), ssrc=0xABCD, payload_type=96)

    assert unwrapped == original


def test_a_retransmission_without_a_sequence_number_is_refused() -> None:
    data = packet(b"\x01")

    with pytest.raises(MalformedPacket):
        unwrap_rtx(data, parse_header(data), ssrc=1, payload_type=96)
