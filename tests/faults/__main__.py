"""Causes faults by row, prints their lines of JSON alone. `python -m tests.faults [F10 MD-05 …] [--figures]`.

Without rows all of them. `--figures`: also their long forms, which take minutes, some in real Chromium.
"""

import subprocess
import sys
from collections.abc import Iterator

from tests.faults.rows import FIGURES, ROWS, TESTS, name_of

PYTEST = ("-m", "pytest", "-q", "-s", "-k")
LINE = '{"fault": "'


def lines_of(row: str, *, figures: bool) -> Iterator[str]:
    """What the scripts of one row say; they may say something of other rows too."""
    commands = []
    if row in TESTS:
        commands.append([*PYTEST, name_of(row), *TESTS[row]])
    if row in FIGURES and (figures or row not in TESTS):
        commands.append(["-m", *FIGURES[row]])
    for words in commands:
        ended = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
        said = (ended.stdout + ended.stderr).splitlines()
        found = [line[line.index(LINE) :] for line in said if LINE in line]
        yield from found
        if ended.returncode != 0 or not found:
            print(f"{row}: {' '.join(words)} ended with {ended.returncode}", file=sys.stderr)


def main() -> None:
    asked = [word for word in sys.argv[1:] if not word.startswith("--")]
    for row in asked or ROWS:
        for line in lines_of(row, figures="--figures" in sys.argv):
            print(line, flush=True)


if __name__ == "__main__":
    main()
