"""The program that reads one spreadsheet: run as a child with limits, it answers rows of cells as JSON.

Called with the most rows, columns and characters of a cell; reads the file from standard input. Shut in like
`files/image_child.py`, whose limits it takes, before the first byte of the file is read. Imports nothing of
ours. A file that unfolds to too much is refused before it is unfolded.
"""

import importlib.util
import io
import json
import sys
import zipfile
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

LIMITS = Path(__file__).parents[1] / "files" / "image_child.py"
CPU_S = 8
MEMBERS = 200
UNFOLDED_BYTES = 64 * 1024 * 1024
EXIT_NOT_READABLE = 3
EXIT_TOO_LARGE = 4
EXIT_NOT_SHUT_IN = 5


def shut_in() -> ModuleType | None:
    """The reader of sheets, loaded under the limits, once files, network and processes are given up."""
    beside = importlib.util.spec_from_file_location("image_child", LIMITS)
    if beside is None or beside.loader is None:
        return None
    limits = importlib.util.module_from_spec(beside)
    beside.loader.exec_module(limits)
    limits.limit_self(CPU_S)
    import python_calamine

    b"a".decode("cp437")  # how a directory names its members: loaded while files can still be opened
    return python_calamine if limits.shut_in() else None


def unfolds_to_little(data: bytes) -> bool:
    """Whether the archive has few members and unfolds to no more than we read."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        return len(members) <= MEMBERS and sum(each.file_size for each in members) <= UNFOLDED_BYTES


def cell(value: Any, characters: int) -> list[Any]:  # noqa: ANN401 - whatever the sheet holds
    """The cell's text, and whether the sheet keeps it as a number."""
    if isinstance(value, bool):
        return [str(value), False]
    if isinstance(value, float | int):
        whole = float(value).is_integer() and abs(value) < 1e15
        return [str(int(value)) if whole else f"{value:.6G}", True]
    if isinstance(value, datetime | date):
        return [value.isoformat(), False]
    return [str(value)[:characters], False]


def main() -> int:
    """Gives the exit code."""
    rows, columns, characters = (int(word) for word in sys.argv[1:4])
    calamine = shut_in()
    if calamine is None:
        return EXIT_NOT_SHUT_IN
    data = sys.stdin.buffer.read()
    try:
        if not unfolds_to_little(data):
            return EXIT_TOO_LARGE
        sheet = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        if sheet.height > rows or sheet.width > columns:
            return EXIT_TOO_LARGE
        found = sheet.to_python(skip_empty_area=False)
    except Exception:  # noqa: BLE001 - whatever a hostile file does to the parser, it is not readable
        return EXIT_NOT_READABLE
    json.dump([[cell(value, characters) for value in row] for row in found], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
