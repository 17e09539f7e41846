"""A child ends with the process that started it, even when that one is killed outright."""

import os
import select
import subprocess
import sys

PARENT = """
import subprocess, sys, time
from platform_api.kernel.children import die_with_parent
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], preexec_fn=die_with_parent())
print(child.pid, flush=True)
time.sleep(60)
"""


def test_a_child_of_a_killed_process_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = os.pidfd_open(int(parent.stdout.readline()))
        try:
            parent.kill()
            ended, _, _ = select.select([child], [], [], 20)
        finally:
            os.close(child)

    assert ended
