"""Alive, ready, and figures."""

import asyncio
from collections.abc import Awaitable, Callable

from platform_api.kernel.log import get_logger

Check = Callable[[], Awaitable[None]]
CHECK_TIMEOUT_S = 2.0


class Readiness:
    """Named checks of the parts; a check returns when its part works and raises when it does not."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._log = get_logger("health")

    def add(self, part: str, check: Check) -> None:
        """Adds or replaces the check of a part (`db`, `media`, `recorder`, `worker`)."""
        self._checks[part] = check

    async def look(self) -> dict[str, bool]:
        """Whether each part works, all asked at once, each for at most two seconds."""
        names = list(self._checks)
        results = await asyncio.gather(*(self._try(name) for name in names))
        return dict(zip(names, results, strict=True))

    async def _try(self, name: str) -> bool:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                await self._checks[name]()
        except Exception as error:  # noqa: BLE001 - whatever a part fails with, it is not ready
            self._log.warning("health.part_not_ready", part=name, error_type=type(error).__name__)
            return False
        return True
