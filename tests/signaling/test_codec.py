import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.codec import Unreadable, decode, dumps, encode, loads
from signaling.errors import Malformed
from signaling.messages import REQUESTS
from signaling.messages.envelope import MAX_JSON_DEPTH, MAX_MESSAGE_BYTES

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_what_is_written_is_read_again(value: object) -> None:
    text = dumps(value)

    try:
        assert loads(text) == value
    except Unreadable:
        assert text.count("[") + text.count("{") > MAX_JSON_DEPTH


@given(st.text(alphabet='[]{}",:\\0aN-', max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Unreadable):
        loads(text)


def test_depth_is_counted_outside_strings_only() -> None:
    assert loads('["' + "[" * 500 + '"]') == ["[" * 500]
    assert loads("[" * MAX_JSON_DEPTH + "]" * MAX_JSON_DEPTH)
    with pytest.raises(Unreadable):
        loads("[" * (MAX_JSON_DEPTH + 1) + "]" * (MAX_JSON_DEPTH + 1))


def test_SC_04_a_string_without_an_end_costs_one_reading() -> None:
    """Read anew from each of its quotes, the largest message held the server for twenty minutes."""
    begun = "[]," * MAX_JSON_DEPTH
    for endless in ('\\"', '"\\', '\\\n"'):
        text = f'[{begun}"{endless * (MAX_MESSAGE_BYTES // len(endless))}'

        with pytest.raises(Unreadable):
            loads(text)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_json_has_not_are_refused(value: str) -> None:
    with pytest.raises(Unreadable):
        loads(f"[{value}]")
    with pytest.raises(ValueError):
        dumps(float(value))


def test_the_first_wrong_field_is_named() -> None:
    spec = REQUESTS["media.offer"]

    for data, field in (
        ([], ""),
        ({}, "peer"),
        ({"peer": "peer-0001", "sdp": "v=0", "extra": 1}, "extra"),
        (
            {"peer": "peer-0001", "sdp": "", "publications": [{"mid": "0", "source": "x"}]},
            "publications.0.source",
        ),
    ):
        with pytest.raises(Malformed) as refused:
            decode(spec, data)
        assert (refused.value.code, refused.value.field) == ("message.invalid", field)
    good = {"peer": "peer-0001", "sdp": "v=0", "publications": [], "restarts_ice": False}
    assert encode(decode(spec, good)) == good
