"""How long a mark takes: from the request to its acknowledgement, and to the ears of all in the room.

Fifty participants on loopback, server and clients in one process: the figures hold the cost of both.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from platform_api.kernel.rooms import Role, Source
from signaling.config import SignalingSettings
from tests.bench.table import Table, percentile, print_tables
from tests.support.live import ROOM, Caller, Json, Live, running

PARTICIPANTS = 50
MARKS = 200
INTERVAL_S = 0.06


def pen(mark: str) -> Json:
    """A stroke as a hand draws it: thirty points."""
    points = [{"x": 0.2 + number / 100, "y": 0.3, "p": 0.5} for number in range(30)]
    target = {"kind": "live", "publication": "whip-scope.scope", "capture_ms": 1000}
    return {
        "operation": {"op": "add", "id": mark, "target": target, "shape": {"shape": "pen", "points": points}}
    }


class Ears:
    """When each caller heard each mark."""

    def __init__(self, callers: list[Caller]) -> None:
        self.heard_s: dict[str, list[float]] = {}
        self._count = len(callers)
        self._all = asyncio.Event()
        for caller in callers:
            caller.client.on("event", self._hear, namespace="/room")

    async def _hear(self, frame: Json) -> None:
        if frame["name"] == "marks.changed":
            times = self.heard_s.setdefault(frame["data"]["changes"]["put"][0]["id"], [])
            times.append(time.perf_counter())
            if len(self.heard_s) == MARKS and all(len(each) == self._count for each in self.heard_s.values()):
                self._all.set()

    async def until_all(self) -> None:
        async with asyncio.timeout(30):
            await self._all.wait()


async def draw(host: Caller, ears: Ears) -> tuple[list[float], list[float]]:
    """Times in ms: to the acknowledgement, and to each hearer."""
    asked_s: dict[str, float] = {}
    acks = []
    for number in range(MARKS):
        mark = f"m{number}"
        asked_s[mark] = time.perf_counter()
        await host.do("annotation.apply", pen(mark))
        acks.append((time.perf_counter() - asked_s[mark]) * 1000)
        await asyncio.sleep(INTERVAL_S)
    await ears.until_all()
    heard = [(at - asked_s[mark]) * 1000 for mark, times in ears.heard_s.items() for at in times]
    return acks, heard


async def crowd(live: Live) -> list[Caller]:
    live.media.publish(ROOM, "whip-scope", Source.SCOPE)
    host = await live.enter("host", Role.HOST)
    if not host.joined["snapshot"]["publications"]:
        await host.event("publication.upserted")
    return [host, *[await live.enter(f"viewer{number}") for number in range(PARTICIPANTS - 1)]]


async def measure() -> tuple[Table, ...]:
    with tempfile.TemporaryDirectory() as directory:
        async with running(Path(directory), SignalingSettings()) as live:
            callers = await crowd(live)
            began = time.process_time()
            acks, heard = await draw(callers[0], Ears(callers))
            cpu_ms = (time.process_time() - began) * 1000 / MARKS
    rows = (
        _row("acknowledged (on disk)", acks),
        _row(f"heard by {PARTICIPANTS} participants", heard),
        ("CPU a mark, server and clients", f"{cpu_ms:.1f}", "", ""),
    )
    return (Table("Annotation latency, ms", ("figure", "p50", "p95", "max"), rows),)


def _row(name: str, values: list[float]) -> tuple[str, str, str, str]:
    return (name, f"{percentile(values, 0.5):.1f}", f"{percentile(values, 0.95):.1f}", f"{max(values):.1f}")


def tables() -> tuple[Table, ...]:
    """The figures of this machine, now."""
    return asyncio.run(measure())


if __name__ == "__main__":
    print_tables(tables())
    sys.exit(0)
