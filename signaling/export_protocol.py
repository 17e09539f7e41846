"""Writes the reference part of `PROTOCOL.md`: every message with its fields, right, rate, refusals, example.

The prose above the mark in that file is written by hand and kept.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from platform_api.kernel.sentences import Language, sentence
from signaling.errors import ErrorCode
from signaling.export_schema import definitions, type_text
from signaling.messages import EVENTS, REQUESTS
from signaling.messages.catalogue import EventSpec, Message, RequestSpec
from signaling.messages.documentation import EVENT_EXAMPLES, REQUEST_ERRORS, REQUEST_EXAMPLES

TARGET: Final = Path(__file__).with_name("PROTOCOL.md")
MARK: Final = "<!-- From here on written by signaling/export_protocol.py; do not edit. -->"
_LIMIT_WORDS: Final = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "maxItems": "at most {} items",
    "minItems": "at least {} items",
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "pattern": "`{}`",
}


def reference() -> str:
    """The generated part, from the mark on."""
    names, schemas = definitions()
    parts = [MARK, "", "## Requests", ""]
    for request in REQUESTS.values():
        data = schemas[names[request.data, "validation"]]
        answer = schemas[names[request.answer, "serialization"]]
        parts += _request(request, data, answer)
    parts += ["## Events", ""]
    for event in EVENTS.values():
        parts += _event(event, schemas[names[event.data, "serialization"]])
    parts += ["## Refusal codes of the live layer", "", "| code | what a person reads |", "| --- | --- |"]
    parts += [f"| `{code.value}` | {sentence(code.value, Language.EN)} |" for code in ErrorCode]
    return "\n".join(parts) + "\n"


def _request(spec: RequestSpec, data: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    right = f"right `{spec.right.value}`" if spec.right is not None else "no right of its own"
    seat = "before a seat is taken" if spec.before_join else "a seat"
    kind = "; volatile: emit it without asking for an acknowledgement" if spec.volatile else ""
    errors = ", ".join(f"`{code}`" for code in REQUEST_ERRORS[spec.name])
    return [
        f"### `{spec.name}`",
        "",
        *_about(spec.data),
        f"Needs {seat}, {right}. At most {_rate(spec)}{kind}. Refusals of its own: {errors or 'none'}.",
        "",
        *_fields("data", data),
        *_fields("answer", answer),
        *_example(REQUEST_EXAMPLES[spec.name]),
    ]


def _event(spec: EventSpec, data: Mapping[str, Any]) -> list[str]:
    kind = "Volatile: neither numbered nor kept." if spec.volatile else "Numbered and kept."
    return [
        f"### `{spec.name}`",
        "",
        *_about(spec.data),
        kind,
        "",
        *_fields("data", data),
        *_example(EVENT_EXAMPLES[spec.name]),
    ]


def _rate(spec: RequestSpec) -> str:
    if spec.rate_per_s < 1:
        return f"{round(spec.rate_per_s * 60)} a minute, {spec.burst} at once"
    return f"{spec.rate_per_s:g} a second, {spec.burst} at once"


def _about(model: type[Message]) -> list[str]:
    text = (model.__doc__ or "").strip()
    own = "__doc__" in vars(model) and text
    return [" ".join(line.strip() for line in text.splitlines()).strip(), ""] if own else []


def _fields(title: str, schema: Mapping[str, Any]) -> list[str]:
    properties = schema.get("properties", {})
    if not properties:
        return [f"No {title}: `{{}}`.", ""]
    required = set(schema.get("required", ()))
    rows = [f"| {title} | type | |", "| --- | --- | --- |"]
    for name, field in properties.items():
        kind = type_text(field).replace("|", "\\|")
        notes = [word.format(field[key]) for key, word in _LIMIT_WORDS.items() if key in field]
        if name not in required:
            notes.append(f"default `{json.dumps(field.get('default'))}`")
        rows.append(f"| `{name}` | `{kind}` | {', '.join(notes).replace('|', chr(92) + '|')} |")
    return [*rows, ""]


def _example(data: Mapping[str, Any]) -> list[str]:
    return ["```json", json.dumps(data, ensure_ascii=False), "```", ""]


def protocol(present: str) -> str:
    """The whole document: its prose, then the reference."""
    return present.partition(MARK)[0] + reference()


def main(arguments: list[str] | None = None) -> int:
    """Writes the reference, or with `--check` says by its exit code whether it is up to date."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the file differs")
    options = parser.parse_args(arguments)
    present = TARGET.read_text(encoding="utf-8")
    text = protocol(present)
    if options.check:
        return 0 if present == text else 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
