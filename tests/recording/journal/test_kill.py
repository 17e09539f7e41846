"""DL-01 for the room's events: kill -9 of the writer at random moments loses nothing acknowledged."""

import asyncio
import random
import sys
from pathlib import Path

from recording.journal import FileJournal
from tests.support.sealed import folder_of

ROOT = Path(__file__).resolve().parents[3]


async def run_until_killed(path: Path, acknowledgements: int) -> list[int]:
    """What a child had acknowledged when it was killed, at a random moment after so many."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.journal_writer",
        str(path),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    lines = [await child.stdout.readline() for _ in range(acknowledgements)]
    child.kill()
    rest = await child.stdout.read()
    await child.wait()
    whole = rest.splitlines() if rest.endswith(b"\n") or not rest else rest.splitlines()[:-1]
    return [int(line) for line in (*lines, *whole)]


async def test_DL_01_no_acknowledged_event_is_missing_after_kill(tmp_path: Path) -> None:
    acknowledged: list[int] = []

    for _ in range(8):
        acknowledged += await run_until_killed(tmp_path, random.randint(1, 60))

    journal = FileJournal(folder_of(tmp_path))
    kept = [entry.seq for entry in journal.read()]
    await journal.close()
    assert set(acknowledged) - set(kept) == set()
    assert kept == sorted(set(kept))
