"""Spreadsheets: read in a child process with limits, written with texts alone (UP-01, UP-04)."""

import asyncio
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import xlsxwriter

from platform_api.joining import sheet_child
from platform_api.joining.errors import SheetInvalid
from platform_api.joining.model import Cell
from platform_api.kernel.children import bare_child
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.log import get_logger

CHILD: Final = Path(sheet_child.__file__)
TIMEOUT_S: Final = 10.0
AT_ONCE: Final = 2
MOST_ROWS: Final = 1_000
MOST_COLUMNS: Final = 30
MOST_CHARACTERS: Final = 300
MAX_BYTES: Final = 2_000_000
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SheetReader:
    """Runs at most two children at a time; others wait their turn."""

    def __init__(self, *, timeout_s: float = TIMEOUT_S) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._timeout_s = timeout_s
        self._log = get_logger("joining")

    async def read(self, data: bytes) -> list[list[Cell]]:
        """The cells of the first sheet, headings first; raises SheetInvalid, Unavailable without seccomp."""
        async with self._turns:
            code, answer = await self._run_child(data)
        if code == sheet_child.EXIT_NOT_SHUT_IN:
            self._log.error("joining.reader_not_shut_in")
            raise Unavailable
        if code == sheet_child.EXIT_TOO_LARGE:
            raise SheetInvalid("import.too_large", params={"limit": MOST_ROWS})
        if code != 0:
            raise SheetInvalid
        return [[Cell(text=text, number=number) for text, number in row] for row in json.loads(answer)]

    async def _run_child(self, data: bytes) -> tuple[int | None, bytes]:
        child = await bare_child(CHILD, str(MOST_ROWS + 1), str(MOST_COLUMNS), str(MOST_CHARACTERS))
        try:
            answer, _ = await asyncio.wait_for(child.communicate(data), self._timeout_s)
        except TimeoutError:
            return None, b""
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        return child.returncode, answer


def write_sheet(headings: Sequence[str], rows: Sequence[Sequence[str]], *, widths: Sequence[int]) -> bytes:
    """A workbook of one sheet in which every cell is a text: nothing counts, nothing is a formula."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    sheet = book.add_worksheet()
    text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "num_format": "@"})
    for column, (heading, width) in enumerate(zip(headings, widths, strict=True)):
        sheet.set_column(column, column, width, text)
        sheet.write_string(0, column, heading, bold)
    for at, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            sheet.write_string(at, column, value, text)
    sheet.freeze_panes(1, 0)
    book.close()
    return made.getvalue()
