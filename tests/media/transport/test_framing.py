"""RFC 4571: what comes out of a stream is what went in, however it was cut."""

from struct import pack

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from media.transport.framing import BadFrame, Deframer, framed, is_check, is_success

DATAGRAM = st.binary(min_size=8, max_size=1500)


def check(*, cookie: bytes = bytes.fromhex("2112a442")) -> bytes:
    """A Binding request as browsers send it."""
    request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    request.attributes["USERNAME"] = "ours:theirs"
    request.attributes["PRIORITY"] = 1
    request.add_message_integrity(b"password")
    data = bytes(request)
    return data[:4] + cookie + data[8:]


@given(st.lists(DATAGRAM, max_size=6), st.integers(min_value=1, max_value=700))
def test_frames_come_out_as_they_went_in(datagrams: list[bytes], step: int) -> None:
    stream = b"".join(map(framed, datagrams))
    deframer = Deframer()

    found = [frame for at in range(0, len(stream), step) for frame in deframer.feed(stream[at : at + step])]

    assert found == datagrams


@pytest.mark.parametrize("length", [0, 7, 1501, 65535])
def test_a_length_that_no_datagram_has_is_refused_at_once(length: int) -> None:
    with pytest.raises(BadFrame):
        Deframer().feed(pack(">H", length))


def test_only_a_whole_check_opens_a_line() -> None:
    whole = check()

    assert is_check(whole)
    assert not is_success(whole)
    spoilt = (b"", whole[:-1], whole[:20], whole + bytes(4), check(cookie=bytes(4)), b"\x16" + whole[1:])
    assert [item for item in spoilt if is_check(item)] == []


@given(st.binary(max_size=200))
def test_no_bytes_break_the_look_at_them(data: bytes) -> None:
    assert not is_check(data)
    assert not is_success(data)
