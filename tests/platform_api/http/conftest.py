"""A small application with routes of its own, in front of a real socket."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from platform_api.http import (
    PUBLIC,
    SIGNED_IN,
    Asker,
    Call,
    IdPath,
    Method,
    PageQuery,
    Permission,
    Rate,
    Route,
    Shape,
)
from platform_api.http.application import make_application
from platform_api.http.health import Readiness
from platform_api.http.services import Services
from platform_api.http.settings import HttpSettings
from platform_api.http.shapes import Text
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.errors import NotAuthenticated, NotFound
from platform_api.kernel.ids import OrganisationId, new_id

Client: TypeAlias = TestClient[web.Request, web.Application]
SECRET_WORDS = "relation users in /srv/scopecast, PostgreSQL 18.6"


class Draft(Shape):
    """A body."""

    title: Text
    minutes: int = 30


class Kept(Shape):
    """An answer."""

    id: str
    title: str
    asker: str | None


async def keep(call: Call[None, None, Draft]) -> Kept:
    return Kept(
        id=new_id(), title=call.body.title, asker=call.possible_asker.name if call.possible_asker else None
    )


async def show(call: Call[IdPath, None, None]) -> Kept:
    raise NotFound


async def list_them(call: Call[None, PageQuery, None]) -> Kept:
    return Kept(id=str(call.query.limit), title="", asker=call.asker.name)


async def fail(call: Call[None, None, None]) -> Kept:
    raise RuntimeError(SECRET_WORDS)


async def forget(call: Call[None, None, None]) -> None:
    return None


ROUTES = (
    Route(
        Method.POST,
        "/things",
        keep,
        permission=PUBLIC,
        summary="Keeps a thing.",
        status=201,
        max_body_bytes=2000,
    ),
    Route(Method.GET, "/things/{id}", show, permission=PUBLIC, summary="Shows a thing.", errors=(NotFound,)),
    Route(Method.GET, "/things", list_them, permission=SIGNED_IN, summary="Lists things."),
    Route(Method.POST, "/fail", fail, permission=PUBLIC, summary="Fails.", rate=Rate(3, 60)),
    Route(Method.DELETE, "/things", forget, permission=Permission("things.forget"), summary="Forgets all."),
)


class OneAsker:
    """Knows one token."""

    def __init__(self) -> None:
        self.refusals: list[str] = []

    async def authenticate(self, token: str, *, by_page: bool = False) -> Asker:
        if token != "good":
            raise NotAuthenticated("token.invalid")
        return Asker(
            subject="u",
            name="王医生",
            login="l",
            organisation=OrganisationId("o"),
            permissions=frozenset({"things.see"}),
        )

    async def refused(
        self, asker: Asker, permission: Permission, *, address: str, route: str, target: str, code: str
    ) -> None:
        self.refusals.append(" ".join([asker.subject, permission.name, target, code]).replace("  ", " "))


Start = Callable[..., Awaitable[Client]]


@pytest.fixture
def readiness() -> Readiness:
    return Readiness()


@pytest.fixture
def authenticator() -> OneAsker:
    return OneAsker()


@pytest.fixture
async def start(
    aiohttp_client: Callable[[TestServer], Awaitable[Client]], readiness: Readiness, authenticator: OneAsker
) -> Start:
    """Starts the application, with other settings if given."""

    async def begin(settings: HttpSettings | None = None, **more: object) -> Client:
        app = make_application(
            ROUTES,
            authenticator=authenticator,
            services=Services(),
            readiness=readiness,
            clock=SystemClock(),
            settings=settings or HttpSettings(),
            registry=CollectorRegistry(),
            **more,  # type: ignore[arg-type]
        )
        return await aiohttp_client(TestServer(app))

    return begin


@pytest.fixture
async def client(start: Start) -> Client:
    return await start()
