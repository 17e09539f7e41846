"""Keyset paging: a cursor holds the sort key of the last row shown (no OFFSET, no row twice)."""

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from platform_api.kernel.errors import AppError

Row = TypeVar("Row")
Key = str | int | datetime


class CursorInvalid(AppError):
    """The cursor was not made by us, or for another list."""

    code = "paging.cursor_invalid"


def encode_cursor(*key: Key) -> str:
    """Opaque text of a sort key."""
    values = [item.isoformat() if isinstance(item, datetime) else item for item in key]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type[Key]) -> tuple[Any, ...]:
    """The sort key, each value of its kind; raises CursorInvalid."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded))
        if not isinstance(values, list) or len(values) != len(kinds):
            raise CursorInvalid
        return tuple(_typed(value, kind) for value, kind in zip(values, kinds, strict=True))
    except (ValueError, binascii.Error, OverflowError, RecursionError) as error:
        raise CursorInvalid from error


def _typed(value: object, kind: type[Key]) -> Key:
    """The value as the database takes it; raises CursorInvalid, ValueError or OverflowError."""
    if kind is datetime and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise CursorInvalid
        return moment.astimezone(UTC)
    if kind is str and isinstance(value, str) and "\0" not in value:
        value.encode()
        return value
    if kind is int and isinstance(value, int) and abs(value) < 2**63:
        return value
    raise CursorInvalid


def cut_page(
    rows: Sequence[Row], limit: int, key: Callable[[Row], tuple[Key, ...]]
) -> tuple[list[Row], str | None]:
    """The rows of a page and the cursor of the next, from a query that asked for `limit + 1` rows."""
    shown = list(rows[:limit])
    return shown, encode_cursor(*key(shown[-1])) if len(rows) > limit else None


def decode_moment_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    """The moment and the id in a cursor of a list sorted by both; raises CursorInvalid."""
    if not cursor:
        return None
    moment, value = decode_cursor(cursor, datetime, str)
    return moment, _id(value)


def decode_id_cursor(cursor: str | None) -> str | None:
    """The id in a cursor of a list sorted by id; raises CursorInvalid."""
    if not cursor:
        return None
    (value,) = decode_cursor(cursor, str)
    return _id(value)


def _id(value: str) -> str:
    try:
        return str(uuid.UUID(value))
    except ValueError as error:
        raise CursorInvalid from error
