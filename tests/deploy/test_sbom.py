"""The bill of materials names everything that is locked, by version and hash (SC-03)."""

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from deploy.scripts.sbom import (
    LockError,
    cargo_parts,
    document,
    locked_parts,
    npm_parts,
    own_version,
    python_parts,
)
from tests.support.product import ROOT

A, B = "a" * 64, "b" * 64


def test_SC_03_every_locked_part_has_a_version_and_the_hashes_by_which_it_is_installed() -> None:
    parts = locked_parts()

    found = document(parts, own_version())
    refs = [each["bom-ref"] for each in found["components"]]
    assert len(refs) == len(set(refs)) == len(parts)
    assert {part.ecosystem for part in parts} == {"pypi", "npm", "cargo"}
    assert all(part.version and part.hashes for part in parts)
    assert all(re.fullmatch(r"[0-9a-f]{64}|[0-9a-f]{128}", text) for part in parts for _, text in part.hashes)
    assert {"aiohttp", "vue", "pyo3"} <= {part.name for part in parts if part.runs}
    assert document(locked_parts(), own_version()) == found, "the same lock files give the same bytes"


def test_SC_03_what_is_named_in_the_manifests_is_locked() -> None:
    """Each `.in`, package.json and Cargo.toml against its lock file: none is newer than the other."""
    locked = {(part.ecosystem, part.name) for part in locked_parts()}
    named = set()
    for path in (ROOT / "deploy" / "requirements").glob("*.in"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if (found := re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line)) is not None:
                named.add(("pypi", re.sub(r"[-_.]+", "-", found[0]).lower()))
    package = json.loads((ROOT / "web" / "package.json").read_text(encoding="utf-8"))
    named |= {("npm", name) for kind in ("dependencies", "devDependencies") for name in package.get(kind, {})}

    assert named - locked == set()


def test_SC_03_what_is_installed_here_is_what_is_locked() -> None:
    """Nothing beside the lock files is in this environment, and nothing of another version."""
    locked = {part.name: part.version for part in locked_parts() if part.ecosystem == "pypi"}
    installed = {
        re.sub(r"[-_.]+", "-", each.metadata["Name"]).lower(): each.version
        for each in metadata.distributions()
    }

    others = {name: version for name, version in installed.items() if locked.get(name) != version}
    assert set(others) - {"scopecast", "pip"} == set()


def test_a_part_without_a_version_or_a_hash_is_refused() -> None:
    with pytest.raises(LockError):
        python_parts("one==1.0\n", "")
    with pytest.raises(LockError):
        python_parts(f"one>=1.0 \\\n    --hash=sha256:{A}\n", "")
    with pytest.raises(LockError):
        npm_parts({"packages": {"node_modules/one": {"version": "1.0.0"}}})
    with pytest.raises(LockError):
        cargo_parts({"package": [{"name": "one", "version": "1.0.0", "source": "registry"}]}, runs=True)


def test_what_only_builders_and_testers_need_is_told_apart() -> None:
    runtime = f"One_Part[extra]==1.0 \\\n    --hash=sha256:{A} \\\n    --hash=sha256:{B}\n    # via nothing\n"
    python = python_parts(runtime, f"{runtime}two==2.0 \\\n    --hash=sha256:{B}\n")
    integrity = "sha512-" + "A" * 86 + "=="
    npm = npm_parts(
        {
            "packages": {
                "": {"name": "us"},
                "node_modules/@s/a": {"version": "1.0.0", "integrity": integrity, "license": "MIT"},
                "node_modules/b": {"version": "2.0.0", "integrity": integrity, "dev": True},
                "node_modules/c/node_modules/b": {"version": "2.0.0", "integrity": integrity},
            }
        }
    )

    assert [(part.purl, part.runs, len(part.hashes)) for part in python] == [
        ("pkg:pypi/one-part@1.0", True, 2),
        ("pkg:pypi/two@2.0", False, 1),
    ]
    assert [(part.purl, part.runs) for part in npm] == [
        ("pkg:npm/%40s/a@1.0.0", True),
        ("pkg:npm/b@2.0.0", True),
    ]
    first, second = document(npm, "1")["components"]
    assert first["licenses"] == [{"expression": "MIT"}]
    assert "licenses" not in second


def test_the_command_writes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "below" / "sbom.json"
    done = subprocess.run(
        [sys.executable, "-m", "deploy.scripts.sbom", str(path)], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(path.read_text(encoding="utf-8"))["specVersion"] == "1.6"
