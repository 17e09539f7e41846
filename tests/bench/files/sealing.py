"""What sealing costs: MB a second written and read, and the time of one range. `python -m tests.bench sealing`."""

import asyncio
import hashlib
import os
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from platform_api.files.disk import FileDisk
from platform_api.kernel.disk import write_whole
from platform_api.kernel.ids import FileId, new_id
from platform_api.kernel.sealing import Sealer
from tests.bench.table import Table, percentile

MEGABYTE = 1024 * 1024
SIZES_MB = (1, 20, 200)
ROUNDS = 5
RANGES = 500
RANGE_BYTES = 4_096


class Store:
    """A folder with one file of some size, sealed, and the same plain beside it."""

    def __init__(self, folder: Path, size_mb: int) -> None:
        self._plain = folder / "plain"
        self._disk = FileDisk(folder / "files", Sealer.from_text(Sealer.generate_text("bench")))
        self._file = FileId(new_id())
        self._data = os.urandom(size_mb * MEGABYTE)
        self._sha256 = hashlib.sha256(self._data).hexdigest()

    async def write_plain(self) -> None:
        await asyncio.to_thread(write_whole, self._plain, self._data)

    async def write(self) -> None:
        await self._disk.write(self._file, self._data)

    async def read(self) -> None:
        opened = await self._disk.open(self._file, self._sha256)
        count = 0
        async for piece in opened.pieces(0, opened.size):
            count += len(piece)
        if count != len(self._data):
            raise RuntimeError("a file was not read whole")

    async def read_range(self) -> None:
        start = random.randrange(len(self._data) - RANGE_BYTES)
        opened = await self._disk.open(self._file, self._sha256)
        pieces = [piece async for piece in opened.pieces(start, start + RANGE_BYTES)]
        if b"".join(pieces) != self._data[start : start + RANGE_BYTES]:
            raise RuntimeError("a range is not that of its file")


async def timed(work: Callable[[], Awaitable[None]], rounds: int) -> list[float]:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - began)
    return taken


async def measure(size_mb: int) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory(prefix="scopecast-bench-") as folder:
        store = Store(Path(folder), size_mb)
        speeds = [
            size_mb / percentile(await timed(work, ROUNDS), 0.5)
            for work in (store.write_plain, store.write, store.read)
        ]
        ranges = [taken * 1_000 for taken in await timed(store.read_range, RANGES)]
    times = (percentile(ranges, 0.5), percentile(ranges, 0.99))
    return (str(size_mb), *(f"{speed:.0f}" for speed in speeds), *(f"{taken:.2f}" for taken in times))


def tables() -> list[Table]:
    headers = (
        "file (MB)",
        "written plain, synced (MB/s)",
        "sealed, synced (MB/s)",
        "read (MB/s)",
        "4 KiB range p50 (ms)",
        "p99 (ms)",
    )
    rows = tuple(asyncio.run(measure(size_mb)) for size_mb in SIZES_MB)
    return [Table("Sealed files", headers, rows)]
