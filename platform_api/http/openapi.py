"""The API's document (OpenAPI 3.1) from the declared routes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from platform_api.http.asker import PUBLIC
from platform_api.http.body import BodyNotJson, BodyTooLarge, BodyUnsupported, RawBody
from platform_api.http.call import BareAnswer
from platform_api.http.problems import CONTENT_TYPE, Problem, RequestInvalid
from platform_api.http.route import Route, Signature, read_signature
from platform_api.kernel.errors import AppError, NotAuthenticated, Refused, TooMany, Unavailable

REF = "#/components/schemas/{model}"
RAW_TYPES = ("application/octet-stream", "multipart/form-data", "application/offset+octet-stream")
Models = Mapping[Any, dict[str, Any]]


def describe_api(routes: Sequence[Route], *, version: str) -> dict[str, Any]:
    """The whole document; the order of routes is kept."""
    read = [(route, read_signature(route)) for route in routes]
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Problem, "serialization")]
    for _, signature in read:
        wanted += _models_of(signature)
    schemas, definitions = models_json_schema(list(dict.fromkeys(wanted)), ref_template=REF)
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for route, signature in read:
        paths[route.full_path][route.method.lower()] = _operation(route, signature, schemas, definitions)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Scopecast", "version": version},
        "paths": dict(paths),
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _models_of(signature: Signature) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    found: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    for model in (signature.path, signature.query, signature.body):
        if model is not None and issubclass(model, BaseModel):
            found.append((model, "validation"))
    if signature.answer is not None and issubclass(signature.answer, BaseModel):
        found.append((signature.answer, "serialization"))
    return found


def _operation(
    route: Route, signature: Signature, schemas: Models, definitions: dict[str, Any]
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.name.partition("_")[0]],
        "summary": route.summary,
        "x-permission": route.permission.name,
        "security": [] if route.permission == PUBLIC else [{"bearer": []}],
        "parameters": [
            *_parameters("path", signature.path, definitions, schemas),
            *_parameters("query", signature.query, definitions, schemas),
        ],
        "responses": {**_good(route, signature, schemas), **_refusals(route, signature)},
    }
    if signature.body is not None:
        operation["requestBody"] = _request_body(signature.body, schemas)
    return operation


def _request_body(model: type[BaseModel] | type[RawBody], schemas: Models) -> dict[str, Any]:
    if issubclass(model, RawBody):
        return {"required": True, "content": {kind: {} for kind in RAW_TYPES}}
    content = {"application/json": {"schema": schemas[model, "validation"]}}
    return {"required": True, "content": content}


def _parameters(
    place: str, model: type[BaseModel] | None, definitions: dict[str, Any], schemas: Models
) -> list[dict[str, Any]]:
    if model is None:
        return []
    name = schemas[model, "validation"]["$ref"].rpartition("/")[2]
    schema = definitions["$defs"][name]
    required = set(schema.get("required", ()))
    return [
        {"name": key, "in": place, "required": place == "path" or key in required, "schema": value}
        for key, value in schema.get("properties", {}).items()
    ]


def _good(route: Route, signature: Signature, schemas: Models) -> dict[str, Any]:
    if signature.answer is None:
        return {"204": {"description": "Done."}}
    if issubclass(signature.answer, BareAnswer):
        return {str(route.status): {"description": "Done."}}
    if issubclass(signature.answer, BaseModel):
        content = {"application/json": {"schema": schemas[signature.answer, "serialization"]}}
        return {str(route.status): {"description": "Done.", "content": content}}
    return {str(route.status): {"description": "The bytes.", "content": {"application/octet-stream": {}}}}


def _refusals(route: Route, signature: Signature) -> dict[str, Any]:
    """One response a status, with the codes that it may carry."""
    kinds: list[type[AppError]] = [*route.errors, TooMany, Unavailable]
    if route.permission != PUBLIC:
        kinds += [NotAuthenticated, Refused]
    if signature.path or signature.query or signature.body:
        kinds.append(RequestInvalid)
    if signature.body:
        kinds += [BodyTooLarge, BodyUnsupported, BodyNotJson]
    codes: dict[int, set[str]] = defaultdict(set)
    for kind in kinds:
        codes[kind.status_hint].add(kind.code)
    schema = {"schema": {"$ref": REF.format(model="Problem")}}
    return {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {CONTENT_TYPE: schema},
            "x-codes": sorted(codes[status]),
        }
        for status in sorted(codes)
    }
