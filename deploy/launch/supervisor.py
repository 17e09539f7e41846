"""Keeps the parts of one machine running: starts each as a process, restarts what dies, ends all in order."""

import asyncio
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from platform_api.kernel.children import die_with_parent
from platform_api.kernel.config import SettingsError
from platform_api.kernel.log import get_logger
from platform_api.kernel.pulse import until_silent
from platform_api.kernel.tasks import TaskOwner

EXIT_REFUSED: Final = 2
SAYS: Final = "scopecast: "
STOP_TIMEOUT_S: Final = 8.0
RESTART_FIRST_S: Final = 0.1
RESTART_MOST_S: Final = 10.0
STABLE_AFTER_S: Final = 20.0
SPARE_AFTER_S: Final = 3.0
"""A start is over by then, and loading the spare holds nobody up."""
LOG_LIMIT: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One process: its name in logs and its command line."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    spare: Sequence[str] | None = None
    """The command line of one that loads all it needs, then waits for a line on its standard input.

    It takes over as soon as the first dies, and the second that a start takes is saved.
    """
    pulse: Path | None = None
    """What the part touches while its loop turns (`kernel.pulse`); one that stands still is ended."""


class Supervisor:
    """Owns the child processes. A part that dies comes back after a pause that doubles up to 10 s.

    One that refuses its settings (exit code 2) would do so again: `refusal` tells instead.
    """

    def __init__(self, logs: Path, *, roll: Path | None = None) -> None:
        self._logs = logs
        self._roll = roll
        self._tasks = TaskOwner("supervisor")
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._spares: dict[str, asyncio.subprocess.Process] = {}
        self._log = get_logger("supervisor")
        self._stopping = False
        self._refused: asyncio.Queue[SettingsError] = asyncio.Queue()
        self._hook = die_with_parent()

    def pids(self) -> dict[str, int]:
        """The process id of each part that runs now."""
        return {name: process.pid for name, process in self._processes.items() if process.returncode is None}

    def start(self, part: Part) -> None:
        self._tasks.spawn(self._keep(part), name=f"keep {part.name}")

    async def refusal(self) -> None:
        """Waits for a part to refuse its settings; raises SettingsError with its sentence."""
        raise await self._refused.get()

    async def _keep(self, part: Part) -> None:
        pause_s = RESTART_FIRST_S
        while True:
            started_s = time.monotonic()
            code = await self._run_once(part)
            if self._stopping:
                return
            self._log.error("part.died", part=part.name, exit_code=code)
            if code == EXIT_REFUSED:
                self._refused.put_nowait(SettingsError(self._last_words(part.name)))
                return
            pause_s = RESTART_FIRST_S if time.monotonic() - started_s > STABLE_AFTER_S else pause_s
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, RESTART_MOST_S)

    async def _run_once(self, part: Part) -> int:
        if part.pulse is not None:
            part.pulse.unlink(missing_ok=True)
        process = self._called_up(part) or await self._spawn(part, part.command)
        self._processes[part.name] = process
        self._log.info("part.started", part=part.name, pid=process.pid)
        self._write_roll()
        if part.pulse is None:
            return await self._ended(part, process)
        watching = self._tasks.spawn(self._end_when_silent(part, part.pulse, process), name="pulse")
        try:
            return await self._ended(part, process)
        finally:
            watching.cancel()

    async def _end_when_silent(self, part: Part, pulse: Path, process: asyncio.subprocess.Process) -> None:
        await until_silent(pulse)
        self._log.error("part.silent", part=part.name, pid=process.pid)
        process.kill()

    async def _ended(self, part: Part, process: asyncio.subprocess.Process) -> int:
        """Its exit code; a spare of it is there soon after its start."""
        if part.spare is None:
            return await process.wait()
        try:
            return await asyncio.wait_for(process.wait(), SPARE_AFTER_S)
        except TimeoutError:
            if not self._stopping:
                self._spares[part.name] = await self._spawn(part, part.spare, waits=True)
        return await process.wait()

    def _called_up(self, part: Part) -> asyncio.subprocess.Process | None:
        """The spare at work, if one waits."""
        spare = self._spares.pop(part.name, None)
        if spare is None or spare.returncode is not None or spare.stdin is None:
            return None
        spare.stdin.write(b"\n")
        return spare

    async def _spawn(
        self, part: Part, command: Sequence[str], *, waits: bool = False
    ) -> asyncio.subprocess.Process:
        with self._open_log(part.name) as out:
            return await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE if waits else asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, **part.environment},
                preexec_fn=self._hook,
            )

    def _write_roll(self) -> None:
        """Keeps a file that says which process is which, for operators and fault tests."""
        if self._roll is not None:
            partial = self._roll.with_suffix(".partial")
            partial.write_text(json.dumps(self.pids()), encoding="utf-8")
            os.replace(partial, self._roll)

    def _last_words(self, name: str) -> str:
        """What the part said last, as a sentence."""
        lines = (self._logs / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
        said = [line for line in lines if line.startswith(SAYS)]
        return f"{said[-1].removeprefix(SAYS) if said else 'refused to start'} ({name})"

    def _open_log(self, name: str) -> IO[bytes]:
        path = self._logs / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            os.replace(path, path.with_suffix(".log.1"))
        return path.open("ab")

    async def close(self, order: Sequence[str]) -> None:
        """Ends the parts one after the other in this order, then whatever is left."""
        self._stopping = True
        rest = [name for name in self._processes if name not in order]
        for name in (*order, *rest):
            await self._stop(name, self._processes.get(name))
        await self._tasks.close()
        for name, spare in self._spares.items():
            await self._stop(name, spare)

    async def _stop(self, name: str, process: asyncio.subprocess.Process | None) -> None:
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
        except TimeoutError:
            self._log.error("part.killed", part=name)
            process.kill()
            await process.wait()
