"""Every operation of the platform's own document, and requests made from it: paths filled, bodies from schemas."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientResponse

from platform_api.kernel.ids import new_id
from tests.support.platform import HttpClient
from tests.support.uploading import OFFSET_TYPE, TUS

Schema = dict[str, Any]
METHODS: Final = ("get", "head", "post", "patch", "put", "delete")
UUID: Final = "^[0-9a-f]{8}-"
NAMES: Final = {"tables table": "people", "reviews kind": "qa.summary", "review-levels kind": "qa.summary"}
"""Places of a path that name something of the house, the same for everybody."""
SECRETS: Final = {
    "discussion-invitations code": "x" * 32,
    "file-links token": "a.b.c",
    "invitations code": "x" * 32,
    "join code": "x" * 32,
    "question-links token": "x" * 32,
    "registrations/by-code code": "ABCDEFGHJKLM",
    "share token": "x" * 32,
}
"""Places that are filled by a secret: whoever has it is let in, so a walker without it has a wrong one."""
MISSING: Final = {
    "alarms number": "9000000",
    "rooms/live room": "room-of-nobody",
    "sessions/stills still": "still-of-nobody",
}
"""What stands for a thing that is not there, where it is no id."""
RAW_BODIES: Final[dict[str, dict[str, str]]] = {
    "files_look_at_upload": TUS,
    "files_give_up_upload": TUS,
    "files_go_on_with_upload": {**TUS, "Upload-Offset": "0", "Content-Type": OFFSET_TYPE},
    "files_begin_upload": {**TUS, "Upload-Length": "10", "Upload-Metadata": "filename YS5wZGY="},
}
"""What requests whose body is no JSON carry in their heads."""
SAMPLES: Final[dict[str, Any]] = {
    "code": "12345678",
    "column": "citizen_sealed",
    "email": "a@b.cn",
    "expires_at": "2027-01-01T00:00:00Z",
    "hours": 1,
    "locale": "zh-CN",
    "new": "内镜示教-2026-很长",
    "new_password": "内镜示教-2026-很长",
    "one_time_code": "12345678",
    "phone": "13700137000",
    "purpose": "季度质控核对",
    "permissions": ["files.view"],
    "scopes": ["jobs.view"],
    "ticket": "A" * 40,
    "levels": [{"level": "own", "permission": "qa.review"}],
    "username": "walker.new",
}
"""Values by the field's name where any value of the schema will not do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path."""

    name: str
    method: str
    path: str
    permission: str
    query: Mapping[str, Schema]
    body: Schema | None
    raw: bool
    path_schemas: Mapping[str, Schema]

    @property
    def is_public(self) -> bool:
        return self.permission == "public"

    @property
    def places(self) -> list[tuple[str, str]]:
        """What the path names: the key of a place (`sessions/shares share`) and the text it stands for."""
        literal: list[str] = []
        found = []
        for segment in self.path.removeprefix("/api/v1/").split("/"):
            if segment.startswith("{"):
                found.append((f"{'/'.join(literal)} {segment[1:-1]}", segment))
            else:
                literal.append(segment)
        return found

    @property
    def foreign_places(self) -> list[str]:
        """The keys of places that are filled by a thing of somebody."""
        return [key for key, _ in self.places if key not in NAMES and key not in SECRETS]


class Unfilled(AssertionError):
    """A path names something that nobody made for the walk."""


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """All of them, in the document's order."""
    return [
        _operation(path, method, described)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
        if method in METHODS
    ]


def _operation(path: str, method: str, described: Mapping[str, Any]) -> Operation:
    content = described.get("requestBody", {}).get("content", {})
    body = content.get("application/json", {}).get("schema")
    by_place: dict[str, dict[str, Schema]] = {"path": {}, "query": {}}
    for parameter in described["parameters"]:
        by_place[parameter["in"]][parameter["name"]] = parameter["schema"] | {
            "x-required": parameter["required"]
        }
    return Operation(
        name=described["operationId"],
        method=method.upper(),
        path=path,
        permission=described["x-permission"],
        query=by_place["query"],
        body=body,
        raw=bool(content) and body is None,
        path_schemas=by_place["path"],
    )


def filled(operation: Operation, things: Mapping[str, str]) -> str:
    """The path with these things in it; raises Unfilled."""
    path = operation.path
    for key, text in operation.places:
        value = NAMES.get(key) or SECRETS.get(key) or things.get(key)
        if value is None:
            raise Unfilled(f"{operation.name}: nobody made anything for {key!r}")
        path = path.replace(text, value)
    return path


def missing(operation: Operation) -> dict[str, str]:
    """For each place something that is not there."""
    return {key: MISSING.get(key) or new_id() for key in operation.foreign_places}


class Sampler:
    """Makes values from the document's schemas: the least that they demand."""

    def __init__(self, document: Mapping[str, Any], *, password: str = "", ids: str | None = None) -> None:
        self._schemas = document["components"]["schemas"]
        self._password = password
        self._ids = ids

    def value(self, schema: Schema, name: str = "") -> Any:
        """A value that the schema takes; `name` is the field's."""
        if "$ref" in schema:
            return self.value(self.resolved(schema), name)
        if "password" in name and self._password and not name.startswith("new"):
            return self._password
        if name in SAMPLES:
            return SAMPLES[name]
        for choice in ("const", "enum", "anyOf", "oneOf", "allOf"):
            if choice in schema:
                found = schema[choice]
                return self.value(found[0], name) if choice.endswith("Of") else _first(found)
        return self._plain(schema, name)

    def resolved(self, schema: Schema) -> Schema:
        """The schema that a reference names."""
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        return schema

    def _plain(self, schema: Schema, name: str) -> Any:
        match schema.get("type"):
            case "object":
                required = schema.get("required", ())
                fields = schema.get("properties", {})
                return {key: self.value(fields[key], key) for key in required}
            case "array":
                return [self.value(schema["items"], name)] * schema.get("minItems", 0)
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return True
        if str(schema.get("pattern", "")).startswith(UUID):
            return self._ids or new_id()
        if schema.get("format") == "date-time":
            return "2026-11-23T08:00:00Z"
        return "样本" * max(1, -(-schema.get("minLength", 1) // 2))

    def query(self, operation: Operation) -> dict[str, str]:
        """The parameters that must be there."""
        return {
            name: str(self.value(schema, name))
            for name, schema in operation.query.items()
            if schema["x-required"]
        }

    def objects(self, schema: Schema, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        """Where a body has objects with fields of their own: the body itself first."""
        schema = self.resolved(schema)
        if "properties" in schema or schema.get("additionalProperties") is False:
            yield path
        for name, part in schema.get("properties", {}).items():
            yield from self.objects(part, (*path, name))
        for choice in ("anyOf", "oneOf", "allOf"):
            for option in schema.get(choice, ()):
                yield from self.objects(option, path)
        if isinstance(schema.get("items"), dict):
            yield from self.objects(schema["items"], (*path, "[]"))

    def at(self, schema: Schema, way: tuple[str, ...]) -> Schema:
        """The schema of the object at the end of a way."""
        schema = self.resolved(schema)
        for choice in ("anyOf", "oneOf", "allOf"):
            for option in schema.get(choice, ()):
                if way in set(self.objects(option)):
                    return self.at(option, way)
        if not way:
            return schema
        step = schema["items"] if way[0] == "[]" else schema["properties"][way[0]]
        return self.at(step, way[1:])

    def references(self, schema: Schema | None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        """Where a body names things by their ids: the ways to those fields, `[]` for each of a list."""
        if schema is None or len(path) > 5:
            return
        schema = self.resolved(schema)
        if str(schema.get("pattern", "")).startswith(UUID):
            yield path
        for name, field in schema.get("properties", {}).items():
            yield from self.references(field, (*path, name))
        for choice in ("anyOf", "oneOf", "allOf"):
            for option in schema.get(choice, ()):
                yield from self.references(option, path)
        if isinstance(schema.get("items"), dict):
            yield from self.references(schema["items"], (*path, "[]"))


def _first(found: Any) -> Any:
    return found[0] if isinstance(found, list) else found


def put(body: Any, way: tuple[str, ...], value: Any) -> Any:
    """The body with this value at the end of the way."""
    if not way:
        return value
    step, rest = way[0], way[1:]
    if step == "[]":
        return [put(None, rest, value)]
    known = body if isinstance(body, dict) else {}
    return {**known, step: put(known.get(step), rest, value)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an operation answered: with the parts taken out that differ by the request alone."""

    status: int
    text: str
    code: str = ""

    def alike(self, other: "Said") -> bool:
        """Whether nobody could tell the two apart."""
        return (self.status, self.text) == (other.status, other.text)


async def said(answer: ClientResponse) -> Said:
    """The answer without its request id and without the address that was asked."""
    text = await answer.text(errors="replace")
    code = ""
    if text and answer.content_type == "application/problem+json":
        problem = json.loads(text)
        code = str(problem["code"])
        text = json.dumps(
            {key: value for key, value in problem.items() if key not in ("error_id", "instance")},
            ensure_ascii=False,
        )
    return Said(status=answer.status, text=text, code=code)


async def call(
    client: HttpClient,
    operation: Operation,
    path: str,
    *,
    headers: Mapping[str, str],
    query: Mapping[str, str] | None = None,
    body: Any = None,
    data: bytes | None = None,
) -> ClientResponse:
    """Asks this operation."""
    return await client.request(
        operation.method,
        path,
        params=dict(query or {}),
        headers={**headers, **RAW_BODIES.get(operation.name, {})},
        json=body if body is not None and data is None else None,
        data=data,
    )
