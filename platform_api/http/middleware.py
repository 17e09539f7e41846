"""Around every request: an id, errors as problems, logs, figures, security headers."""

import time
import traceback
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Histogram

from platform_api.http.caller import describe_caller
from platform_api.http.problems import problem_answer
from platform_api.kernel.errors import AppError
from platform_api.kernel.log import get_logger

MAX_HEAD_BYTES: Final = 32_768
"""All lines of a head together; the library bounds each of them, and how many there are."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "object-src 'none'",
        "frame-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
DATA_POLICY: Final = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
)
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": (
        "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), "
        "screen-wake-lock=(self), autoplay=(self), geolocation=(), payment=(), usb=(), serial=(), "
        "browsing-topics=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
STRICT_TRANSPORT: Final = "max-age=31536000"
LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")
STATUS_CODES: Final = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "request.too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "request.unsupported",
    HTTPStatus.FORBIDDEN: "refused",
    HTTPStatus.UNAUTHORIZED: "auth.required",
}


class HeadTooLarge(AppError):
    """The lines before the body are longer than any page of ours makes them."""

    code = "request.head_too_large"


class Figures:
    """Counters of the HTTP side, one label set a route (never a path with ids).

    `refresh` is awaited before all are told: figures of other processes are fetched there.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.refresh: list[Callable[[], Awaitable[None]]] = []
        labels = ("method", "route", "status")
        self.requests = Counter("scopecast_http_requests", "Requests answered.", labels, registry=registry)
        self.seconds = Histogram(
            "scopecast_http_seconds", "Time to an answer.", ("method", "route"), registry=registry
        )


FIGURES = web.AppKey("figures", Figures)


@web.middleware
async def surround(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers every refusal and every fault with a problem; a fault is logged here and nowhere else."""
    caller = describe_caller(request)
    began = time.monotonic()
    with structlog.contextvars.bound_contextvars(request_id=caller.request_id):
        answer = await _answer(request, handler)
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "none"
    figures = request.config_dict[FIGURES]
    figures.requests.labels(request.method[:10], route, answer.status).inc()
    figures.seconds.labels(request.method[:10], route).observe(time.monotonic() - began)
    return answer


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        refuse_large_head(request)
        return await handler(request)
    except AppError as error:
        problem = error
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        problem = AppError(STATUS_CODES.get(HTTPStatus(error.status), "error"), status_hint=error.status)
    except Exception as error:
        # The edge: whatever it is, the peer sees an id alone.
        if request.writer.output_size > 0:
            raise
        _log_fault(request, error)
        problem = AppError("internal", status_hint=500)
    caller = describe_caller(request)
    return problem_answer(
        problem, instance=request.path, error_id=caller.request_id, language=caller.language
    )


def refuse_large_head(request: web.Request) -> None:
    """Raises HeadTooLarge (OP-09)."""
    size = len(request.raw_path) + sum(len(name) + len(value) for name, value in request.raw_headers)
    if size > MAX_HEAD_BYTES:
        raise HeadTooLarge


def _log_fault(request: web.Request, error: BaseException) -> None:
    """One line with the frames; not the message, which may quote a person's data."""
    frames = [
        f"{frame.filename.rpartition('/site-packages/')[2]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    causes: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(causes) < 5:
        causes.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    route = request.match_info.route.resource
    get_logger("http").error(
        "http.fault",
        error_id=describe_caller(request).request_id,
        method=request.method,
        route=route.canonical if route is not None else "none",
        error_types=causes,
        frames=frames[-12:],
    )


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Security headers on every answer (OP-06), whoever made it; no server version."""
    caller = describe_caller(request)
    headers = response.headers
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    data = request.path.startswith("/api/") and not request.path.startswith("/api/docs")
    headers.setdefault("Content-Security-Policy", DATA_POLICY if data else PAGE_POLICY)
    headers.setdefault("X-Request-Id", caller.request_id)
    if data:
        headers.setdefault("Cache-Control", "no-store")
    if caller.secure and not request.host.startswith(LOCAL_HOSTS):
        headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
    headers.popall("Server", None)
