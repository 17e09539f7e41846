"""A route, declared once: its handler's signature says what it takes and gives."""

import re
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from platform_api.http.asker import Permission
from platform_api.http.body import RawBody
from platform_api.http.call import BareAnswer, BytesAnswer, Call, FileAnswer
from platform_api.http.rate import DEFAULT_RATE, Rate
from platform_api.kernel.errors import AppError

API_PREFIX = "/api/v1"
DEFAULT_BODY_BYTES = 65_536


class RouteError(TypeError):
    """A route is declared wrongly: start is refused."""


class Method(StrEnum):
    """The methods in use."""

    GET = "GET"
    HEAD = "HEAD"
    POST = "POST"
    PATCH = "PATCH"
    PUT = "PUT"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Route:
    """`Route(Method.POST, "/things", add_thing, permission=…, summary=…)` below `/api/v1`.

    The handler is `async def add_thing(call: Call[PathShape, QueryShape, BodyShape]) -> AnswerShape`;
    `None` stands for "there is none", `RawBody` for a body that the handler reads itself.
    `errors` are the refusals beyond those that any route may give.
    """

    method: Method
    path: str
    handler: Callable[[Call[Any, Any, Any]], Awaitable[Any]]
    permission: Permission
    summary: str
    errors: tuple[type[AppError], ...] = ()
    status: int = 200
    rate: Rate = DEFAULT_RATE
    max_body_bytes: int = DEFAULT_BODY_BYTES
    prefix: str = API_PREFIX
    keeps_login: bool = True
    """Whether a call shows that a person is there (AU-05); False for what pages ask by themselves."""

    @property
    def full_path(self) -> str:
        return self.prefix + self.path

    @property
    def name(self) -> str:
        """The operation's id: the domain and the handler."""
        domain = self.handler.__module__.split(".")[1]
        return f"{domain}_{self.handler.__name__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a handler takes and gives, read from its annotations."""

    path: type[BaseModel] | None
    query: type[BaseModel] | None
    body: type[BaseModel] | type[RawBody] | None
    answer: type[BaseModel] | type[BytesAnswer] | type[FileAnswer] | type[BareAnswer] | None


def read_signature(route: Route) -> Signature:
    """The route's models; raises RouteError for a route that is not whole."""
    if not isinstance(route.permission, Permission):
        raise RouteError(f"{route.full_path} names no permission")
    hints = typing.get_type_hints(route.handler)
    answer = hints.pop("return", RouteError)
    arguments = [typing.get_args(hint) for hint in hints.values() if typing.get_origin(hint) is Call]
    if len(arguments) != 1 or answer is RouteError:
        raise RouteError(f"{route.handler.__qualname__} must take one Call[…] and say what it gives")
    path, query, body = (_model(route, item) for item in arguments[0])
    named = set(re.findall(r"{(\w+)}", route.path))
    if named != (set(path.model_fields) if path else set()):
        raise RouteError(f"{route.full_path} and its path shape name different things")
    if query is RawBody or path is RawBody:
        raise RouteError(f"{route.full_path}: RawBody is a body")
    return Signature(path=path, query=query, body=body, answer=_answer(route, answer))


def _model(route: Route, hint: Any) -> Any:  # noqa: ANN401 - an annotation
    if hint is type(None):
        return None
    if hint is RawBody or (isinstance(hint, type) and issubclass(hint, BaseModel)):
        return hint
    raise RouteError(f"{route.full_path} takes {hint!r}, which is no shape")


def _answer(route: Route, hint: Any) -> Any:  # noqa: ANN401 - an annotation
    if hint is type(None):
        return None
    if isinstance(hint, type) and issubclass(hint, (BaseModel, BytesAnswer, FileAnswer, BareAnswer)):
        return hint
    raise RouteError(f"{route.full_path} gives {hint!r}, which is no answer")
