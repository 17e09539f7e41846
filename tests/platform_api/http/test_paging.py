"""Cursors hold the key of the last row and nothing that was not ours."""

import base64
from datetime import UTC, datetime

import pytest

from platform_api.http.paging import CursorInvalid, cut_page, decode_cursor, decode_id_cursor, encode_cursor
from platform_api.kernel.ids import new_id

NOW = datetime(2026, 11, 22, 8, 30, 1, 5, tzinfo=UTC)


def test_a_cursor_gives_back_its_key() -> None:
    key = (NOW, "内镜", 7)

    assert decode_cursor(encode_cursor(*key), datetime, str, int) == key


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "bnVsbA",
        encode_cursor("x"),
        encode_cursor("x", "y"),
        encode_cursor(2**63),
        "WyIyMDI2LTAxLTAxIl0",
    ],
)
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        decode_cursor(cursor, datetime)
    with pytest.raises(CursorInvalid):
        decode_id_cursor(cursor or "A")


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (b'["0001-01-01T00:00:00+14:00"]', datetime),
        (b'["9999-12-31T23:59:59-14:00"]', datetime),
        (b'["\\ud800"]', str),
        (b"[" * 3000, str),
        (b"\xff", str),
    ],
)
def test_OP_07_a_cursor_made_by_hand_holds_what_the_database_takes_or_is_refused(
    made: bytes, kind: type[datetime | str]
) -> None:
    with pytest.raises(CursorInvalid):
        decode_cursor(base64.urlsafe_b64encode(made).decode().rstrip("="), kind)


def test_a_page_is_cut_with_the_key_of_its_last_row() -> None:
    ids = sorted(new_id() for _ in range(3))

    shown, following = cut_page(ids, 2, lambda item: (item,))
    assert (shown, decode_id_cursor(following)) == (ids[:2], ids[1])
    assert cut_page(ids[:2], 2, lambda item: (item,)) == (ids[:2], None)
