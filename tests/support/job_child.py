"""A worker process that is killed at any moment: told the database, a folder, and how slow each step is.

A sweep writes the lines of its room's page one by one beside, and renames; each begin and end stands in a log.
"""

import asyncio
import os
import sys
from pathlib import Path

from platform_api.jobs import JobSpec, Progress, Work
from platform_api.jobs.rules import WorkerSettings
from platform_api.jobs.worker import run_worker
from tests.support.jobs import Sweep

LINES = 20
SETTINGS = WorkerSettings(heartbeat_s=1, poll_s=0.2, max_attempts=2, max_kills=1000, retry_delay_s=0)


def log(folder: Path, words: str) -> None:
    """One write, so that a kill cuts off no line."""
    descriptor = os.open(folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, f"{words}\n".encode())
    os.close(descriptor)


async def run(dsn: str, folder: Path, step_s: float) -> None:
    async def sweep(spec: Sweep, progress: Progress) -> None:
        log(folder, f"begun {spec.room}")
        draft = folder / f"{spec.room}.new"
        with draft.open("w", encoding="utf-8") as page:
            for number in range(LINES):
                page.write(f"{number}\n")
                await asyncio.sleep(step_s)  # the work itself: it takes its time
                await progress((number + 1) / LINES)
        draft.rename(folder / spec.room)
        log(folder, f"ended {spec.room}")

    works: dict[type[JobSpec], Work] = {Sweep: Work(do=sweep)}
    print("working", flush=True)
    await run_worker(dsn, works, stop=asyncio.Event(), settings=SETTINGS)


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])))
