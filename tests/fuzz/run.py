"""Fuzzes every parser of ours in Python by coverage: `make fuzz-python`.

One process a parser, told by atheris (libFuzzer) which of our lines an input has reached. What ends a parser
or takes it more than TIMEOUT_S is printed as a line for `corpus/<parser>.txt`: it goes there once mended.
`--keep` adds the shortest inputs that reached something new, for the tests to begin with.
"""

import argparse
import importlib
import random
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
WORK: Final = ROOT / "build" / "fuzz"
KEPT: Final = Path(__file__).resolve().parent / "corpus"
INSTRUMENTED: Final = ["media", "signaling", "annotation", "recording", "platform_api", "jwt"]
TIMEOUT_S: Final = 2
MAX_BYTES: Final = 4_096
BEGIN_WITH: Final = 400
KEEP: Final = 30
KEEP_BYTES: Final = 300


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run_one(name: str, options: list[str]) -> None:
    """In a process of its own: what is imported under atheris tells which lines are reached; no return."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=INSTRUMENTED):
        targets = importlib.import_module("tests.support.hostile_bytes").TARGETS
    atheris.Setup([sys.argv[0], *options], targets[name])
    atheris.Fuzz()


def write_seeds(name: str, folder: Path) -> None:
    """What the tests begin with, and some of what they make of it."""
    hostile = importlib.import_module("tests.support.hostile_seeds")
    folder.mkdir(parents=True, exist_ok=True)
    begun = hostile.seeds(name)
    made = hostile.changed(begun, random.Random(1), BEGIN_WITH)
    for number, data in enumerate((*begun, *(each for each in made if len(each) <= MAX_BYTES))):
        (folder / f"{number:04}").write_bytes(data)


def fuzz(name: str, seconds: int) -> bool:
    """Whether the parser stood all that was tried in so many seconds."""
    seeds, found, ends = WORK / name / "seeds", WORK / name / "found", WORK / name / "ends"
    write_seeds(name, seeds)
    found.mkdir(parents=True, exist_ok=True)
    ends.unlink(missing_ok=True)
    command = [sys.executable, __file__, "--one", name, str(found), str(seeds)]
    command += [f"-max_total_time={seconds}", f"-max_len={MAX_BYTES}", f"-timeout={TIMEOUT_S}"]
    command += [f"-exact_artifact_path={ends}", "-rss_limit_mb=1024", "-print_final_stats=1", "-verbosity=0"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    tried = next((line for line in ended.stderr.splitlines() if "number_of_executed_units" in line), "")
    kept = sum(1 for _ in found.iterdir())
    say(f"{name:12} {tried.rpartition(' ')[2]:>12} tried {kept:>6} kept for their coverage")
    if ended.returncode:
        say(f"{name} ended by {ends.read_bytes() if ends.exists() else '?'!r}")
        say((ended.stdout + ended.stderr)[-3_000:])
    return ended.returncode == 0


def keep(name: str) -> None:
    """Adds the shortest of what was found to the kept corpus."""
    path, found = KEPT / f"{name}.txt", WORK / name / "found"
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    small = sorted((file.read_bytes() for file in found.iterdir()), key=len)
    new = [repr(data) for data in small if len(data) <= KEEP_BYTES and repr(data) not in lines]
    path.write_text("".join(f"{line}\n" for line in [*lines, *new[-KEEP:]]), encoding="ascii")


def main() -> int:
    if sys.argv[1:2] == ["--one"]:
        run_one(sys.argv[2], sys.argv[3:])
    targets = importlib.import_module("tests.support.hostile_bytes").TARGETS
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--seconds", type=int, default=60, help="for each parser")
    arguments.add_argument("--parser", choices=tuple(targets), action="append", help="these alone")
    arguments.add_argument("--keep", action="store_true", help="adds the shortest finds to corpus/")
    asked = arguments.parse_args()
    stood = []
    for name in asked.parser or targets:
        stood.append(fuzz(name, asked.seconds))
        if asked.keep:
            keep(name)
    return 0 if all(stood) else 1


if __name__ == "__main__":
    sys.exit(main())
