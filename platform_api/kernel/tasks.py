"""Coroutines that somebody owns: a group whose tasks end with it, and whose faults are seen."""

import asyncio
from collections.abc import Awaitable, Coroutine
from types import TracebackType
from typing import Any, Self

from platform_api.kernel.log import get_logger


async def until_first(*works: Awaitable[object]) -> None:
    """Back with the first that ends, and raises what it raised; the others are cancelled and awaited."""
    running = [asyncio.ensure_future(work) for work in works]
    try:
        ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for each in ended:
            each.result()
    finally:
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)


class TaskOwner:
    """Background tasks of one object: `spawn` starts, `close` cancels and awaits them all.

    A task's exception is logged under its name and ends that task alone.
    """

    def __init__(self, area: str) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._log = get_logger(area)
        self._closed = False

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
        if self._closed:
            work.close()
            raise RuntimeError("the owner is closed")
        task = asyncio.get_running_loop().create_task(self._guarded(work, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # cancelled before its first step, it never ran
        return task

    async def _guarded(self, work: Coroutine[Any, Any, None], name: str) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001 - the end of a task is its owner's to see, in the log
            self._log.exception("task.failed", task=name)

    @property
    def closed(self) -> bool:
        """Whether nothing can be spawned any more."""
        return self._closed

    async def close(self) -> None:
        """Cancels what still runs and waits for it; may be called twice."""
        self._closed = True
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __len__(self) -> int:
        return len(self._tasks)
