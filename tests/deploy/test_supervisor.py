"""A part that is killed comes back; ending ends every process, also a deaf one."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from deploy.launch.supervisor import Part, Supervisor
from platform_api.kernel.config import SettingsError

WRITES_PID = "import os,sys,time; open(sys.argv[1],'a').write(str(os.getpid())+'\\n'); time.sleep(60)"
DEAF = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").write("up\\n")
time.sleep(60)
"""


async def lines(path: Path, count: int) -> list[str]:
    async with asyncio.timeout(20):
        while True:
            found = path.read_text().splitlines() if path.exists() else []
            if len(found) >= count:
                return found
            await asyncio.sleep(0.02)


def part(name: str, program: str, out: Path) -> Part:
    return Part(name=name, command=[sys.executable, "-c", program, str(out)])


async def test_a_killed_part_comes_back(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    supervisor.start(part("one", WRITES_PID, tmp_path / "pids"))
    first = int((await lines(tmp_path / "pids", 1))[0])

    os.kill(first, signal.SIGKILL)
    second = int((await lines(tmp_path / "pids", 2))[1])

    assert second != first
    await supervisor.close(["one"])
    assert supervisor.pids() == {}
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


async def test_a_part_that_refuses_its_settings_is_not_started_again(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    says = "import sys; print('scopecast: unknown setting media.prot', file=sys.stderr); sys.exit(2)"
    supervisor.start(part("media-1", says, tmp_path / "none"))

    with pytest.raises(SettingsError, match=r"^unknown setting media\.prot \(media-1\)$"):
        await asyncio.wait_for(supervisor.refusal(), 20)

    await supervisor.close([])
    assert (tmp_path / "media-1.log").read_text().count("scopecast:") == 1


async def test_a_deaf_part_is_ended_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.launch.supervisor.STOP_TIMEOUT_S", 0.3)
    supervisor = Supervisor(tmp_path)
    supervisor.start(part("deaf", DEAF, tmp_path / "up"))
    await lines(tmp_path / "up", 1)
    pid = supervisor.pids()["deaf"]

    await supervisor.close([])

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


WAITS = """
import os, sys
out, word = sys.argv[1:]
open(out, "a").write(f"{word} {os.getpid()}\\n")
if word == "spare" and not sys.stdin.readline():
    sys.exit(0)
open(out, "a").write(f"works {os.getpid()}\\n")
signal = __import__("signal"); signal.pause()
"""


async def test_a_spare_takes_over_and_another_comes_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.launch.supervisor.SPARE_AFTER_S", 0.0)
    supervisor = Supervisor(tmp_path)
    out = tmp_path / "said"
    command = [sys.executable, "-c", WAITS, str(out)]
    supervisor.start(Part(name="one", command=[*command, "first"], spare=[*command, "spare"]))
    said = await lines(out, 3)
    first = next(line for line in said if line.startswith("works")).split()[1]
    spare = next(line for line in said if line.startswith("spare")).split()[1]

    os.kill(int(first), signal.SIGKILL)
    said = await lines(out, 5)

    assert said[3:].count(f"works {spare}") == 1
    (third,) = [line.split()[1] for line in said[3:] if line.startswith("spare")]
    assert supervisor.pids() == {"one": int(spare)}
    await supervisor.close(["one"])
    for pid in (spare, third):
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


BEATS = """
import asyncio, os, pathlib, sys
from platform_api.kernel.pulse import beat
open(sys.argv[1], "a").write(f"{os.getpid()}\\n")
asyncio.run(beat(pathlib.Path(sys.argv[2])))
"""


async def test_a_part_that_stands_still_is_ended_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform_api.kernel.pulse.SILENT_MOST_S", 2.5)
    supervisor = Supervisor(tmp_path)
    out, pulse = tmp_path / "pids", tmp_path / "pulse"
    command = [sys.executable, "-c", BEATS, str(out), str(pulse)]
    supervisor.start(Part(name="one", command=command, pulse=pulse))
    first = int((await lines(out, 1))[0])
    await touched(pulse)

    os.kill(first, signal.SIGSTOP)
    second = int((await lines(out, 2))[1])
    await touched(pulse)

    assert second != first
    assert supervisor.pids() == {"one": second}
    await supervisor.close(["one"])


async def touched(pulse: Path) -> None:
    async with asyncio.timeout(20):
        while not pulse.exists():
            await asyncio.sleep(0.02)
