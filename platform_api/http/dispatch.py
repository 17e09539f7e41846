"""From a declared route to a handler of aiohttp: permission, rate, size, shape, answer."""

import types
import typing
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from multidict import MultiMapping
from pydantic import BaseModel, ValidationError

from platform_api.http.asker import PUBLIC, Asker, Authenticator
from platform_api.http.body import (
    BodyNotJson,
    BodyUnsupported,
    RawBody,
    read_capped,
    refuse_encoded,
    refuse_large,
)
from platform_api.http.call import BareAnswer, BytesAnswer, Call, Caller, Cookie, FileAnswer
from platform_api.http.caller import describe_caller
from platform_api.http.problems import RequestInvalid
from platform_api.http.ranges import answer_file
from platform_api.http.rate import RateLimiter
from platform_api.http.route import Route, Signature, read_signature
from platform_api.http.services import Services
from platform_api.http.shapes import IdPath
from platform_api.kernel.errors import NotAuthenticated, NotFound, Refused

BEARER = "bearer "
NODE_HEADER = "X-Scopecast-Node"
"""For which of the organisations where the asker holds a role this call acts."""


class Dispatcher:
    """Makes handlers; holds what all of them need."""

    def __init__(self, *, authenticator: Authenticator, services: Services, limiter: RateLimiter) -> None:
        self._authenticator = authenticator
        self._services = services
        self._limiter = limiter

    def handler(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The handler of one route; raises RouteError if it is declared wrongly."""
        signature = read_signature(route)

        async def handle(request: web.Request) -> web.StreamResponse:
            caller = describe_caller(request)
            asker = await self._known(route, request)
            self._limiter.take(f"{route.name}:{asker.login if asker else caller.address}", route.rate)
            if asker is not None:
                asker = asker.acting(route.permission, request.headers.get(NODE_HEADER))
                await self._admit(route, asker, caller)
            call: Call[Any, Any, Any] = Call(
                path=_validated("path", signature.path, dict(request.match_info)),
                query=_validated("query", signature.query, _query_values(signature.query, request.query)),
                body=await _body(route, signature, request),
                caller=caller,
                services=self._services,
                possible_asker=asker,
            )
            answer = await _answer(route, request, await self._carry_out(route, call))
            for cookie in call.cookies:
                _set_cookie(answer, cookie)
            return answer

        return handle

    async def _known(self, route: Route, request: web.Request) -> Asker | None:
        """The asker by the bearer token; on a public route a missing or stale token is no obstacle."""
        header = request.headers.get("Authorization", "")
        if header[: len(BEARER)].lower() != BEARER:
            if route.permission == PUBLIC:
                return None
            raise NotAuthenticated
        try:
            token = header[len(BEARER) :].strip()
            return await self._authenticator.authenticate(token, by_page=not route.keeps_login)
        except NotAuthenticated:
            if route.permission == PUBLIC:
                return None
            raise

    async def _admit(self, route: Route, asker: Asker, caller: Caller) -> None:
        """Raises Refused for an asker without the route's permission, once it is in the trail."""
        if not asker.holds(route.permission):
            refusal = Refused("auth.incomplete" if not asker.complete else None)
            await self._tell_refused(route, asker, caller, target="", code=refusal.code)
            raise refusal

    async def _carry_out(self, route: Route, call: Call[Any, Any, Any]) -> object:
        """What the handler gives. Its own refusals go into the trail too, and so does what it says is not
        there: a foreign thing and a missing one are told alike (AD-01, AZ-02)."""
        try:
            return await route.handler(call)
        except (Refused, NotFound) as refusal:
            asker = call.possible_asker
            if asker is not None:
                target = call.path.id if isinstance(call.path, IdPath) else ""
                await self._tell_refused(route, asker, call.caller, target=target, code=refusal.code)
            raise

    async def _tell_refused(
        self, route: Route, asker: Asker, caller: Caller, *, target: str, code: str
    ) -> None:
        await self._authenticator.refused(
            asker, route.permission, address=caller.address, route=route.name, target=target, code=code
        )


def _validated(part: str, model: type[BaseModel] | None, values: dict[str, Any]) -> BaseModel | None:
    if model is None:
        return None
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise RequestInvalid(error, part=part) from error


def _query_values(model: type[BaseModel] | None, query: MultiMapping[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key in query.keys():  # noqa: SIM118 - a multi-mapping
        found = query.getall(key)
        many = (
            model is not None and key in model.model_fields and _is_list(model.model_fields[key].annotation)
        )
        values[key] = found if many or len(found) > 1 else found[0]
    return values


def _is_list(hint: Any) -> bool:  # noqa: ANN401 - an annotation
    if isinstance(hint, types.UnionType):
        return any(_is_list(option) for option in typing.get_args(hint))
    return (typing.get_origin(hint) or hint) in (list, tuple, frozenset)


async def _body(route: Route, signature: Signature, request: web.Request) -> BaseModel | RawBody | None:
    refuse_large(request, route.max_body_bytes)
    refuse_encoded(request)
    model = signature.body
    if model is None:
        return None
    if issubclass(model, RawBody):
        return RawBody(request, route.max_body_bytes)
    data = await read_capped(request, route.max_body_bytes)
    if request.content_type != "application/json":
        raise BodyUnsupported
    try:
        return model.model_validate_json(data, strict=True)
    except ValidationError as error:
        if any(
            item["type"] == "json_invalid" for item in error.errors(include_input=False, include_url=False)
        ):
            raise BodyNotJson from error
        raise RequestInvalid(error, part="body") from error


async def _answer(route: Route, request: web.Request, given: object) -> web.StreamResponse:
    match given:
        case None:
            return web.Response(status=204)
        case BaseModel():
            return web.Response(
                status=route.status, body=given.model_dump_json().encode(), content_type="application/json"
            )
        case BytesAnswer():
            return web.Response(
                status=route.status,
                body=given.data,
                headers={**given.headers, "Content-Type": given.content_type},
            )
        case BareAnswer():
            return web.Response(status=route.status, headers=given.headers)
        case FileAnswer():
            return await answer_file(request.headers, given)
    raise TypeError(f"{route.full_path} gave {type(given).__name__}")


def _set_cookie(answer: web.StreamResponse, cookie: Cookie) -> None:
    answer.set_cookie(
        cookie.name,
        cookie.value,
        max_age=cookie.max_age_s,
        path="/",
        secure=True,
        httponly=True,
        samesite="Strict",
    )
