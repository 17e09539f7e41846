"""Whether the ports of this machine can be had, asked before anything is started."""

import errno
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from deploy.launch.options import Options
from deploy.launch.refused import Params, StartRefused
from media.config import MediaSettings
from media.transport.addresses import hosts_here


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port as the command line names it."""

    option: str
    number: int
    host: str
    kind: socket.SocketKind

    @property
    def protocol(self) -> str:
        return "UDP" if self.kind is socket.SOCK_DGRAM else "TCP"


def http_ports(options: Options) -> list[Port]:
    """HTTP and HTTPS."""
    named = (("--port", options.port), ("--https-port", options.https_port))
    return [
        Port(option=option, number=number, host=options.host, kind=socket.SOCK_STREAM)
        for option, number in named
    ]


def media_ports(options: Options) -> list[Port]:
    """The port of the media node at each address: UDP, and TCP unless that is off; raises SettingsError."""
    settings = options.settings().section("media", MediaSettings)
    kinds = [socket.SOCK_DGRAM, socket.SOCK_STREAM] if settings.tcp else [socket.SOCK_DGRAM]
    return [
        Port(option="--media-port", number=options.media_port, host=host, kind=kind)
        for host in hosts_here(settings)
        if host is not None
        for kind in kinds
    ]


def refuse_taken(ports: Sequence[Port]) -> None:
    """Raises StartRefused for the first port that cannot be had; all are free again afterwards."""
    with ExitStack() as stack:
        for port in ports:
            probe = stack.enter_context(socket.socket(_family(port), port.kind))
            if _family(port) is socket.AF_INET6:  # as the servers do: IPv4 has a socket of its own
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if port.kind is socket.SOCK_STREAM:  # as the server does: old connections do not count
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((port.host, port.number))
                if port.kind is socket.SOCK_STREAM:
                    probe.listen(1)
            except OSError as error:
                raise taken(port, error) from error


def _family(port: Port) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in port.host else socket.AF_INET


def taken(port: Port, error: OSError | None = None) -> StartRefused:
    """The refusal of a port."""
    facts: Params = {"port": port.number, "protocol": port.protocol, "option": port.option, "host": port.host}
    if error is None or error.errno == errno.EADDRINUSE:
        return StartRefused("launch.port_taken", params=facts)
    return StartRefused("launch.port_refused", params={**facts, "reason": str(error.strerror or error)})
