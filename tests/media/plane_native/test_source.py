"""What the crate's own text promises: where `unsafe` may stand."""

import re
from pathlib import Path

import media.plane_native

SOURCES = Path(media.plane_native.__file__).parent / "src"
MAY_BE_UNSAFE = frozenset({"sys", "binding"})
UNSAFE = re.compile(r"\bunsafe\s*(\{|fn|impl|extern|trait)|allow\(unsafe_code\)")


def test_unsafe_stands_in_the_system_call_and_binding_modules_alone() -> None:
    files = sorted(SOURCES.rglob("*.rs"))
    found = {
        path.relative_to(SOURCES).parts[0]
        for path in files
        if UNSAFE.search("\n".join(line.partition("//")[0] for line in path.read_text().splitlines()))
    }

    assert len(files) > 50
    assert found
    assert found <= MAY_BE_UNSAFE
    assert "#![deny(unsafe_code)]" in (SOURCES / "lib.rs").read_text()
