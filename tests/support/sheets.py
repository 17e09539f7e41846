"""Spreadsheets as people send them."""

import io
from collections.abc import Sequence
from typing import Any

import openpyxl

from platform_api.joining.rules import HEADINGS

HEAD = tuple(HEADINGS)
"""The first row of a list of users."""


def sheet(*rows: Sequence[Any], head: Sequence[str] = HEAD) -> bytes:
    """The bytes of a workbook with one page: the head and these rows."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in (head, *rows):
        page.append(list(row))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()
