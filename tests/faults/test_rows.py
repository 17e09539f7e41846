"""Each row that the packet plane owes has a script: tests that carry its name, and a line of JSON."""

import re
from pathlib import Path

import pytest

from tests.faults.rows import FIGURES, ROWS, TESTS, name_of

ROOT = Path(__file__).resolve().parents[2]
OWED = [f"F{number}" for number in range(10, 26)] + [f"MD-0{number}" for number in range(1, 10)]


@pytest.mark.parametrize("row", OWED)
def test_a_row_has_a_script_that_says_a_line(row: str) -> None:
    files = [ROOT / name for name in TESTS.get(row, ())]
    texts = [path.read_text(encoding="utf-8") for path in files]

    assert row in ROWS
    for path, text in zip(files, texts, strict=True):
        assert re.search(rf"def test_\w*{name_of(row)}(_|\b)", text), f"{path} has no test of {row}"
    if row not in FIGURES:
        assert any(f'fault_line("{row}"' in re.sub(r"\(\s+", "(", text) for text in texts), row


def test_the_readme_names_every_script() -> None:
    said = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")

    for files in TESTS.values():
        for name in files:
            assert Path(name).name in said
