"""One `scopecast up` a data directory: its lock, and the end of what a killed one left running.

The lock is the kernel's (flock(2)) on an open file that no child inherits: it ends with its holder, however
that ends. Parts of a killed supervisor are told to end by the kernel (prctl(2)) and may take seconds; the
next start holds the lock, tells them too and waits. PostgreSQL outlives its supervisor and is taken over.
"""

import fcntl
import json
import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Final

from deploy.launch.places import Places
from deploy.launch.refused import StartRefused
from platform_api.kernel.log import get_logger

LOCK_NAME: Final = "up.lock"
LEFT_OVER_TIMEOUT_S: Final = 15.0


@contextmanager
def held(places: Places, address: str) -> Iterator[None]:
    """Holds the data directory while the block runs.

    Raises StartRefused if another does, and changes nothing. `address` is told to whom comes second.
    """
    descriptor = os.open(places.run / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(descriptor)
            raise StartRefused("launch.data_in_use", params={"place": str(places.root), **holder}) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "address": address}).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> dict[str, str | int]:
    """What the holder wrote; it may not have come so far."""
    try:
        said = json.loads(os.pread(descriptor, 4096, 0))
    except ValueError:
        return {}
    return {"pid": int(said["pid"]), "address": str(said["address"])}


def end_left_over(places: Places) -> None:
    """Returns when no part that an earlier start of this data directory recorded runs any more.

    A recorded number that another program got since is left alone: the process must name our command and
    this directory, and signals go to the very process that was looked at (pidfd_open(2)). Blocks.
    """
    with ExitStack() as stack:
        waiting = {}
        for name, pid in _recorded(places.run / "parts.json").items():
            descriptor = _opened(pid, places.root)
            if descriptor is not None:
                stack.callback(os.close, descriptor)
                waiting[descriptor] = name
                get_logger("launch").warning("launch.left_over", part=name, pid=pid)
        for wanted in (signal.SIGTERM, signal.SIGKILL):
            _signal_all(waiting, wanted)
            _until_ended(waiting, LEFT_OVER_TIMEOUT_S)


def _recorded(roll: Path) -> dict[str, int]:
    try:
        return {str(name): int(pid) for name, pid in json.loads(roll.read_text(encoding="utf-8")).items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}


def _opened(pid: int, data_dir: Path) -> int | None:
    """A descriptor of the process if it is a part of this data directory."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        words = []
    ours = b"deploy.launch" in words and (b"--data-dir", os.fsencode(data_dir)) in pairwise(words)
    if not ours:
        os.close(descriptor)
        return None
    return descriptor


def _signal_all(waiting: dict[int, str], wanted: signal.Signals) -> None:
    for descriptor in waiting:
        try:
            signal.pidfd_send_signal(descriptor, wanted)
        except ProcessLookupError:
            continue


def _until_ended(waiting: dict[int, str], timeout_s: float) -> None:
    """Takes out of `waiting` what has ended; gives up after the timeout."""
    deadline = time.monotonic() + timeout_s
    while waiting and (left_s := deadline - time.monotonic()) > 0:
        ended, _, _ = select.select(list(waiting), [], [], left_s)
        for descriptor in ended:
            del waiting[descriptor]
