"""Connections of peers who send slowly on purpose, or too many at once (OP-01).

The library times idle connections alone: a request whose head or body never ends would keep its connection.
This stands between the socket and the library: it hears every byte first, and cuts what is late.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, cast

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from platform_api.http.connection import connect
from platform_api.http.settings import HttpSettings

LOOK_S: Final = 1.0
LOOPBACK: Final = ("127.0.0.1", "::1")


@dataclass(slots=True)
class Crowd:
    """How many connections each address has."""

    settings: HttpSettings
    _open: Counter[str] = field(default_factory=Counter)

    def enter(self, address: str) -> bool:
        """Whether one more of this address is let in; this machine and our proxies speak for many."""
        if address in LOOPBACK or self.settings.trusts(address):
            return True
        if self._open[address] >= self.settings.connections_per_address:
            return False
        self._open[address] += 1
        return True

    def leave(self, address: str) -> None:
        """One of this address has ended."""
        if self._open[address] > 1:
            self._open[address] -= 1
        else:
            self._open.pop(address, None)


class GuardedConnection(asyncio.Protocol):
    """The library's connection, watched."""

    def __init__(self, inner: RequestHandler, crowd: Crowd) -> None:
        self._inner = inner
        self._crowd = crowd
        self._settings = crowd.settings
        self._transport: asyncio.Transport | None = None
        self._address: str | None = None
        self._head_since: float | None = None
        self._body_since: float | None = None
        self._body_bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if isinstance(peer, tuple) else ""
        if self._crowd.enter(address):
            self._address = address
        else:
            self._transport.abort()
        self._inner.connection_made(transport)
        self._head_since = self._now()
        self._look()

    def connection_lost(self, error: BaseException | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._address is not None:
            self._crowd.leave(self._address)
        self._inner.connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self._head_since is None and self._is_idle():
            self._head_since = self._now()
        self._inner.data_received(data)
        if not self._is_idle():
            self._head_since = None
        self._body_bytes += len(data)

    def eof_received(self) -> None:
        self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the library asks its protocol by name
        return getattr(self._inner, name)

    def _is_idle(self) -> bool:
        """Whether no request is under way whose head is there; a socket that was upgraded is never idle."""
        inner = self._inner
        return inner._current_request is None and not inner._messages and not inner._upgraded

    def _look(self) -> None:
        now = self._now()
        if self._head_late(now) or self._body_late(now):
            if self._transport is not None:
                self._transport.abort()
            return
        self._timer = asyncio.get_running_loop().call_later(self._look_s(), self._look)

    def _look_s(self) -> float:
        return min(LOOK_S, self._settings.head_timeout_s / 4, self._settings.body_timeout_s / 4)

    def _head_late(self, now: float) -> bool:
        return self._head_since is not None and now - self._head_since > self._settings.head_timeout_s

    def _body_late(self, now: float) -> bool:
        """Whether the body under way came too slowly; what we do not take up is not the peer's fault."""
        request = self._inner._current_request
        if request is None or request.content.is_eof() or self._inner._reading_paused:
            self._body_since, self._body_bytes = None, 0
            return False
        if self._body_since is None:
            self._body_since, self._body_bytes = now, 0
            return False
        if now - self._body_since < self._settings.body_timeout_s:
            return False
        slow = self._body_bytes < self._settings.body_least_bytes_s * (now - self._body_since)
        self._body_since, self._body_bytes = now, 0
        return slow

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def guarded(server: web.Server, crowd: Crowd) -> Callable[[], GuardedConnection]:
    """The factory of an application's connections, each of them watched."""

    def make() -> GuardedConnection:
        return GuardedConnection(connect(server), crowd)

    return make


class GuardedSite(web.TCPSite):
    """An address of the front whose connections are watched."""

    def __init__(self, runner: web.AppRunner, host: str, port: int, *, crowd: Crowd, **more: Any) -> None:  # noqa: ANN401
        super().__init__(runner, host, port, **more)
        self._crowd = crowd

    async def start(self) -> None:
        """As the library's own, but for the factory."""
        await web.BaseSite.start(self)
        server = self._runner.server
        if server is None:
            raise RuntimeError("the runner is not set up")
        self._server = await asyncio.get_running_loop().create_server(
            guarded(server, self._crowd),
            self._host,
            self._port,
            ssl=self._ssl_context,
            backlog=self._backlog,
        )
