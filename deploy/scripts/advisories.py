"""Holds the locked dependencies against saved advisories: `make advisories FROM=PATH` (SC-03).

Nothing is asked over the network. PATH is a folder or a zip of records in the OSV format, as the registers of
PyPI, npm and crates.io hand them out; whoever has a line fetches them and carries them in. A hole that is
medium or worse, or of which nobody says how bad it is, and that has been known for a week, ends the command
with exit code 1.
"""

import argparse
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from packaging.version import InvalidVersion, Version

from deploy.scripts.sbom import Part, locked_parts

GRACE: Final = timedelta(days=7)
SLIGHT: Final = frozenset({"LOW", "NONE"})
ECOSYSTEMS: Final = {"PyPI": "pypi", "npm": "npm", "crates.io": "cargo"}
SEMVER: Final = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?")
BEFORE_ALL: Final = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A known hole in a part that we use. `severity` is empty where the record names none."""

    advisory: str
    part: Part
    severity: str
    published: datetime

    def counts(self, now: datetime) -> bool:
        """Whether a release may not go out with it."""
        return self.severity not in SLIGHT and now - self.published > GRACE


def records_in(place: Path) -> Iterator[dict[str, Any]]:
    """All records of a folder (with what lies below it) or of a zip; raises OSError, ValueError."""
    if place.is_dir():
        yield from (json.loads(path.read_text(encoding="utf-8")) for path in sorted(place.rglob("*.json")))
        return
    with zipfile.ZipFile(place) as packed:
        yield from (json.loads(packed.read(name)) for name in packed.namelist() if name.endswith(".json"))


def holes(parts: Sequence[Part], records: Iterable[dict[str, Any]]) -> list[Hole]:
    """What the records say of these parts, the oldest first; a withdrawn record says nothing."""
    used: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        used.setdefault((part.ecosystem, part.name), []).append(part)
    found = {
        (record["id"], part.purl): Hole(
            advisory=record["id"],
            part=part,
            severity=str(record.get("database_specific", {}).get("severity", "")).upper(),
            published=datetime.fromisoformat(record["published"]).astimezone(UTC),
        )
        for record in records
        if "withdrawn" not in record
        for affected in record.get("affected", ())
        for part in used.get(_name_of(affected), ())
        if is_affected(part, affected)
    }
    return sorted(found.values(), key=lambda hole: (hole.published, hole.advisory, hole.part))


def is_affected(part: Part, affected: dict[str, Any]) -> bool:
    """Whether the part's version is one of those named, or within one of the ranges."""
    ranges = [each for each in affected.get("ranges", ()) if each["type"] in ("ECOSYSTEM", "SEMVER")]
    return part.version in affected.get("versions", ()) or any(
        _within(part, each["events"]) for each in ranges
    )


def _within(part: Part, events: Sequence[dict[str, str]]) -> bool:
    """By the order of the events: introduced opens, fixed and last_affected close."""
    version, inside = _key(part.ecosystem, part.version), False
    for event in sorted(events, key=lambda each: _key(part.ecosystem, next(iter(each.values())))):
        ((kind, text),) = event.items()
        at = _key(part.ecosystem, text)
        if kind == "introduced" and at <= version:
            inside = True
        elif (kind == "fixed" and at <= version) or (kind == "last_affected" and at < version):
            inside = False
    return inside


def _key(ecosystem: str, text: str) -> tuple[Any, ...]:
    """Something by which versions of an ecosystem are in order; what cannot be read stands behind all."""
    if text == BEFORE_ALL:
        return (-1,)
    if ecosystem == "pypi":
        try:
            return (0, Version(text))
        except InvalidVersion:
            return (1,)
    found = SEMVER.fullmatch(text)
    if found is None:
        return (1,)
    *numbers, early = found.groups()
    words = [(0, int(word), "") if word.isdigit() else (1, 0, word) for word in (early or "").split(".")]
    return (0, *(int(number) for number in numbers), early is None, words)


def _name_of(affected: dict[str, Any]) -> tuple[str, str]:
    package = affected.get("package", {})
    name = str(package.get("name", ""))
    ecosystem = ECOSYSTEMS.get(str(package.get("ecosystem", "")).partition(":")[0], "")
    return ecosystem, re.sub(r"[-_.]+", "-", name).lower() if ecosystem == "pypi" else name


def main() -> int:
    """Prints each hole on a line; 1 if one of them counts."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("place", type=Path, help="a folder or a zip of OSV records")
    now, parts = datetime.now(UTC), locked_parts()
    found = holes(parts, records_in(asked.parse_args().place))
    for hole in found:
        mark = "COUNTS" if hole.counts(now) else "noted"
        words = (
            mark,
            hole.advisory,
            hole.part.purl,
            hole.severity or "unknown",
            f"{hole.published:%Y-%m-%d}",
        )
        sys.stdout.write("\t".join(words) + "\n")
    sys.stdout.write(
        f"{len(parts)} parts, {len(found)} holes, {sum(each.counts(now) for each in found)} count\n"
    )
    return int(any(each.counts(now) for each in found))


if __name__ == "__main__":
    sys.exit(main())
