"""Nobody makes us call an address of theirs: no route takes one, and few modules call out at all (OP-10)."""

import ast
import re
from collections.abc import Iterator
from typing import Any

from platform_api.app import DOMAINS
from platform_api.http.openapi import describe_api
from tests.contract.test_house import ROOT, SOURCES, relative

DOCUMENT: dict[str, Any] = describe_api([route for domain in DOMAINS for route in domain.ROUTES], version="0")
AN_ADDRESS = re.compile(
    r"(?i)(^|_)(url|uri|href|host|hostname|endpoint|callback|webhook|server|domain|proxy|redirect|ip|port|next)s?($|_)"
)
CALLS_OUT = {
    "platform_api/kernel/unix_link.py": "sockets of this machine, named by the data directory",
    "platform_api/audit_messages/sender.py": "the hospital's audit repository (`syslog.host`)",
    "platform_api/files/s3.py": "the bucket (`files.s3_endpoint`)",
    "deploy/launch/up.py": "our own front, at its own port",
    "deploy/launch/demo/relay.py": "the demonstration, between its encoder and our own front",
}
"""Each calls an address of the settings or of this machine, never one that came with a request."""
OUTGOING = {
    "ClientSession",
    "create_connection",
    "open_connection",
    "urlopen",
    "create_client",
    "HTTPConnection",
}


def fields(
    schema: dict[str, Any], seen: frozenset[str] = frozenset()
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each field that a body of this schema may carry, however deep."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name and name not in seen:
        yield from fields(DOCUMENT["components"]["schemas"][name], seen | {name})
    for field, value in schema.get("properties", {}).items():
        yield field, value
        yield from fields(value, seen)
    parts = [part for key in ("anyOf", "oneOf", "allOf") for part in schema.get(key, [])]
    parts += [schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
    for part in parts:
        yield from fields(part, seen)


def inputs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation with each parameter and field that it takes."""
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            for parameter in operation["parameters"]:
                yield f"{method} {path}", parameter["name"], parameter["schema"]
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for name, schema in fields(content.get("schema", {})):
                    yield f"{method} {path}", name, schema


def test_OP_10_no_route_takes_an_address_to_call() -> None:
    found = list(inputs())

    assert len(found) > 400
    assert [(where, name) for where, name, schema in found if AN_ADDRESS.search(name)] == []
    assert [(where, name) for where, name, schema in found if schema.get("format", "").startswith("ur")] == []


def test_OP_10_the_pattern_knows_an_address_when_it_sees_one() -> None:
    for name in ("url", "webhook_url", "callback", "host", "s3_endpoint", "redirect_uri", "next"):
        assert AN_ADDRESS.search(name)
    for name in ("report", "description", "recipient", "phone", "zip", "context"):
        assert not AN_ADDRESS.search(name)


def test_OP_10_few_modules_call_out_and_each_calls_where_the_settings_say() -> None:
    calling = set()
    for path in SOURCES:
        if path.suffix != ".py" or relative(path).startswith(("tests/", "deploy/scripts/")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if called in OUTGOING:
                    calling.add(relative(path))
    assert calling == set(CALLS_OUT)
    assert all((ROOT / name).is_file() for name in CALLS_OUT)
