"""The ports of the media node are looked at where it will listen, in both families, and nowhere else."""

import socket
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from deploy.launch.options import Options
from deploy.launch.ports import media_ports, refuse_taken
from deploy.launch.refused import StartRefused
from media.transport.addresses import why_no_listening
from platform_api.kernel.config import SettingsError
from tests.support.product import free_media_port

needs_ipv6 = pytest.mark.skipif(
    why_no_listening("::1") is not None, reason="NOT PROVED HERE: this machine has no IPv6"
)
UDP, TCP = socket.SOCK_DGRAM, socket.SOCK_STREAM


def options_of(port: int) -> Options:
    parser = ArgumentParser()
    Options.declare(parser)
    return Options.of(parser.parse_args(["--media-port", str(port)]))


@contextmanager
def taken(address: str, port: int, kind: socket.SocketKind) -> Iterator[None]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with closing(socket.socket(family, kind)) as other:
        other.bind((address, port))
        if kind is TCP:
            other.listen()
        yield


@pytest.mark.parametrize("kind", [UDP, TCP])
def test_a_port_that_is_taken_elsewhere_is_not_ours(
    kind: socket.SocketKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = options_of(free_media_port())
    monkeypatch.setenv("SCOPECAST_MEDIA__HOST", "127.0.0.2")

    with taken("127.0.0.1", options.media_port, kind):
        refuse_taken(media_ports(options))
    with (
        taken("127.0.0.2", options.media_port, kind),
        pytest.raises(StartRefused, match=f"{options.media_port} is taken"),
    ):
        refuse_taken(media_ports(options))


@needs_ipv6
@pytest.mark.parametrize("kind", [UDP, TCP])
def test_a_port_that_is_taken_in_ipv6_is_seen_where_ipv6_is_on(
    kind: socket.SocketKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = options_of(free_media_port())

    with taken("::1", options.media_port, kind):
        with pytest.raises(StartRefused, match=f"{options.media_port} is taken"):
            refuse_taken(media_ports(options))
        monkeypatch.setenv("SCOPECAST_MEDIA__IPV6", "false")
        refuse_taken(media_ports(options))


def test_another_machines_address_is_a_refused_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOPECAST_MEDIA__HOST", "198.51.100.77")

    with pytest.raises(SettingsError, match=r"media\.host: .* listen on 198\.51\.100\.77"):
        media_ports(options_of(free_media_port()))
