"""All figures of the house: `python -m tests.bench [name…]` prints each bench's tables, then the machine.

Other words are for the benches themselves (`--full`, `--minutes 120`).
"""

import importlib
import os
import platform
import sys
from pathlib import Path

from platform_api.kernel.log import configure_logging
from tests.bench.table import Table, print_tables

BENCHES = {
    "logins": "tests.bench.identity.logins",
    "audit": "tests.bench.audit.cost",
    "plane": "tests.bench.plane.forwarding",
    "join": "tests.bench.media.join",
    "soak": "tests.bench.media.soak",
    "storm": "tests.bench.media.storm",
    "annotation": "tests.bench.signaling.annotation",
    "recording": "tests.bench.recording.cost",
    "replay": "tests.bench.recording.replay",
    "falls": "tests.bench.recording.falls",
    "room": "tests.bench.browser.room",
    "full": "tests.bench.network.full",
    "line": "tests.bench.network.line",
    "loss": "tests.bench.network.loss",
    "faults": "tests.bench.network.faults",
    "promise": "tests.bench.network.promise",
    "sealing": "tests.bench.files.sealing",
    "upload": "tests.bench.files.upload",
    "lists": "tests.bench.tables.lists",
}


def machine() -> Table:
    """What the figures were measured on, and how busy it was."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        "unknown",
    )
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    rows = (
        ("processor", f"{model}, {os.cpu_count()} cores"),
        ("kernel", platform.release()),
        ("Python", platform.python_version()),
        ("load average (1, 5, 15 min)", load),
    )
    return Table("Machine", ("what", "value"), rows)


def main(names: list[str]) -> None:
    configure_logging(level="error")
    os.environ.setdefault("DEMO_SCOPE_SIZE", "1280x720")
    for name in [each for each in names if each in BENCHES] or list(BENCHES):
        bench = importlib.import_module(BENCHES[name])
        print_tables(bench.tables())
        sys.stdout.flush()
    print_tables([machine()])


if __name__ == "__main__":
    main(sys.argv[1:])
