"""The one UDP port: an IPv4 socket and, where the machine has it, an IPv6 one of the same number."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable
from typing import Final

from media.plane import Address
from media.plane_python.srtp import PacketBuffer

MAX_DATAGRAMS_A_WAKE_UP: Final = 64
SOCKET_BUFFER_BYTES: Final = 4 * 1024 * 1024
PORT_ATTEMPTS: Final = 20


class UdpPort:
    """Reads datagrams without a task: `receive(buffer, size, address)` for each, then `drained()`.

    A wake-up reads a bounded number of datagrams, so that timers and other sockets have their turn.
    """

    def __init__(
        self,
        buffer: PacketBuffer,
        receive: Callable[[int, Address], None],
        drained: Callable[[], None],
    ) -> None:
        self._buffer = buffer
        self._receive = receive
        self._drained = drained
        self._sockets: list[socket.socket] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self.receive_errors = 0

    def open(self, port: int, *, host: str = "0.0.0.0", host6: str | None = "::") -> None:  # noqa: S104
        """Binds and begins to read; port 0 takes a free one. Raises OSError where it is taken."""
        self._sockets = _bind_pair(port, host, host6)
        self._loop = asyncio.get_running_loop()
        for opened in self._sockets:
            self._loop.add_reader(opened.fileno(), self._drain, opened)

    @property
    def number(self) -> int:
        if not self._sockets:
            raise RuntimeError("the port is not open")
        port: int = self._sockets[0].getsockname()[1]
        return port

    def sender_for(self, address: Address) -> socket.socket | None:
        """The socket that reaches an address; None without IPv6 for an IPv6 address, or when closed."""
        index = 1 if ":" in address[0] else 0
        return self._sockets[index] if index < len(self._sockets) else None

    def close(self) -> None:
        for opened in self._sockets:
            if self._loop is not None and not self._loop.is_closed():
                self._loop.remove_reader(opened.fileno())
            opened.close()
        self._sockets = []

    def _drain(self, opened: socket.socket) -> None:
        view, receive = self._buffer.view, self._receive
        for _ in range(MAX_DATAGRAMS_A_WAKE_UP):
            try:
                size, address = opened.recvfrom_into(view)
            except BlockingIOError:
                break
            except OSError:
                self.receive_errors += 1
                break
            receive(size, address if len(address) == 2 else (address[0].partition("%")[0], address[1]))
            if not self._sockets:
                return
        self._drained()


def _bind_pair(port: int, host: str, host6: str | None) -> list[socket.socket]:
    for _ in range(PORT_ATTEMPTS):
        first = _bind(socket.AF_INET, host, port)
        if host6 is None or not socket.has_ipv6:
            return [first]
        try:
            return [first, _bind(socket.AF_INET6, host6, first.getsockname()[1])]
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return [first]  # no IPv6 on this machine
            first.close()
            if port:
                raise
    raise OSError(errno.EADDRINUSE, "no port is free for both IPv4 and IPv6")


def _bind(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            with contextlib.suppress(OSError):
                opened.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER_BYTES)
        opened.bind((host, port))
    except OSError:
        opened.close()
        raise
    return opened
