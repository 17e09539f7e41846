"""Workers killed by SIGKILL at random moments: in the end all work is done, each piece once."""

import asyncio
import random
import sys
from pathlib import Path

from platform_api.db import Database
from platform_api.jobs.model import JobState
from tests.support.job_child import LINES
from tests.support.jobs import Sweep, all_jobs, ask_for, some_owner

JOBS = 3
KILLS = 5
STEP_S = 0.02
SEED = 20261129


async def start(dsn: str, folder: Path) -> asyncio.subprocess.Process:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.job_child",
        dsn,
        str(folder),
        str(STEP_S),
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    await child.stdout.readline()
    return child


async def states(database: Database) -> dict[str, JobState]:
    return {job.payload["room"]: job.state for job in await all_jobs(database)}


def begun(folder: Path, room: str) -> int:
    log = folder / "log"
    return log.read_text(encoding="utf-8").splitlines().count(f"begun {room}") if log.is_file() else 0


async def test_workers_killed_at_random_moments_leave_each_work_done_once(
    database: Database, dsn: str, tmp_path: Path
) -> None:
    chance, owner = random.Random(SEED), await some_owner(database)
    rooms = [f"room-{number}" for number in range(JOBS)]
    for room in rooms:
        await ask_for(database, Sweep(room=room), owner)
    begun_when_done = dict[str, int]()

    async with asyncio.timeout(180):
        for kill in range(KILLS + 1):
            child = await start(dsn, tmp_path)
            moment = asyncio.get_running_loop().time() + chance.uniform(0.05, 1.8)
            while kill == KILLS or asyncio.get_running_loop().time() < moment:
                now = await states(database)
                for room, state in now.items():
                    if state is JobState.DONE:
                        begun_when_done.setdefault(room, begun(tmp_path, room))
                if set(now.values()) == {JobState.DONE}:
                    break
                await asyncio.sleep(0.02)
            child.kill()
            await child.wait()

    whole = "".join(f"{number}\n" for number in range(LINES))
    assert await states(database) == dict.fromkeys(rooms, JobState.DONE)
    assert {room: (tmp_path / room).read_text(encoding="utf-8") for room in rooms} == dict.fromkeys(
        rooms, whole
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", *rooms]
    assert {room: begun(tmp_path, room) for room in rooms} == begun_when_done
    assert sum(begun_when_done.values()) > JOBS, "no kill fell into the middle of a job"
