"""The program that reads one spreadsheet: run as a child with limits, it answers rows of cells as JSON.

Called with the most rows, columns and characters of a cell; reads the file from standard input. Imports
nothing of ours. A file that unfolds to too much is refused before it is unfolded.
"""

import ctypes
import io
import json
import resource
import signal
import sys
import zipfile
from datetime import date, datetime
from typing import Any

MEMORY_BYTES = 768 * 1024 * 1024
CPU_S = 8
OPEN_FILES = 64
MEMBERS = 200
UNFOLDED_BYTES = 64 * 1024 * 1024
EXIT_NOT_READABLE = 3
EXIT_TOO_LARGE = 4
PR_SET_PDEATHSIG = 1


def limit_self() -> None:
    """Memory, processor time, files and core dumps of this process, for good; it ends with its parent."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


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
    rows, columns, characters = (int(word) for word in sys.argv[1:4])
    limit_self()
    from python_calamine import CalamineError, CalamineWorkbook  # once the limits hold

    data = sys.stdin.buffer.read()
    try:
        if not unfolds_to_little(data):
            return EXIT_TOO_LARGE
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        if sheet.height > rows or sheet.width > columns:
            return EXIT_TOO_LARGE
        found = sheet.to_python(skip_empty_area=False)
    except (zipfile.BadZipFile, CalamineError, ValueError, IndexError):
        return EXIT_NOT_READABLE
    json.dump([[cell(value, characters) for value in row] for row in found], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
