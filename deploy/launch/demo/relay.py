"""Adds the grant to what FFmpeg asks of a WHIP endpoint, so that FFmpeg itself never has it.

FFmpeg's WHIP muxer takes its token by `-authorization` alone, and a command line is readable by every user of
the machine. Here FFmpeg gets an HTTP proxy in its environment, which only its own user can read
(proc(5)): one for this one endpoint, on a loopback port, for who knows its password. The proxy asks the
endpoint with a grant made at that moment. Pictures and sound do not pass through it.
"""

import asyncio
import secrets
from base64 import b64encode
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp import web

from platform_api.kernel.log import get_logger

USER: Final = "publisher"
TIMEOUT_S: Final = 20
SHUTDOWN_S: Final = 0.1  # nought would be for ever
WATCH_S: Final = 1.0
NOTHING_NEW: Final = {"Content-Type": "application/trickle-ice-sdpfrag"}
TAKEN_ALONG: Final = ("Content-Type", "If-Match")
BROUGHT_BACK: Final = ("Content-Type", "Location", "ETag", "Link", "Accept-Patch", "Retry-After")


class GrantRelay:
    """A proxy to `url` and what lies below it, answering while the block runs.

    `token` gives the grant of one request.
    """

    def __init__(self, url: str, token: Callable[[], str]) -> None:
        self._target = urlsplit(url)
        self._token = token
        self._password = secrets.token_urlsafe(32)
        self._login = b"Basic " + b64encode(f"{USER}:{self._password}".encode())
        self._runner = web.ServerRunner(web.Server(self._serve), shutdown_timeout=SHUTDOWN_S)
        self._client: aiohttp.ClientSession | None = None
        self._session = ""

    async def __aenter__(self) -> Self:
        self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()
        if self._client is not None:
            await self._client.close()

    @property
    def port(self) -> int:
        return int(self._runner.addresses[0][1])

    def environment(self) -> dict[str, str]:
        """What FFmpeg must find in its environment to ask through here."""
        proxy = f"http://{USER}:{self._password}@127.0.0.1:{self.port}"
        return {"http_proxy": proxy, "HTTP_PROXY": proxy, "no_proxy": "", "NO_PROXY": ""}

    async def gone(self) -> None:
        """Back once the endpoint no longer knows the session that FFmpeg made here.

        A media node that is back within a few tenths of a second closes its port for too short a time to be
        noticed by who only sends, and FFmpeg checks no consent (RFC 7675). An empty fragment asks for nothing
        (RFC 9725 4.3.1).
        """
        assert self._client is not None  # noqa: S101 - made before the port was opened
        while True:
            await asyncio.sleep(WATCH_S)
            if not self._session:
                continue
            headers = {**NOTHING_NEW, "Authorization": f"Bearer {self._token()}"}
            try:
                async with self._client.patch(self._session, headers=headers) as answer:
                    if answer.status == 404:
                        return
            except (aiohttp.ClientError, TimeoutError) as error:
                get_logger("demo").info("demo.endpoint_silent", url=self._session, error=type(error).__name__)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        given = request.headers.get("Proxy-Authorization", "").encode()
        if not secrets.compare_digest(given, self._login):
            return web.Response(status=407, headers={"Proxy-Authenticate": 'Basic realm="publisher"'})
        if not self._is_ours(str(request.url)):
            return web.Response(status=403)
        body = await request.read()
        headers = {name: request.headers[name] for name in TAKEN_ALONG if name in request.headers}
        headers["Authorization"] = f"Bearer {self._token()}"
        return await self._pass_on(request, headers, body)

    def _is_ours(self, url: str) -> bool:
        """Whether an address is the endpoint's, or of a session below it."""
        asked, path = urlsplit(url), self._target.path
        same_place = (asked.scheme, asked.netloc) == (self._target.scheme, self._target.netloc)
        return same_place and (asked.path == path or asked.path.startswith(f"{path}/"))

    async def _pass_on(
        self, request: web.BaseRequest, headers: dict[str, str], body: bytes
    ) -> web.StreamResponse:
        assert self._client is not None  # noqa: S101 - made before the port was opened
        try:
            async with self._client.request(
                request.method, request.url, headers=headers, data=body, allow_redirects=False
            ) as answer:
                if answer.status == 201 and "Location" in answer.headers:
                    self._session = urljoin(str(request.url), answer.headers["Location"])
                brought = {name: answer.headers[name] for name in BROUGHT_BACK if name in answer.headers}
                return web.Response(status=answer.status, headers=brought, body=await answer.read())
        except (aiohttp.ClientError, TimeoutError):
            return web.Response(status=502)
