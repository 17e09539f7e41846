"""Numbered datagrams through a bad line at an even rate, and what came of them."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.impair import Impaired
from tests.support.impair_sink import STAMP

QUIET_S: Final = 1.0
_ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Of `sent` datagrams: the numbers that came, in order of coming, and the ms each was under way."""

    sent: int
    numbers: tuple[int, ...]
    under_way_ms: tuple[float, ...]

    @property
    def lost(self) -> float:
        """Share, 0..1."""
        return 1 - len(self.numbers) / self.sent


@contextmanager
def _sink(away: Impaired, count: int) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-m", "tests.support.impair_sink", away.address, str(count), str(QUIET_S)]
    process = subprocess.Popen(away.command(*words), cwd=_ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def pass_through(away: Impaired, *, count: int, a_second: float, size: int = 1200) -> Passed:
    """Sends `count` datagrams down to the device."""
    with (
        _sink(away, count) as process,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending,
    ):
        assert process.stdout is not None
        target = (away.address, int(process.stdout.readline()))
        filling = bytes(size - STAMP.size)
        began = time.monotonic()
        for number in range(count):
            time.sleep(max(0.0, began + number / a_second - time.monotonic()))
            sending.sendto(STAMP.pack(number, time.monotonic()) + filling, target)
        came = json.loads(process.stdout.readline())
    return Passed(
        sent=count,
        numbers=tuple(number for number, _ in came),
        under_way_ms=tuple(ms for _, ms in came),
    )
