"""What a fault did, as one line of JSON (checklist: fault, repeats, p50, p95, max, lost, verdict, commit, machine)."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.bench.table import percentile


def fault_line(
    fault: str,
    figure: str,
    found: str | Sequence[float],
    *,
    holds: bool,
    unit: str = "",
    lost: int | None = None,
) -> str:
    """`found` are the figures of the repeats, or one in words."""
    seen = () if isinstance(found, str) else tuple(found)
    said: dict[str, object] = {"fault": fault, "figure": figure}
    if seen:
        said |= {
            "repeats": len(seen),
            "p50": round(percentile(seen, 0.5), 3),
            "p95": round(percentile(seen, 0.95), 3),
            "max": round(max(seen), 3),
            "unit": unit,
        }
    else:
        said |= {"repeats": 1, "found": found}
    said |= {
        "lost": lost,
        "verdict": "holds" if holds else "fails",
        "commit": _commit(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
    }
    return json.dumps(said, ensure_ascii=False)


def _commit() -> str:
    """What the working tree stands on; empty outside a repository."""
    done = subprocess.run(
        ("git", "rev-parse", "--short", "HEAD"),
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()
