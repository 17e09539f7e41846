"""The health page, asked again and again on the real loop while something hostile is being worked on."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

import psutil
from aiohttp.test_utils import TestClient

T = TypeVar("T")


@dataclass(slots=True)
class Watch:
    """The slowest answer (of two in a row the quicker: once, the machine was away) and how memory grew."""

    client: TestClient[Any, Any]
    slowest_s: float = 0.0
    asked: int = 0
    grown_bytes: int = 0

    async def during(self, work: Coroutine[Any, Any, T]) -> T:
        """What the work gives; the health page is asked at least once before it does."""
        process, before_s = psutil.Process(), 0.0
        rss = process.memory_info().rss
        task = asyncio.create_task(work)
        while not task.done():
            began = monotonic()
            assert (await self.client.get("/healthz")).status == 200
            took_s = monotonic() - began
            self.slowest_s, before_s = max(self.slowest_s, min(before_s, took_s)), took_s
            self.asked += 1
            self.grown_bytes = max(self.grown_bytes, process.memory_info().rss - rss)
            await asyncio.wait({task}, timeout=0.02)
        return await task
