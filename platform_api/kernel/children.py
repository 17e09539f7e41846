"""Child processes that do not outlive who started them (Linux)."""

import asyncio
import ctypes
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def die_with_parent(wanted: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """A hook for a child before exec: the kernel sends it this signal should its parent die (prctl(2))."""
    libc = ctypes.CDLL(None, use_errno=True)

    def hook() -> None:
        libc.prctl(PR_SET_PDEATHSIG, wanted)

    return hook


async def bare_child(
    program: Path, *words: str, environment: Mapping[str, str] | None = None, own_group: bool = False
) -> asyncio.subprocess.Process:
    """A Python program for bytes of others: two pipes, and nothing else of ours.

    No descriptor, no folder, no variable but `environment`, no site packages of a user. `own_group`: what it
    starts can be ended with it. It shuts itself in; who starts it sets its time and sees to its end.
    """
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(program),
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=dict(environment or {}),
        cwd="/",
        close_fds=True,
        start_new_session=own_group,
    )
