"""Header extensions in both forms of RFC 8285."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.core.errors import MalformedPacket
from media.core.extensions import (
    decode_audio_level,
    decode_capture_time,
    decode_name,
    elements,
    encode_audio_level,
    encode_block,
    encode_capture_time,
    ntp_to_unix_ms,
    unix_ms_to_ntp,
)
from media.core.rtp import build_packet, parse_header


def with_block(block: bytes) -> bytes:
    return build_packet(payload_type=96, sequence=1, timestamp=2, ssrc=3, payload=b"x", extension_block=block)


def read(block: bytes) -> dict[int, bytes]:
    data = with_block(block)
    return elements(data, parse_header(data))


@pytest.mark.parametrize(
    ("items", "profile"),
    [
        ([(1, b"5")], b"\xbe\xde"),
        ([(1, b"5"), (14, bytes(16))], b"\xbe\xde"),
        ([(15, b"5")], b"\x10\x00"),
        ([(1, b"")], b"\x10\x00"),
        ([(2, bytes(17)), (200, b"q")], b"\x10\x00"),
    ],
)
def test_what_is_written_is_read_in_the_shortest_form(items: list[tuple[int, bytes]], profile: bytes) -> None:
    block = encode_block(items)

    assert block[:2] == profile
    assert len(block) % 4 == 0
    assert read(block) == dict(items)


def test_no_items_make_no_block() -> None:
    assert encode_block([]) == b""


@pytest.mark.parametrize(
    ("block", "found"),
    [
        (b"\xbe\xde\x00\x01\x00\x10a\x00", {1: b"a"}),
        (b"\xbe\xde\x00\x01\x10a\xf0b", {1: b"a"}),
        (b"\xbe\xde\x00\x01\x00b\x00\x00", None),
        (b"\x10\x0f\x00\x01\x01\x01a\x00", {1: b"a"}),
        (b"\x12\x34\x00\x01\x10a\x10b", {}),
        (b"\xbe\xde\x00\x01\x10a\x10b", {1: b"a"}),
        (b"\xbe\xde\x00\x01\x13abc", None),
        (b"\x10\x00\x00\x01\x01\x05ab", None),
        (b"\x10\x00\x00\x01\x00\x00\x00\x01", None),
    ],
)
def test_padding_reserved_ids_and_lies_about_length(block: bytes, found: dict[int, bytes] | None) -> None:
    if found is None:
        with pytest.raises(MalformedPacket):
            read(block)
    else:
        assert read(block) == found


@given(st.sampled_from([0xBEDE, 0x1000, 0x100F, 0x1234]), st.binary(max_size=80))
def test_random_blocks_raise_nothing_but_the_declared_error(profile: int, body: bytes) -> None:
    body += bytes(-len(body) % 4)
    block = profile.to_bytes(2, "big") + (len(body) // 4).to_bytes(2, "big") + body

    try:
        found = read(block)
    except MalformedPacket:
        return
    assert all(0 < identifier < 256 for identifier in found)


@pytest.mark.parametrize("value", [b"", b"a" * 33, b"a b", b"\x00", "ä".encode()])
def test_names_are_short_and_printable(value: bytes) -> None:
    assert decode_name(b"h~1") == "h~1"
    with pytest.raises(MalformedPacket):
        decode_name(value)


def test_loudness_is_negative_dbov() -> None:
    assert decode_audio_level(encode_audio_level(-45, voice=True)) == -45
    assert decode_audio_level(b"\x7f") == -127
    with pytest.raises(MalformedPacket):
        decode_audio_level(b"")


def test_capture_time_keeps_a_hundredth_of_a_millisecond() -> None:
    moment = 1_790_000_000_123.45

    stamp, none = decode_capture_time(encode_capture_time(moment))
    assert stamp == pytest.approx(moment, abs=0.01)
    assert none == 0.0
    offset = (-(2**31)).to_bytes(8, "big", signed=True)
    assert decode_capture_time(encode_capture_time(moment) + offset)[1] == -500.0
    with pytest.raises(MalformedPacket):
        decode_capture_time(bytes(9))


def test_ntp_time_begins_in_1900() -> None:
    assert unix_ms_to_ntp(0) == 2_208_988_800 << 32
    assert ntp_to_unix_ms(2_208_988_800 << 32) == 0
