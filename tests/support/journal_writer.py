"""A child that appends to a journal and prints each sequence number once it is acknowledged."""

import asyncio
import sys
from pathlib import Path

from recording.control import JournalEntry
from recording.journal import FileJournal
from tests.support.sealed import folder_of


async def main(path: Path) -> None:
    journal = FileJournal(folder_of(path))
    kept = journal.read()
    first = kept[-1].seq + 1 if kept else 0

    async def write(seq: int) -> None:
        await journal.append([JournalEntry(seq=seq, at_ms=seq, name="n", data={"t": "x" * (seq % 300)})])
        sys.stdout.write(f"{seq}\n")
        sys.stdout.flush()

    for start in range(first, first + 100_000, 8):
        await asyncio.gather(*(write(seq) for seq in range(start, start + 8)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
