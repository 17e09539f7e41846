"""The aiohttp application of all declared routes."""

from collections.abc import Sequence
from importlib import metadata

from aiohttp import web, web_response
from prometheus_client import CollectorRegistry

from platform_api.http.asker import Authenticator
from platform_api.http.caller import SETTINGS
from platform_api.http.dispatch import Dispatcher
from platform_api.http.health import Readiness
from platform_api.http.middleware import FIGURES, Figures, add_headers, surround
from platform_api.http.openapi import describe_api
from platform_api.http.operations import ApiDocument, add_operations
from platform_api.http.rate import RateLimiter
from platform_api.http.route import Route, RouteError
from platform_api.http.services import Services
from platform_api.http.settings import HttpSettings
from platform_api.http.static import WebClient
from platform_api.kernel.clock import Clock

SERVER_NAME = "scopecast"


def make_application(
    routes: Sequence[Route],
    *,
    authenticator: Authenticator,
    services: Services,
    readiness: Readiness,
    clock: Clock,
    settings: HttpSettings,
    registry: CollectorRegistry,
    web_client: WebClient | None = None,
) -> web.Application:
    """The application; raises RouteError for a route without permission or declared twice."""
    app = web.Application(middlewares=[surround])
    app[SETTINGS] = settings
    app[FIGURES] = Figures(registry)
    app.on_response_prepare.append(add_headers)
    # Answers to what is not HTTP at all pass no signal, and would tell the library's version (OP-08).
    setattr(web_response, "SERVER_SOFTWARE", SERVER_NAME)  # noqa: B010 - not in its public names
    _refuse_doubles(routes)
    dispatcher = Dispatcher(authenticator=authenticator, services=services, limiter=RateLimiter(clock))
    for route in routes:
        app.router.add_route(route.method, route.full_path, dispatcher.handler(route))
    version = metadata.version("scopecast")
    add_operations(
        app, readiness=readiness, document=ApiDocument(lambda: describe_api(routes, version=version))
    )
    if web_client is not None:
        web_client.add_to(app)
    return app


def _refuse_doubles(routes: Sequence[Route]) -> None:
    seen: set[object] = set()
    for route in routes:
        for key in ((route.method, route.full_path), route.name):
            if key in seen:
                raise RouteError(f"{route.name} at {route.full_path} is declared twice")
            seen.add(key)
