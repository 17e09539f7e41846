"""Want of memory ends a process wherever it is noticed, and nothing else does."""

import subprocess
import sys

import pytest

from platform_api.kernel.memory import EXIT_OUT_OF_MEMORY
from tests.support.fault_line import fault_line

PROGRAM = """
import asyncio, errno, os
from platform_api.kernel.log import configure_logging, get_logger
from platform_api.kernel.memory import end_when_out_of_memory
from platform_api.kernel.tasks import TaskOwner

def fail():
    {fails}

async def work():
    fail()

async def main():
    end_when_out_of_memory()
    {way}
    await asyncio.sleep(0.05)

configure_logging()
asyncio.run(main())
print("went on")
"""
IN_A_TASK = "owner = TaskOwner('test'); owner.spawn(work(), name='work')"
IN_A_CALLBACK = "asyncio.get_running_loop().call_soon(fail)"
CAUGHT = """
    try:
        fail()
    except BaseException:
        get_logger('test').exception('request.failed')
"""
NO_MORE = (
    "raise MemoryError",
    "raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))",
    "raise RuntimeError('no answer') from MemoryError()",
    "raise type('PanicException', (BaseException,), {})('native')",
)


def ends(fails: str, way: str) -> subprocess.CompletedProcess[str]:
    program = PROGRAM.format(fails=fails, way=way)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize("way", [IN_A_TASK, IN_A_CALLBACK, CAUGHT], ids=["task", "callback", "caught"])
def test_F10_want_of_memory_ends_the_process_wherever_it_is_seen(way: str) -> None:
    for fails in NO_MORE:
        ended = ends(fails, way)

        assert ended.returncode == EXIT_OUT_OF_MEMORY, ended.stderr
        assert "process.out_of_memory" in ended.stderr
        assert "went on" not in ended.stdout
    print(fault_line("F10", "ways of want that ended it", [len(NO_MORE)], holds=True, lost=0))


def test_another_fault_ends_nothing() -> None:
    for way in (IN_A_TASK, IN_A_CALLBACK, CAUGHT):
        ended = ends("raise ValueError('bad packet')", way)

        assert ended.returncode == 0
        assert "went on" in ended.stdout
        assert "bad packet" in ended.stderr
