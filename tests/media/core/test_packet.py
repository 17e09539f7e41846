"""How a packet looks to subscribers of one shape."""

from media.core.extensions import decode_capture_time, elements, encode_audio_level
from media.core.packet import PLAIN, MediaPacket, Shape
from media.core.rtp import RtpHeader, parse_header

SHAPE = Shape(mid="12", mid_id=3, capture_time_id=5, audio_level_id=7)


def packet(*, payload: bytes = b"voice", level: bytes | None = None) -> MediaPacket:
    data = bytes(12) + payload
    return MediaPacket(
        sequence=1,
        timestamp=2,
        marker=True,
        data=data,
        payload_start=12,
        payload_end=len(data),
        arrival_ms=1000,
        audio_level=level,
    )


def test_only_what_was_negotiated_and_is_known_is_written() -> None:
    level = encode_audio_level(-30)
    sent = packet(level=level)
    sent.capture_ms = 1_790_000_000_000.0

    data, start = sent.render(SHAPE)
    found = elements(data, parse_header(data))

    assert data[start:] == b"voice"
    assert set(found) == {3, 5, 7}
    assert (found[3], found[7]) == (b"12", level)
    assert abs(decode_capture_time(found[5])[0] - sent.capture_ms) < 0.01
    assert set(elements(*_parsed(packet(), SHAPE))) == {3}
    assert packet().render(PLAIN) == (b"\x80" + bytes(11) + b"voice", 12)


def _parsed(sent: MediaPacket, shape: Shape) -> tuple[bytes, RtpHeader]:
    data, _ = sent.render(shape)
    return data, parse_header(data)


def test_what_was_rendered_can_be_forgotten_and_made_again_the_same() -> None:
    sent = packet()
    first, _ = sent.render(SHAPE)

    sent.forget_rendered()
    again, _ = sent.render(SHAPE)

    assert again == first
    assert again is not first


def test_padding_alone_is_no_media() -> None:
    assert packet(payload=b"").is_padding
    assert not packet().is_padding
