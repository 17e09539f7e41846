"""Rows into a file, a batch at a time: the memory does not grow with the list."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import xlsxwriter

from platform_api.exports.model import Format
from platform_api.exports.rules import FORMULA_STARTS, neutralised
from platform_api.tables.model import Cell

BOM = "\ufeff"
ROWS_BEFORE = 2
"""On the sheet: the watermark, then the headers."""
COLUMN_WIDTH = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What stands on the file: title, words of its columns, who took it, when, under which number."""

    title: str
    labels: tuple[str, ...]
    watermark: str
    taken_by: str
    taken_at: datetime
    reference: str


class Writer(Protocol):
    """One file being written; blocking: call it from a thread."""

    def write(self, rows: Sequence[Sequence[Cell]]) -> None: ...
    def close(self) -> None: ...


def writer_for(file_format: Format, path: Path, heading: Heading) -> Writer:
    """A writer that makes this file."""
    return SheetWriter(path, heading) if file_format is Format.XLSX else TextWriter(path, heading)


class SheetWriter:
    """XLSX: texts stay texts; the watermark is on the sheet, in print and in the properties."""

    def __init__(self, path: Path, heading: Heading) -> None:
        options = {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = xlsxwriter.Workbook(str(path), options)
        self._book.set_properties(
            {
                "title": f"{heading.title} {heading.reference}",
                "author": heading.taken_by,
                "comments": heading.watermark,
                "created": heading.taken_at.replace(tzinfo=None),
            }
        )
        self._book.set_custom_property("ScopecastExport", heading.reference)
        self._quoted = self._book.add_format({"quote_prefix": True})
        bold = self._book.add_format({"bold": True, "bottom": 1})
        self._sheet = self._book.add_worksheet(heading.reference)
        printed = heading.watermark.replace("&", "&&")[:200]
        self._sheet.set_header(f"&C{printed}")
        self._sheet.set_footer(f"&C{printed}  &P/&N")
        self._sheet.repeat_rows(0, ROWS_BEFORE - 1)
        self._sheet.freeze_panes(ROWS_BEFORE, 0)
        self._sheet.set_column(0, max(len(heading.labels) - 1, 0), COLUMN_WIDTH)
        self._sheet.write_string(0, 0, heading.watermark, self._quoted)
        for number, label in enumerate(heading.labels):
            self._sheet.write_string(1, number, label, bold)
        self._row = ROWS_BEFORE

    def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        for row in rows:
            for number, cell in enumerate(row):
                self._cell(number, cell)
            self._row += 1

    def close(self) -> None:
        self._book.close()

    def _cell(self, number: int, cell: Cell) -> None:
        if cell is None:
            return
        if isinstance(cell, str):
            quoted = self._quoted if cell.startswith(FORMULA_STARTS) else None
            self._sheet.write_string(self._row, number, cell, quoted)
        else:
            self._sheet.write_number(self._row, number, cell)


class TextWriter:
    """CSV as spreadsheets in China open it: UTF-8 with a mark, CRLF; the watermark is the last line."""

    def __init__(self, path: Path, heading: Heading) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._file.write(BOM)
        self._writer = csv.writer(self._file, lineterminator="\r\n")
        self._writer.writerow([neutralised(label) for label in heading.labels])
        self._watermark = heading.watermark

    def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        self._writer.writerows([_text(cell) for cell in row] for row in rows)

    def close(self) -> None:
        last = io.StringIO()
        csv.writer(last, lineterminator="\r\n").writerow([f"# {self._watermark}"])
        self._file.write(last.getvalue())
        self._file.close()


def _text(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    return neutralised(cell) if isinstance(cell, str) else cell
