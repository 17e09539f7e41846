"""A receiver of syslog over TLS (RFC 5425) that may be away, and may break off in the middle of a batch."""

import asyncio
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

MESSAGE = re.compile(
    rb"<85>1 \S+ \S+ \S+ - DICOM\+RFC3881 \[meta sequenceId=\"(\d+)\"\] \xef\xbb\xbf(<AuditMessage>.*)",
    re.DOTALL,
)


@dataclass(slots=True)
class SyslogReceiver:
    """Keeps what it read in the order in which it came; `break_after` cuts the line after so many messages."""

    tls: ssl.SSLContext
    port: int = 0
    numbers: list[int] = field(default_factory=list)
    texts: dict[int, bytes] = field(default_factory=dict)
    break_after: int | None = None
    broken: int = 0
    _server: asyncio.Server | None = None
    _lines: set[asyncio.StreamWriter] = field(default_factory=set)

    @classmethod
    def with_certificate(cls, certificate: Path, key: Path) -> "SyslogReceiver":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        return cls(tls)

    async def open(self) -> None:
        """Takes connections, at the same port as before."""
        self._server = await asyncio.start_server(self._read, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def leave(self) -> None:
        """Is away at once: lines are cut, whatever was sent into them."""
        if self._server is not None:
            self._server.close()
        for line in list(self._lines):
            line.transport.abort()
        self._server = None

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        try:
            while length := await self._length(reader):
                self._take(await reader.readexactly(length))
                if self.break_after is not None and len(self.numbers) >= self.break_after:
                    self.break_after = None
                    self.broken += 1
                    writer.transport.abort()
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._lines.discard(writer)
            with suppress(OSError):
                writer.close()

    async def _length(self, reader: asyncio.StreamReader) -> int:
        digits = b""
        while (byte := await reader.read(1)) not in (b" ", b""):
            digits += byte
            if len(digits) > 9:
                raise ConnectionError("no frame")
        return int(digits or b"0")

    def _take(self, text: bytes) -> None:
        found = MESSAGE.fullmatch(text)
        assert found is not None, text[:120]
        self.numbers.append(int(found[1]))
        self.texts[int(found[1])] = found[2]
