"""Refusals and faults as `application/problem+json` (RFC 9457), in the person's language."""

import json
import math
from http import HTTPStatus
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from platform_api.http.shapes import Shape
from platform_api.kernel.errors import AppError
from platform_api.kernel.sentences import Language, sentence

CONTENT_TYPE: Final = "application/problem+json"
MAX_FIELDS: Final = 50
FIELD_CODES: Final = {
    "missing": "field.missing",
    "extra_forbidden": "field.unknown",
    "string_too_short": "field.too_short",
    "too_short": "field.too_short",
    "string_too_long": "field.too_long",
    "too_long": "field.too_long",
    "greater_than": "field.too_small",
    "greater_than_equal": "field.too_small",
    "less_than": "field.too_large",
    "less_than_equal": "field.too_large",
    "enum": "field.not_offered",
    "literal_error": "field.not_offered",
}
LIMITS: Final = ("min_length", "max_length", "gt", "ge", "lt", "le")


class FieldProblem(Shape):
    """What is wrong with one field; `path` is dotted, list indices included."""

    path: str
    code: str
    message: str


class Problem(Shape):
    """The body of every refusal."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    error_id: str
    fields: list[FieldProblem] | None = None


class RequestInvalid(AppError):
    """Fields of the request are not as the API's document says."""

    code = "request.invalid"
    status_hint = 422

    def __init__(self, error: ValidationError, *, part: str) -> None:
        super().__init__()
        self.part = part
        self.errors = error.errors(include_url=False, include_context=True, include_input=False)[:MAX_FIELDS]

    def fields(self, language: Language) -> list[FieldProblem]:
        """Each field with its sentence."""
        found = []
        for item in self.errors:
            code = FIELD_CODES.get(item["type"], "field.invalid")
            context = item.get("ctx", {})
            limit = next((context[name] for name in LIMITS if name in context), "")
            text = sentence(
                code, language, {"limit": limit if isinstance(limit, (int, float)) else str(limit)}
            )
            path = ".".join(str(step) for step in item["loc"]) or self.part
            found.append(FieldProblem(path=path[:200], code=code, message=text))
        return found


def problem_answer(error: AppError, *, instance: str, error_id: str, language: Language) -> web.Response:
    """The answer that a refusal becomes: code, sentence and id, and nothing of our inside."""
    status = error.status_hint
    problem = Problem(
        type=f"urn:scopecast:error:{error.code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=error.code,
        detail=sentence(error.code, language, error.params),
        instance=instance[:500],
        error_id=error_id,
        fields=error.fields(language) if isinstance(error, RequestInvalid) else None,
    )
    answer = web.Response(
        status=status,
        body=json.dumps(problem.model_dump(exclude_none=True), ensure_ascii=False).encode("utf-8", "replace"),
        content_type=CONTENT_TYPE,
        headers={"Content-Language": language.value},
    )
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after_s is not None:
        answer.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    return answer
