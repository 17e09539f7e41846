"""Saved advisories against what is locked: which versions they mean, and which of them count (SC-03)."""

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.scripts.advisories import holes, is_affected, records_in
from deploy.scripts.sbom import Part, locked_parts

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def part(ecosystem: str, name: str, version: str) -> Part:
    return Part(ecosystem=ecosystem, name=name, version=version, hashes=(("SHA-256", "a" * 64),), runs=True)


def record(name: str, *events: dict[str, str], ecosystem: str = "PyPI", **more: Any) -> dict[str, Any]:
    kind = "ECOSYSTEM" if ecosystem == "PyPI" else "SEMVER"
    affected = {
        "package": {"ecosystem": ecosystem, "name": name},
        "ranges": [{"type": kind, "events": list(events)}],
    }
    return {"id": "OSV-1", "published": "2026-11-01T00:00:00Z", "affected": [affected], **more}


@pytest.mark.parametrize(
    ("ecosystem", "version", "inside"),
    [
        ("pypi", "1.9", True),
        ("pypi", "1.10", False),
        ("pypi", "1.10rc1", True),
        ("pypi", "2.0", True),
        ("pypi", "2.1", True),
        ("pypi", "2.1.post1", False),
        ("npm", "1.9.0", True),
        ("npm", "1.10.0", False),
        ("npm", "1.10.0-rc.1", True),
        ("cargo", "2.0.0", True),
        ("cargo", "2.1.1", False),
    ],
)
def test_SC_03_a_range_means_the_versions_between_its_events(
    ecosystem: str, version: str, inside: bool
) -> None:
    long = "" if ecosystem == "pypi" else ".0"
    events = [
        {"introduced": "0"},
        {"fixed": f"1.10{long}"},
        {"introduced": f"2.0{long}"},
        {"last_affected": f"2.1{long}"},
    ]
    ranges = [{"type": "ECOSYSTEM" if ecosystem == "pypi" else "SEMVER", "events": events}]

    assert is_affected(part(ecosystem, "one", version), {"ranges": ranges}) is inside
    assert is_affected(part(ecosystem, "one", version), {"versions": [version]})


def test_SC_03_a_hole_counts_from_medium_on_and_after_a_week() -> None:
    ours = [part("pypi", "one-part", "1.0"), part("npm", "two", "1.0.0")]
    week_old = (NOW - timedelta(days=6)).isoformat()
    told = [
        record("One_Part", {"introduced": "0"}, database_specific={"severity": "HIGH"}),
        record("one.part", {"introduced": "0"}, id="OSV-2", database_specific={"severity": "LOW"}),
        record("one-part", {"introduced": "0"}, id="OSV-3", published=week_old),
        record("one-part", {"introduced": "0"}, id="OSV-4", withdrawn="2026-11-02T00:00:00Z"),
        record("one-part", {"introduced": "0"}, {"fixed": "0.9"}, id="OSV-5"),
        record("two", {"introduced": "0"}, id="OSV-6", ecosystem="npm"),
        record("two", {"introduced": "0"}, id="OSV-7", ecosystem="Debian:12"),
    ]

    found = holes(ours, told)

    assert [(each.advisory, each.counts(NOW)) for each in found] == [
        ("OSV-1", True),
        ("OSV-2", False),
        ("OSV-6", True),
        ("OSV-3", False),
    ]
    assert found[2].severity == "", "of which nobody says how bad it is: it counts"


def test_records_come_from_a_folder_or_a_zip(tmp_path: Path) -> None:
    (tmp_path / "folder" / "below").mkdir(parents=True)
    (tmp_path / "folder" / "below" / "1.json").write_text(json.dumps(record("aiohttp", {"introduced": "0"})))
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as packed:
        packed.writestr("1.json", json.dumps(record("aiohttp", {"introduced": "0"})))
        packed.writestr("README", "no record")

    for place in ("folder", "all.zip"):
        (hole,) = holes(locked_parts(), records_in(tmp_path / place))
        assert hole.part.name == "aiohttp"
