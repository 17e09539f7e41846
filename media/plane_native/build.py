"""Builds the extension in place: `python -m media.plane_native.build`. Ends with 0 also where it cannot.

Without cargo, or where the build fails, it says so and the Python plane serves.
"""

import argparse
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

from media.plane_native.fresh import StaleExtensionError, require_seam

FOLDER: Final = Path(__file__).parent
EXTENSION: Final = FOLDER / "_core.abi3.so"


def build(*, target: Path = FOLDER / "target", jobs: int | None = None) -> bool:
    """Whether the extension is there now, fresh."""
    cargo = shutil.which("cargo")
    if cargo is None:
        return _without("no cargo here")
    command = [cargo, "build", "--release", "--locked", "--features", "python"]
    command += ["--target-dir", str(target), "--config", f'env.PYO3_PYTHON="{sys.executable}"']
    if jobs is not None:
        command += ["--jobs", str(jobs)]
    done = subprocess.run(command, cwd=FOLDER, check=False)  # noqa: S603 - our own words
    if done.returncode != 0:
        return _without("the build failed")
    fresh = EXTENSION.with_suffix(".new")
    shutil.copyfile(target / "release" / "libplane_native.so", fresh)
    fresh.replace(EXTENSION)
    return True


def _without(why: str) -> bool:
    """Says which plane serves; an extension of another version goes away, for the node would refuse it."""
    try:
        require_seam(import_module("media.plane_native._core"))
        serves = "the native plane of an earlier build serves"
    except (ImportError, StaleExtensionError):
        EXTENSION.unlink(missing_ok=True)
        serves = "the Python packet plane serves"
    print(f"media/plane_native: {why}; {serves}.")  # noqa: T201
    return False


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=Path, default=FOLDER / "target")
    parser.add_argument("--jobs", type=int)
    options = parser.parse_args()
    build(target=options.target, jobs=options.jobs)
