"""Where keyframes begin, for each codec, and how often they are asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.core.keyframe import KeyframeRequests, begins_keyframe, picture_fields

CODECS = ("VP8", "VP9", "H264", "AV1")


@pytest.mark.parametrize(
    ("codec", "payload", "begins"),
    [
        ("VP8", b"\x10\x10", True),
        ("VP8", b"\x10\x11", False),
        ("VP8", b"\x00\x10", False),
        ("VP8", b"\x11\x10", False),
        ("VP8", b"\x90\x80\x05\x10", True),
        ("VP8", b"\x90\xf0\x85\x05\x01\x20\x10", True),
        ("VP8", b"\x90\xf0\x85\x05\x01\x20\x11", False),
        ("VP8", b"\x90\xf0\x85\x05\x01\x20", False),
        ("VP8", b"\x10", False),
        ("VP9", b"\x08\x00", True),
        ("VP9", b"\x48\x00", False),
        ("VP9", b"\x00\x00", False),
        ("VP9", b"\xa8\x81\x02\x00\x01", True),
        ("VP9", b"\xa8\x81\x02\x02\x01", False),
        ("VP9", b"\xa8\x05\x00\x01", True),
        ("VP9", b"\xa8", False),
        ("H264", b"\x65\x88", True),
        ("H264", b"\x67\x42", True),
        ("H264", b"\x68\xce", False),
        ("H264", b"\x41\x9a", False),
        ("H264", b"\x78\x00\x02\x67\x42\x00\x02\x68\xce", True),
        ("H264", b"\x78\x00\x02\x68\xce\x00\x02\x65\x88", True),
        ("H264", b"\x78\x00\x02\x41\x9a", False),
        ("H264", b"\x7c\x85\x88", True),
        ("H264", b"\x7c\x05\x88", False),
        ("H264", b"\x7c\x45\x88", False),
        ("H264", b"\x7c\x81\x88", False),
        ("AV1", b"\x18\x0a", True),
        ("AV1", b"\x10\x0a\x0b", True),
        ("AV1", b"\x20\x03\x0a\x0b\x00", True),
        ("AV1", b"\x00\x03\x0a\x0b\x00", True),
        ("AV1", b"\x10\x32\x00", False),
        ("AV1", b"\x90\x0a\x0b", False),
        ("AV1", b"\x18", False),
        ("opus", b"", True),
    ],
)
def test_keyframes_are_told_by_their_first_bytes(codec: str, payload: bytes, begins: bool) -> None:
    assert begins_keyframe(codec, payload) is begins
    assert begins_keyframe(codec, memoryview(payload)) is begins


@given(st.sampled_from(CODECS), st.binary(max_size=40))
def test_random_payloads_raise_nothing(codec: str, payload: bytes) -> None:
    assert begins_keyframe(codec, payload) in (True, False)
    fields = picture_fields(codec, payload)
    if fields is not None:
        assert fields.picture_offset < len(payload)
        assert fields.tl0_offset < len(payload)


@pytest.mark.parametrize(
    ("codec", "payload", "expected"),
    [
        ("VP8", b"\x10\x00", (-1, 0, -1)),
        ("VP8", b"\x90\x80\x05\x00", (2, 7, -1)),
        ("VP8", b"\x90\xc0\x85\x05\x09\x00", (2, 15, 4)),
        ("VP9", b"\x88\x85\x05\x00", (1, 15, -1)),
        ("VP9", b"\xa8\x05\x00\x09", (1, 7, 3)),
        ("VP9", b"\xb8\x05\x00\x09", (1, 7, -1)),
    ],
)
def test_running_numbers_are_found(codec: str, payload: bytes, expected: tuple[int, int, int]) -> None:
    fields = picture_fields(codec, payload)

    assert fields is not None
    assert (fields.picture_offset, fields.picture_bits, fields.tl0_offset) == expected


@pytest.mark.parametrize("payload", [b"", b"\x90", b"\x90\x80", b"\x90\x80\x80", b"\x90\xc0\x01"])
def test_descriptors_cut_off_have_no_numbers(payload: bytes) -> None:
    assert picture_fields("VP8", payload) is None
    assert picture_fields("H264", payload) is None


def test_requests_within_half_a_second_become_one() -> None:
    requests = KeyframeRequests()
    sent = []
    for now_ms in range(0, 2000, 50):
        requests.ask()
        if requests.due(now_ms):
            sent.append(now_ms)

    assert sent == [0, 500, 1000, 1500]
    assert requests.sent == 4


def test_a_request_that_waited_falls_away_when_a_keyframe_comes() -> None:
    requests = KeyframeRequests()
    requests.ask()
    assert requests.due(0)
    requests.ask()
    assert not requests.due(100)
    assert requests.waiting

    requests.keyframe_came()

    assert not requests.due(1000)
