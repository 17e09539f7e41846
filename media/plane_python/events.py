"""What the plane tells control, told outside of control's own calls."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import ParamSpec

from platform_api.kernel.log import get_logger

P = ParamSpec("P")


class Events:
    """Keeps what is to be told until the packets at hand are through; then tells it in order."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._scheduled: asyncio.Handle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._log = get_logger("media.plane")

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()

    def emit(self, tell: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Tells this soon, never from inside the caller."""
        if self._loop is None:
            return
        self._waiting.append(partial(tell, *args, **kwargs))
        if self._scheduled is None:
            self._scheduled = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Tells all that waits; a listener that fails is logged and does not keep the others from hearing."""
        if self._scheduled is not None:
            self._scheduled.cancel()
            self._scheduled = None
        for _ in range(len(self._waiting)):
            tell = self._waiting.popleft()
            try:
                tell()
            except Exception:  # noqa: BLE001 - the listener's fault, seen in the log
                self._log.exception("plane.listener_failed")

    def stop(self) -> None:
        """Forgets what waits."""
        if self._scheduled is not None:
            self._scheduled.cancel()
            self._scheduled = None
        self._waiting.clear()
        self._loop = None
