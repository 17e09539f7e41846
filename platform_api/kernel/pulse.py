"""A sign of life that another process can see: a file that the event loop touches.

A process whose loop stands still answers nobody and does not end either; whoever keeps it running ends it.
"""

import asyncio
import os
import time
from pathlib import Path
from typing import Final

BEAT_S: Final = 1.0
SILENT_MOST_S: Final = 6.0
"""A loop that was away for so long serves nobody. What is merely busy comes back within a second or two."""


async def beat(path: Path) -> None:
    """Touches the file each second until cancelled; raises OSError where it cannot be made."""
    _make(path)
    while True:
        os.utime(path)
        await asyncio.sleep(BEAT_S)


async def until_silent(path: Path) -> None:
    """Back once the file, touched at least once, has not been touched for SILENT_MOST_S.

    Time in which this process itself stood still (a machine that was asleep) does not count.
    """
    touched, since_s, looked_s = 0, 0.0, time.monotonic()
    while touched == 0 or looked_s - since_s < SILENT_MOST_S:
        await asyncio.sleep(BEAT_S / 4)
        now_s = time.monotonic()
        was_away, looked_s = now_s - looked_s > BEAT_S, now_s
        found = _touched_ns(path)
        if found != touched or was_away:
            touched, since_s = found, now_s


def _make(path: Path) -> None:
    path.touch(0o600)


def _touched_ns(path: Path) -> int:
    """0 before the first time."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
