"""RTCP compounds in and out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.core import rtcp
from media.core.errors import MalformedPacket
from media.core.twcc import TransportFeedback

BLOCK = rtcp.ReportBlock(
    ssrc=1,
    fraction_lost=25,
    cumulative_lost=-3,
    highest_sequence=70_000,
    jitter=12,
    last_sender_report=0x12345678,
    delay=65_536,
)
PACKETS: list[rtcp.Packet] = [
    rtcp.SenderReport(1, 2**63 + 5, 9000, 10, 1000, (BLOCK,)),
    rtcp.ReceiverReport(1, (BLOCK, BLOCK)),
    rtcp.ReceiverReport(1),
    rtcp.SourceDescription(((1, "scopecast"), (2, "abc"), (3, ""))),
    rtcp.Bye((1, 2)),
    rtcp.Nack(1, 2, (65534, 65535, 0, 14, 200)),
    TransportFeedback(1, 2, 65_530, -7, 255, (4, None, -3, 300, *(None,) * 20, 1)),
    rtcp.Pli(1, 2),
    rtcp.Fir(1, ((2, 7),)),
    rtcp.Remb(1, 8_000_000, (2, 3)),
]


@pytest.mark.parametrize("packet", PACKETS, ids=lambda packet: type(packet).__name__)
def test_what_is_written_is_read(packet: rtcp.Packet) -> None:
    assert rtcp.parse_compound(rtcp.write_compound([packet])) == [packet]


def test_a_compound_keeps_its_order() -> None:
    assert rtcp.parse_compound(rtcp.write_compound(PACKETS)) == PACKETS


def test_losses_are_folded_into_masks() -> None:
    written = rtcp.write_compound([rtcp.Nack(1, 2, tuple(range(100, 117)))])

    assert len(written) == 16


def test_a_large_estimate_is_rounded_down_to_eighteen_bits() -> None:
    (read,) = rtcp.parse_compound(rtcp.write_compound([rtcp.Remb(1, 123_456_789, (2,))]))

    assert isinstance(read, rtcp.Remb)
    assert 0 <= 123_456_789 - read.bitrate_bps < 123_456_789 >> 17


def test_what_is_not_known_is_framed_and_skipped() -> None:
    other_feedback = b"\x88\xcd\x00\x04" + bytes(16)
    extended_report = b"\x80\xcf\x00\x01" + bytes(4)
    application = b"\x80\xcc\x00\x02" + bytes(8)

    read = rtcp.parse_compound(other_feedback + extended_report + application)

    assert read == [rtcp.Unknown(205, 8), rtcp.Unknown(207, 0), rtcp.Unknown(204, 0)]
    with pytest.raises(TypeError):
        rtcp.write_compound(read)


def test_padding_belongs_to_nobody() -> None:
    assert rtcp.parse_compound(b"\xa0\xc9\x00\x02" + bytes(4) + b"\x00\x00\x00\x04") == [
        rtcp.ReceiverReport(0)
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\xc8\x00",
        b"\x40\xc9\x00\x01" + bytes(4),
        b"\x80\xc9\x00\x02" + bytes(4),
        b"\x80\xc9\x00\x00",
        b"\x81\xc9\x00\x01" + bytes(4),
        b"\x80\xc8\x00\x01" + bytes(4),
        b"\x81\xca\x00\x01" + bytes(4),
        b"\x81\xca\x00\x02" + bytes(4) + b"\x01\x09ab",
        b"\x81\xcb\x00\x00",
        b"\x81\xce\x00\x01" + bytes(4),
        b"\x84\xce\x00\x03" + bytes(12),
        b"\x8f\xce\x00\x03" + bytes(8) + b"REMB",
        b"\x8f\xce\x00\x04" + bytes(8) + b"REMB\x09\x00\x00\x00",
        b"\xa0\xc9\x00\x01" + b"\x00\x00\x00\x00",
        b"\xa0\xc9\x00\x01" + b"\x00\x00\x00\x09",
        b"\x80\xcc\x00\x00" * 65,
    ],
)
def test_what_lies_about_itself_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedPacket):
        rtcp.parse_compound(data)


def test_a_loss_list_is_bounded() -> None:
    entries = b"\x00\x00\xff\xff" * 300
    data = b"\x81\xcd" + (2 + 300).to_bytes(2, "big") + bytes(8) + entries

    with pytest.raises(MalformedPacket):
        rtcp.parse_compound(data)


@given(st.binary(max_size=120))
def test_random_bytes_raise_nothing_but_the_declared_error(data: bytes) -> None:
    try:
        rtcp.parse_compound(data)
    except MalformedPacket:
        return


@given(st.integers(0, 31), st.integers(200, 207), st.binary(max_size=60), st.booleans())
def test_random_bodies_raise_nothing_but_the_declared_error(
    count: int, packet_type: int, body: bytes, padded: bool
) -> None:
    body += bytes(-len(body) % 4)
    first = 0xA0 if padded else 0x80
    data = bytes((first | count, packet_type)) + (len(body) // 4).to_bytes(2, "big") + body

    try:
        rtcp.parse_compound(data)
    except MalformedPacket:
        return
