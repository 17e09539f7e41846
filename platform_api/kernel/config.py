"""Settings: the one reader of the environment and of the settings file.

A section is a frozen dataclass with a default for each field. Values come, later over earlier, from the
dataclass, the TOML file's table of that name, and `SCOPECAST_SECTION__KEY`. A field typed `Secret`
is read from the file that `KEY_file` names, or from the environment; never from the TOML file itself.
"""

import dataclasses
import difflib
import os
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")
WEAK_SECRETS = frozenset(
    {"changeme", "change-me", "secret", "password", "admin", "scopecast", "test", "default"}
)
MIN_SECRET_LENGTH = 16
PREFIX: Final = "SCOPECAST_"
NEAR: Final = 0.75
"""How like a known name a mistyped word is: `databse` is `database`, `port` is not `exports`."""
SECTIONS: Final = frozenset(
    {
        "alarms",
        "database",
        "exports",
        "files",
        "http",
        "identity",
        "jobs",
        "media",
        "notify",
        "recording",
        "secrets",
        "signaling",
        "syslog",
        "turn",
    }
)
"""Every section that some part loads: `read` refuses any other. A test holds this to the source."""


class SettingsError(Exception):
    """A setting is unknown, unreadable, or too weak: start is refused with this sentence."""


class Secret(str):
    """A text that is never shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(***)"


class Settings:
    """All raw settings, from which each concern loads its own typed section."""

    def __init__(
        self, tables: Mapping[str, Any], environment: Mapping[str, str], *, file: Path | None = None
    ) -> None:
        self._tables = tables
        self._environment = environment
        self._place = f" in {file}" if file is not None else ""

    @classmethod
    def read(cls, path: Path | None) -> "Settings":
        """Reads the file (none: defaults alone) and the environment of this process.

        Raises SettingsError for a file that cannot be read, and for a section that no part knows.
        """
        tables: dict[str, Any] = {}
        if path is not None:
            try:
                tables = tomllib.loads(path.read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
                raise SettingsError(f"cannot read settings file {path}: {error}") from error
        found = cls(tables, dict(os.environ), file=path)
        found.refuse_unknown_sections()
        return found

    def refuse_unknown_sections(self) -> None:
        """Raises SettingsError for a table, or a variable, whose section nobody would ever load."""
        for name, table in self._tables.items():
            if name not in SECTIONS:
                what = "section" if isinstance(table, dict) else "setting"
                raise SettingsError(f"unknown {what} {name}{self._place}{_meant(name, SECTIONS)}")
            if not isinstance(table, dict):
                raise SettingsError(f"{name} must be a section{self._place}: [{name}]")
        for variable in self._environment:
            section, separator, _ = variable.removeprefix(PREFIX).partition("__")
            if variable.startswith(PREFIX) and separator and section.lower() not in SECTIONS:
                raise SettingsError(f"unknown setting {variable} in the environment")

    def section(self, name: str, shape: type[T]) -> T:
        """The section of this name as its dataclass; raises SettingsError for unknown or bad keys."""
        table = dict(self._tables.get(name, {}))
        prefix = f"{PREFIX}{name.upper()}__"
        places = dict.fromkeys(table, self._place)
        for variable, value in self._environment.items():
            if variable.startswith(prefix):
                key = variable[len(prefix) :].lower()
                table[key], places[key] = value, " in the environment"
        hints = get_type_hints(shape)
        known = {field.name for field in dataclasses.fields(shape)}  # type: ignore[arg-type]
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key.endswith("_file") and key.removesuffix("_file") in known:
                values[key.removesuffix("_file")] = _read_secret(name, key, str(value))
            elif key not in known:
                raise SettingsError(f"unknown setting {name}.{key}{places[key]}{_meant(key, known)}")
            else:
                self._refuse_secret_in_file(name, key, hints[key])
                values[key] = _convert(f"{name}.{key}", value, hints[key])
        return shape(**values)

    def _refuse_secret_in_file(self, name: str, key: str, hint: Any) -> None:  # noqa: ANN401
        if Secret in (hint, *get_args(hint)) and key in self._tables.get(name, {}):
            raise SettingsError(f"{name}.{key} is a secret: name a file by {name}.{key}_file instead")


def _meant(word: str, known: Iterable[str]) -> str:
    """A hint at the name that was probably meant."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=NEAR)
    return f"; did you mean {near[0]}?" if near else ""


def _read_secret(name: str, key: str, path: str) -> Secret:
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"cannot read {name}.{key}: {error.strerror}") from error
    return check_secret(f"{name}.{key}", text)


def check_secret(label: str, text: str) -> Secret:
    """The secret if it is long enough and not a well-known default; else SettingsError."""
    if len(text) < MIN_SECRET_LENGTH or text.lower() in WEAK_SECRETS:
        raise SettingsError(f"{label} is too weak: at least {MIN_SECRET_LENGTH} characters, no default")
    return Secret(text)


def _convert(label: str, value: Any, hint: Any) -> Any:  # noqa: ANN401
    if isinstance(hint, types.UnionType) or get_origin(hint) is typing.Union:
        options = [option for option in get_args(hint) if option is not type(None)]
        return None if value in ("", None) else _convert(label, value, options[0])
    if hint is Secret:
        return check_secret(label, str(value))
    if get_origin(hint) is tuple:
        items = (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )
        if not isinstance(items, list | tuple):
            raise SettingsError(f"{label}: {value!r} is not a list")
        return tuple(_convert(label, item, get_args(hint)[0]) for item in items)
    try:
        if hint is bool:
            return _boolean(value)
        if hint in (int, float, str, Path):
            return hint(value)
        return hint(value)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{label}: {value!r} is not {getattr(hint, '__name__', hint)}") from error


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false", "1", "0", "yes", "no"}:
        return value.lower() in {"true", "1", "yes"}
    raise ValueError(value)
