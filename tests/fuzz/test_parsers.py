"""Every parser of ours in Python, with what was once kept and with what chance makes of it (SC-04).

`make fuzz-python` goes on by coverage for as long as it is told (`run.py`); its finds are kept in `corpus/`.
"""

import os
import random
from typing import Final

import pytest

from platform_api.joining.errors import SheetInvalid
from platform_api.joining.sheets import MOST_CHARACTERS, MOST_COLUMNS, MOST_ROWS, SheetReader
from tests.support.hostile_bytes import TARGETS
from tests.support.hostile_seeds import KEPT, changed, seeds
from tests.support.hostile_sheets import hostile_sheets

SEED: Final = 4
CHANGES: Final = 300
"""For each target: a run of the suite takes some seconds of them all."""
WORKBOOKS: Final = int(os.environ.get("FUZZ_WORKBOOKS", "8"))


@pytest.mark.parametrize("name", TARGETS)
def test_SC_04_a_parser_reads_or_refuses_whatever_comes(name: str) -> None:
    begun = seeds(name)
    for data in (b"", *begun, *changed(begun, random.Random(SEED), CHANGES)):
        try:
            TARGETS[name](data)
        except BaseException as error:
            error.add_note(f"{name}: {data[:400]!r}")
            raise


async def test_SC_04_a_spreadsheet_is_read_or_refused_whatever_is_changed_in_it() -> None:
    """Each in the child that reads those of the product."""
    reader, read = SheetReader(), 0
    for data in hostile_sheets(random.Random(SEED), WORKBOOKS):
        try:
            rows = await reader.read(data)
        except SheetInvalid:
            continue
        read += 1
        assert len(rows) <= MOST_ROWS + 1
        assert all(len(row) <= MOST_COLUMNS for row in rows)
        assert all(len(cell.text) <= MOST_CHARACTERS for row in rows for cell in row)
    assert 0 < read < WORKBOOKS


def test_what_is_kept_belongs_to_a_target() -> None:
    assert {path.stem for path in KEPT.glob("*.txt")} <= set(TARGETS)
