"""`deploy/config/sample.toml` is the reference: every setting, explained, with its default, and no other."""

import ast
import dataclasses
import importlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from platform_api.kernel import config
from platform_api.kernel.config import Secret, Settings, SettingsError
from tests.support.product import ROOT

SAMPLE = ROOT / "deploy" / "config" / "sample.toml"
PACKAGES = ("annotation", "deploy", "media", "platform_api", "recording", "signaling")
KEY = re.compile(r"(?P<hidden># )?(?P<key>[a-z0-9_]+) = (?P<value>.+)")


def loaded() -> Iterator[tuple[str, Any]]:
    """Every `settings.section("name", Shape)` of the source: the name and the dataclass."""
    files = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    for path in (file for file in files if file.name != "__main__.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="section"),
                    args=[ast.Constant(value=str(name)), ast.Name(id=shape)],
                ):
                    yield name, getattr(importlib.import_module(module_of(path)), shape)


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


SECTIONS = {name: shape for name, shape in loaded() if name}


def is_secret(shape: Any, field: str) -> bool:
    hint = get_type_hints(shape)[field]
    return Secret in (hint, *get_args(hint))


def written(text: str) -> Iterator[tuple[str, str, bool, bool]]:
    """Section, key, whether it is only shown in a comment, and whether words stand above it."""
    section, before = "", ""
    for line in text.splitlines():
        found = KEY.fullmatch(line)
        if line.startswith("["):
            section = line.strip("[]")
        elif found:
            explained = before.startswith("# ") and KEY.fullmatch(before) is None
            yield section, found["key"], found["hidden"] is not None, explained
        before = line


def complaints(text: str) -> list[str]:
    """What a sample lacks, has too much, or says wrongly."""
    found: list[str] = []
    tables, rows = tomllib.loads(text), list(written(text))
    expected = {
        (name, f"{field.name}_file" if is_secret(shape, field.name) else field.name)
        for name, shape in SECTIONS.items()
        for field in dataclasses.fields(shape)
    }
    present = {(section, key) for section, key, *_ in rows}
    found += [f"missing {'.'.join(key)}" for key in sorted(expected - present)]
    found += [f"unknown {'.'.join(key)}" for key in sorted(present - expected)]
    found += [f"unknown section {name}" for name in sorted(tables.keys() - SECTIONS.keys())]
    found += [f"unexplained {section}.{key}" for section, key, _, explained in rows if not explained]
    found += [
        f"not a comment: {section}.{key}" for section, key, hidden, _ in rows if is_hidden(key) != hidden
    ]
    for name, shape in SECTIONS.items():
        try:
            given = Settings(tables, {}).section(name, shape)
        except SettingsError as error:
            found.append(str(error))
            continue
        for field in dataclasses.fields(shape):
            if getattr(given, field.name) != getattr(shape(), field.name):
                found.append(f"other default {name}.{field.name}")
    return found


def is_hidden(key: str) -> bool:
    """Files of secrets have no default: they are shown in a comment."""
    return key.endswith("_file")


def test_the_reader_knows_every_section_that_is_loaded() -> None:
    assert SECTIONS.keys() == config.SECTIONS


def test_the_sample_is_the_reference() -> None:
    assert len(SECTIONS) >= 8
    assert complaints(SAMPLE.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("line", "instead", "complaint"),
    [
        ("pool_size = 10\n", "", "missing database.pool_size"),
        ("pool_size = 10\n", "pool_size = 11\n", "other default database.pool_size"),
        ("pool_size = 10\n", "pool_size = 10\n# More.\npools = 1\n", "unknown database.pools"),
        ("# Also listen on IPv6.\n", "", "unexplained media.ipv6"),
        ("[jobs]\n", "[chores]\n", "unknown section chores"),
        ("# signing_key_file = ", "signing_key_file = ", "not a comment: secrets.signing_key_file"),
    ],
)
def test_a_sample_that_strays_is_seen(line: str, instead: str, complaint: str) -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    assert text.count(line) == 1

    assert complaint in complaints(text.replace(line, instead))
