"""Fuzzes every parser of the native plane by coverage, on the stable tool chain: `make fuzz`.

The seeds are those of `tests/corpus`. What ends a parser is printed in hexadecimal: it goes into that
corpus with the test that shows it, and is mended then.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
SEEDS: Final = HERE.parent / "tests" / "corpus"
TARGET: Final = HERE.parent / "target" / "fuzz"
PARSERS: Final = (
    "demux", "rtp", "red", "extensions", "rtcp", "twcc", "stun", "descriptor", "VP8", "VP9", "H264", "AV1",
)  # fmt: skip
# What cargo-fuzz asks of the compiler, without the sanitizer that only a nightly one has.
COVERAGE: Final = (
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
)
MAX_BYTES: Final = 512


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def build() -> Path:
    """The fuzzing program; raises CalledProcessError where it cannot be built."""
    settings = [f"RUSTFLAGS={' '.join(COVERAGE)}", f"CARGO_TARGET_DIR={TARGET}"]
    asked = ["rustc", "-vV"]
    host = subprocess.run(asked, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own words
    triple = next(line.removeprefix("host: ") for line in host.splitlines() if line.startswith("host: "))
    # With a target named, build scripts and macros are not instrumented.
    command = ["env", *settings, "cargo", "build", "--release", "--locked", "--quiet", "--target", triple]
    subprocess.run(command, cwd=HERE, check=True)  # noqa: S603 - our own words
    return TARGET / triple / "release" / "parse"


def write_seeds(directory: Path) -> None:
    """The kept corpus, one file a seed."""
    directory.mkdir(parents=True, exist_ok=True)
    for path in sorted(SEEDS.glob("*.hex")):
        for number, line in enumerate(path.read_text().splitlines()):
            digits = "".join(line.split())
            if digits and not line.startswith("#"):
                seed = bytes.fromhex(digits[: len(digits) // 2 * 2])
                (directory / f"{path.stem}-{number}").write_bytes(seed)


def fuzz(program: Path, parser: str, seconds: int) -> bool:
    """Whether the parser stood all that was tried in so many seconds."""
    found, seeds = TARGET / "found" / parser, TARGET / "seeds"
    found.mkdir(parents=True, exist_ok=True)
    artefact = TARGET / f"ends-{parser}"
    artefact.unlink(missing_ok=True)
    command = [
        "env",
        f"PARSER={parser}",
        str(program),
        str(found),
        str(seeds),
        f"-max_total_time={seconds}",
        f"-max_len={MAX_BYTES}",
        f"-exact_artifact_path={artefact}",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    ended = subprocess.run(  # noqa: S603 - our own program
        command, capture_output=True, text=True, check=False
    )
    tried = next((line for line in ended.stderr.splitlines() if "number_of_executed_units" in line), "")
    kept = sum(1 for _ in found.iterdir())
    say(f"{parser:12} {tried.rpartition(' ')[2]:>12} tried  {kept:>5} kept for their coverage")
    if ended.returncode:
        say(f"{parser} ended by {artefact.read_bytes().hex() if artefact.exists() else '?'}")
        say(ended.stderr[-2_000:])
    return ended.returncode == 0


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--seconds", type=int, default=60, help="for each parser")
    arguments.add_argument("--parser", choices=PARSERS, action="append", help="these alone")
    asked = arguments.parse_args()
    program = build()
    write_seeds(TARGET / "seeds")
    stood = [fuzz(program, parser, asked.seconds) for parser in asked.parser or PARSERS]
    return 0 if all(stood) else 1


if __name__ == "__main__":
    sys.exit(main())
