"""One TCP connection of a peer, and a socket of its own to the plane's port, which never leaves the machine.

The plane sees one more address, which ICE proves to be a peer's like any other; so no plane knows of TCP.
"""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import Callable
from typing import Final, cast

from media.plane import Address
from media.transport.framing import BadFrame, Deframer, framed, is_check, is_success

READ_BYTES: Final = 16 * 1024
"""Read at a time, so that no connection keeps the loop for long."""
UNSENT_BYTES: Final = 64 * 1024
"""More than this the kernel does not take from us before it has sent it: late media is worth nothing."""
QUEUED_BYTES: Final = 128 * 1024
"""What waits beyond; what does not fit is dropped, as a full line would with UDP."""
PLANE_QUEUE_BYTES: Final = 512 * 1024
DATAGRAM_BYTES: Final = 2048
BURST: Final = 64


class TcpLine(asyncio.BufferedProtocol):
    """Frames one way, datagrams the other; `is_proved` once the plane has answered a check of the peer."""

    def __init__(
        self,
        counters: Counter[str],
        *,
        on_made: Callable[["TcpLine"], None],
        on_end: Callable[["TcpLine"], None],
    ) -> None:
        self._counters = counters
        self._on_made = on_made
        self._on_end = on_end
        self._deframer = Deframer()
        self._buffer = bytearray(READ_BYTES)
        self._transport: asyncio.Transport | None = None
        self._relay: socket.socket | None = None
        self._loop = asyncio.get_running_loop()
        self.host = ""
        self.address: Address | None = None
        """Where the plane sees the peer."""
        self.began_s = self.heard_s = self._loop.time()
        self.is_proved = False

    # The peer's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.host = str((transport.get_extra_info("peername") or ("",))[0])
        connection = transport.get_extra_info("socket")
        with contextlib.suppress(OSError):  # not everywhere; then more may be late on a slow line
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        self._on_made(self)

    def open_relay(self, plane: Address) -> Address:
        """Joins the line to the plane; where that will see the peer. Raises OSError for want of a socket."""
        relay = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            relay.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PLANE_QUEUE_BYTES)
            relay.bind((plane[0], 0))
            relay.connect(plane)  # from now on it hears the plane alone
        except OSError:
            relay.close()
            raise
        self._relay = relay
        self._loop.add_reader(relay.fileno(), self._from_plane)
        self.address = cast(Address, relay.getsockname())
        return self.address

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 - asyncio's signature
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        try:
            frames = self._deframer.feed(memoryview(self._buffer)[:nbytes])
        except BadFrame:
            self.end("tcp.bad_frame")
            return
        for frame in frames:
            if not self.is_proved and not is_check(frame):
                self.end("tcp.not_a_check")
                return
            self._to_plane(frame)
        if frames:
            self.heard_s = self._loop.time()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why is nobody's concern
        self._transport = None
        relay, self._relay = self._relay, None
        if relay is not None:
            self._loop.remove_reader(relay.fileno())
            relay.close()
        self._on_end(self)

    def end(self, why: str) -> None:
        """Cuts the connection and counts why."""
        if self._transport is not None and not self._transport.is_closing():
            self._counters[why] += 1
            self._transport.abort()

    def finish(self) -> None:
        """Ends the connection; what went out last still goes, unless the peer is too slow for it."""
        transport = self._transport
        if transport is not None and not transport.is_closing() and not transport.get_write_buffer_size():
            self._counters["tcp.ended"] += 1
            transport.close()
        else:
            self.end("tcp.ended")

    # The plane's side.

    def _to_plane(self, frame: bytes) -> None:
        if self._relay is None:
            return
        try:
            self._relay.send(frame)
        except OSError:  # the plane's queue is full, or it is gone: as with UDP, nobody is told
            self._counters["tcp.dropped_in"] += 1
        else:
            self._counters["tcp.frames_in"] += 1

    def _from_plane(self) -> None:
        frames: list[bytes] = []
        for _ in range(BURST):
            try:
                datagram = self._relay.recv(DATAGRAM_BYTES) if self._relay is not None else b""
            except OSError:  # nothing more now
                break
            if not self.is_proved and is_success(datagram):
                self.is_proved = True
            frames.append(framed(datagram))
        self._write(frames)

    def _write(self, frames: list[bytes]) -> None:
        transport = self._transport
        if not frames or transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > QUEUED_BYTES:
            self._counters["tcp.dropped_out"] += len(frames)
            return
        self._counters["tcp.frames_out"] += len(frames)
        transport.write(b"".join(frames))
