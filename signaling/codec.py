"""Between JSON text and the messages of the catalogue; everything that comes is checked here first."""

import json
import math
import re
from typing import Any, Final, Never

from pydantic import ValidationError

from signaling.errors import Malformed
from signaling.messages.catalogue import Message, RequestSpec
from signaling.messages.envelope import MAX_JSON_DEPTH

MAX_FIELD_CHARACTERS: Final = 120
# A string that is begun is one token though it never ends: each character is looked at once.
_TOKENS: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


class Unreadable(ValueError):
    """The text is not JSON that we read: malformed, too deep, or with numbers that JSON has not."""


def loads(text: str) -> Any:  # noqa: ANN401 - JSON
    """The value of a JSON text; raises Unreadable, never anything else, however deep or odd the text."""
    if text.count("[") + text.count("{") > MAX_JSON_DEPTH and _depth(text) > MAX_JSON_DEPTH:
        raise Unreadable("too deep")
    try:
        return json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise Unreadable("malformed") from error


def dumps(value: Any, **options: Any) -> str:  # noqa: ANN401 - JSON
    """The value as JSON text that every browser reads."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, **options)


def _depth(text: str) -> int:
    depth = deepest = 0
    for match in _TOKENS.finditer(text):
        found = match.group()
        if found in ("[", "{"):
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_JSON_DEPTH:
                break
        elif found in ("]", "}"):
            depth -= 1
    return deepest


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Unreadable("not finite")
    return value


def _no_constant(name: str) -> Never:
    raise Unreadable(name)


def decode(spec: RequestSpec, data: object) -> Message:
    """The request's data as its message; raises Malformed with the first field that is wrong."""
    if not isinstance(data, dict):
        raise Malformed(field="")
    try:
        return spec.data.model_validate(data)
    except ValidationError as error:
        raise Malformed(field=_field(error)) from error


def encode(message: Message) -> dict[str, Any]:
    """The message as a JSON value."""
    return message.model_dump(mode="json")


def _field(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return ".".join(str(part) for part in first["loc"])[:MAX_FIELD_CHARACTERS]
