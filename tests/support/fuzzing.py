"""Requests made by chance from the API's document: some that a schema allows to its edges, some that it forbids."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from tests.support.walk_rows import Operation, Sampler, Schema, filled

JSON: Final = {"Content-Type": "application/json"}
SPECIAL: Final = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud83d",
    "\u202e倒",
    "\ufeff",
    "\U0001f9ec" * 3,
    "é́́́",
    "İıſß",
    "'; DROP TABLE users; --",
    "%s%n%x",
    "%00",
    "../../etc/passwd",
    "{{7*7}}",
    "=1+1",
    "\r\nSet-Cookie: a=b",
    "null",
    "NaN",
    "1e309",
    "0x10",
    "٣",
    "2026-13-45T99:99:99Z",
    "9999-12-31T23:59:59.999999+14:00",
    "0001-01-01T00:00:00-14:00",
    "00000000-0000-0000-0000-000000000000",
    "FFFFFFFF-FFFF-7FFF-8FFF-FFFFFFFFFFFF",
)
NUMBERS: Final = (0, -0.0, 1, -1, 0.1, 2**31, 2**53 + 1, -(2**63), 2**64, 10**30, 1e308, -1e-320)
PLACES: Final = (
    "%00",
    "%ff",
    "%2e%2e",
    "%F0%9F%A7%AC",
    "0",
    "-1",
    "9" * 30,
    "x" * 3000,
    "%E2%80%AE",
    "a%0d%0ab",
)
RAW: Final = (
    b"", b"{", b"[]", b"null", b"\xff\xfe", b'"\\ud800"', b"{}" * 2, b'{"a":NaN}', b"[" * 3000, b"\x00" * 64, b"-",
)  # fmt: skip
DEEPEST: Final = 6
LONG: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it is sent; `way` says what was done to it."""

    way: str
    path: str
    query: str = ""
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Maker:
    """Makes requests; the same chance makes the same ones."""

    def __init__(self, document: Mapping[str, Any], chance: random.Random, things: Mapping[str, str]) -> None:
        self._sampler = Sampler(document)
        self._chance = chance
        self._things = things
        self._ids = sorted({each for each in things.values() if len(each) == 36})

    def request(self, operation: Operation, password: str) -> Request:
        """One by chance: within the schema about half of the time."""
        path = filled(operation, self._things)
        query = self._query(operation, self.allowed)
        body = None if operation.body is None else self._known(self.allowed(operation.body), password)
        if operation.raw:
            return Request(way="raw", path=path, query=query, body=self._chance.choice((*RAW, b"x" * 5_000)))
        ways: list[tuple[str, Callable[[], Request]]] = [
            ("allowed", lambda: Request(way="allowed", path=path, query=query, body=_bytes(body), headers=JSON)),
            ("path", lambda: Request(way="path", path=self._odd_path(operation), query=query, body=_bytes(body), headers=JSON)),
            ("query", lambda: Request(way="query", path=path, query=self._odd_query(operation), body=_bytes(body), headers=JSON)),
        ]  # fmt: skip
        if operation.body is not None:
            ways += [
                ("allowed", ways[0][1]),
                ("spoilt", lambda: Request(way="spoilt", path=path, query=query, body=_bytes(self._spoilt(body)), headers=JSON)),
                ("bytes", lambda: Request(way="bytes", path=path, query=query, body=self._chance.choice(RAW), headers=JSON)),
            ]  # fmt: skip
        return self._chance.choice(ways)[1]()

    def allowed(self, schema: Schema, depth: int = 0) -> Any:
        """A value that the schema takes, at its edges where there are some."""
        schema = self._sampler.resolved(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._chance.choice(schema["enum"])
        for choice in ("anyOf", "oneOf"):
            if choice in schema:
                return self.allowed(self._chance.choice(schema[choice]), depth)
        match schema.get("type"):
            case "object":
                return self._object(schema, depth)
            case "array":
                least, most = schema.get("minItems", 0), min(schema.get("maxItems", 3), 3)
                count = self._chance.choice((least, max(least, most)))
                return [self.allowed(schema["items"], depth + 1) for _ in range(count)]
            case "integer" | "number" as kind:
                return self._number(schema, whole=kind == "integer")
            case "boolean":
                return self._chance.random() < 0.5
            case "null":
                return None
            case "string":
                return self._text(schema)
        return self._anything(depth)

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        found = {
            name: self.allowed(part, depth + 1)
            for name, part in schema.get("properties", {}).items()
            if name in required or (depth < DEEPEST and self._chance.random() < 0.6)
        }
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and depth < DEEPEST:
            found |= {self._chance.choice(SPECIAL): self.allowed(more, depth + 1) for _ in range(2)}
        return found

    def _number(self, schema: Schema, *, whole: bool) -> float:
        limits = {"minimum": -(2**63), "maximum": 2**63 - 1} | schema
        least: float = limits["minimum"]
        most: float = limits["maximum"]
        within = [each for each in (*NUMBERS, least, most, least + 1, most - 1) if least <= each <= most]
        chosen = self._chance.choice(within or [least])
        return int(chosen) if whole else chosen

    def _text(self, schema: Schema) -> str:
        pattern = str(schema.get("pattern", ""))
        if pattern.startswith("^[0-9a-f]{8}-"):
            return self._chance.choice(self._ids)
        if schema.get("format") == "date-time":
            return self._chance.choice(
                ("2026-11-23T08:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z")
            )
        least, most = schema.get("minLength", 0), schema.get("maxLength", LONG)
        chosen: str = self._chance.choice((*SPECIAL, "样本", "a", "1", "甲" * min(most, LONG)))
        return f"{chosen}{'a' * (least - len(chosen))}"[:most]

    def _anything(self, depth: int) -> Any:
        if depth > DEEPEST or self._chance.random() < 0.7:
            return self._chance.choice((None, True, *SPECIAL, *NUMBERS))
        return self._chance.choice(
            ([self._anything(depth + 1)], {self._chance.choice(SPECIAL): self._anything(depth + 1)})
        )

    def _known(self, body: Any, password: str) -> Any:
        """With the password of who asks, most of the time: behind it the rest begins."""
        if not isinstance(body, dict):
            return body
        return {name: password if name == "password" else value for name, value in body.items()}

    def _spoilt(self, body: Any) -> Any:
        """With something in it that the schema does not take, somewhere."""
        if isinstance(body, dict) and body and self._chance.random() < 0.8:
            name = self._chance.choice(sorted(body))
            match self._chance.randrange(4):
                case 0:
                    return {key: value for key, value in body.items() if key != name}
                case 1:
                    return body | {self._chance.choice(SPECIAL): self._anything(0)}
                case _:
                    return body | {name: self._spoilt(body[name])}
        if isinstance(body, list) and body and self._chance.random() < 0.5:
            return [self._spoilt(each) for each in body] * self._chance.choice((1, 200))
        deep: Any = []
        for _ in range(self._chance.choice((0, 90))):
            deep = [deep]
        return self._chance.choice((self._anything(0), deep, "x" * 100_000, {"a": {"a": None}}))

    def _query(self, operation: Operation, value: Callable[[Schema], Any]) -> str:
        pairs = []
        for name, schema in operation.query.items():
            if schema["x-required"] or self._chance.random() < 0.5:
                pairs.append((name, value(schema)))
        return _query_of(pairs)

    def _odd_query(self, operation: Operation) -> str:
        names = [*operation.query, "unknown", "limit", "cursor"]
        pairs = [(self._chance.choice(names), self._chance.choice(SPECIAL)) for _ in range(3)]
        return self._chance.choice(
            (_query_of(pairs), "%", "a=%ff", "&&==", f"{names[0]}=%ED%A0%80", "x=" + "y" * 6_000)
        )

    def _odd_path(self, operation: Operation) -> str:
        path = operation.path
        for _, text in operation.places:
            path = path.replace(text, self._chance.choice((*PLACES, *self._ids)), 1)
        return path


def _bytes(body: Any) -> bytes | None:
    return None if body is None else json.dumps(body).encode()


def _query_of(pairs: list[tuple[str, Any]]) -> str:
    told = []
    for name, value in pairs:
        for each in value if isinstance(value, list) else [value]:
            text = str(each).lower() if isinstance(each, bool) else str(each)
            told.append(f"{quote(name, safe='')}={quote(text.encode('utf-8', 'surrogatepass'), safe='')}")
    return "&".join(told)
