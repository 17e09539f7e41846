"""Nothing goes to another machine in the clear: pages, and the way to a database elsewhere (CR-01)."""

import asyncio
import ssl
from argparse import ArgumentParser
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from deploy.launch.certificate import tls_context
from deploy.launch.database import Cluster, proves_server
from deploy.launch.front import _https_for_others
from deploy.launch.options import Options
from platform_api.http.caller import SETTINGS
from platform_api.http.settings import HttpSettings
from platform_api.kernel.config import SettingsError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def answered(
    remote: str, path: str, headers: dict[str, str], proxies: tuple[str, ...] = ()
) -> tuple[int, str]:
    """Status and address of the answer to somebody who asks in plain HTTP from there."""

    @web.middleware
    async def from_there(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await handler(request.clone(remote=remote))

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="page")

    app = web.Application(middlewares=[from_there, _https_for_others(8443)])
    app[SETTINGS] = HttpSettings(trusted_proxies=proxies)
    app.router.add_route("*", "/{path:.*}", page)
    async with TestClient(TestServer(app)) as client:
        answer = await client.post(
            path, headers={"Host": "scope.example.org:8080", **headers}, allow_redirects=False
        )
        return answer.status, answer.headers.get("Location", "")


async def test_CR_01_plain_http_of_another_machine_is_sent_to_https() -> None:
    sent = (308, "https://scope.example.org:8443/api/v1/auth/login?a=b")
    lie = {"X-Forwarded-Proto": "https"}

    assert await answered("192.0.2.7", "/api/v1/auth/login?a=b", {}) == sent
    assert await answered("192.0.2.7", "/api/v1/auth/login?a=b", lie) == sent, (
        "nobody's word counts but a proxy's"
    )
    assert await answered("192.0.2.7", "/", lie, ("192.0.2.0/24",)) == (200, "")
    assert await answered("127.0.0.1", "/", {}) == (200, "")


@pytest.mark.parametrize(("newest", "taken"), [("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)])
async def test_CR_01_tls_before_1_2_is_refused(tmp_path: Path, newest: str, taken: bool) -> None:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.set_ciphers("ALL:@SECLEVEL=0")
    client.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    client.maximum_version = ssl.TLSVersion[newest]
    server = await asyncio.start_server(
        lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=tls_context(tmp_path)
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client)
            writer.close()
            spoken = True
        except (ssl.SSLError, ConnectionError):
            spoken = False

    assert spoken is taken


@pytest.mark.parametrize(
    ("dsn", "proven"),
    [
        ("postgresql://app@/scopecast?host=/run/postgresql", True),
        ("postgresql://app@%2Frun%2Fpostgresql/scopecast", True),
        ("postgresql://app@127.0.0.1:5432/scopecast", True),
        ("postgresql://app@localhost/scopecast", True),
        ("postgresql://app@[::1]:5432/scopecast", True),
        ("postgresql://app@db.example.org/scopecast?sslmode=verify-full", True),
        ("postgresql://app@db.example.org/scopecast?sslmode=verify-ca", True),
        ("postgresql://app@db.example.org/scopecast", False),
        ("postgresql://app@db.example.org/scopecast?sslmode=require", False),
        ("postgresql://app@db.example.org/scopecast?sslmode=disable", False),
        ("postgresql://app@127.0.0.1,db.example.org/scopecast", False),
        ("postgresql://app@localhost.example.org/scopecast", False),
        ("postgresql://app@/scopecast?host=10.0.0.7", False),
        ("postgresql://app@[2001:db8::7]/scopecast", False),
        ("postgresql:///scopecast", False),
    ],
)
def test_CR_01_a_database_elsewhere_proves_itself_or_is_not_asked(
    dsn: str, proven: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parser = ArgumentParser()
    Options.declare(parser)
    options = Options.of(parser.parse_args(["--data-dir", str(tmp_path)]))
    monkeypatch.setenv("SCOPECAST_DATABASE__DSN", dsn)

    assert proves_server(dsn) is proven
    if proven:
        assert Cluster.of(options).app_dsn == dsn
        return
    with pytest.raises(SettingsError, match=r"^database\.unproven"):
        Cluster.of(options)
    monkeypatch.setenv("SCOPECAST_DATABASE__ACCEPT_UNPROVEN", "true")
    assert Cluster.of(options).app_dsn == dsn
