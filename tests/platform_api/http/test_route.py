"""A route that is not declared whole refuses the start."""

from datetime import UTC, datetime
from typing import Any

import pytest

from platform_api.http import PUBLIC, Call, IdPath, Method, Route, Shape
from platform_api.http.application import _refuse_doubles
from platform_api.http.rate import Rate, RateLimiter
from platform_api.http.route import RouteError, read_signature
from platform_api.kernel.clock import ManualClock
from platform_api.kernel.errors import TooMany


class Answer(Shape):
    """An answer."""

    ok: bool


async def good(call: Call[IdPath, None, None]) -> Answer:
    return Answer(ok=True)


async def silent(call: Call[None, None, None]):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return None


async def loose(call: Call[None, None, dict[str, Any]]) -> Answer:
    return Answer(ok=True)


async def without_call(body: Answer) -> Answer:
    return body


def route(handler: Any, path: str = "/things", permission: Any = PUBLIC) -> Route:
    return Route(Method.GET, path, handler, permission=permission, summary="Does.")


def test_AZ_03_a_route_without_permission_is_refused() -> None:
    read_signature(route(good, "/things/{id}"))
    for permission in (None, "", "public"):
        with pytest.raises(RouteError, match="permission"):
            read_signature(route(good, "/things/{id}", permission))


@pytest.mark.parametrize("handler", [silent, loose, without_call, good])
def test_a_handler_must_say_what_it_takes_and_gives(handler: Any) -> None:
    with pytest.raises(RouteError):
        read_signature(route(handler))


def test_a_route_is_declared_once() -> None:
    with pytest.raises(RouteError, match="twice"):
        _refuse_doubles([route(good, "/things/{id}"), route(good, "/things/{id}")])


def test_the_rate_limiter_fills_and_empties_with_time() -> None:
    clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
    limiter = RateLimiter(clock)
    for _ in range(3):
        limiter.take("a", Rate(3, 60))
    with pytest.raises(TooMany) as caught:
        limiter.take("a", Rate(3, 60))
    assert caught.value.retry_after_s == pytest.approx(20)
    limiter.take("b", Rate(3, 60))
    clock.advance(20)
    limiter.take("a", Rate(3, 60))
