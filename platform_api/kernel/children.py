"""Child processes that do not outlive who started them (Linux)."""

import ctypes
import signal
from collections.abc import Callable
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def die_with_parent(wanted: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """A hook for a child before exec: the kernel sends it this signal should its parent die (prctl(2))."""
    libc = ctypes.CDLL(None, use_errno=True)

    def hook() -> None:
        libc.prctl(PR_SET_PDEATHSIG, wanted)

    return hook
