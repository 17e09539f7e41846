"""Debian's coturn as `scopecast` configures it: what it carries, for whom, and where to (MD-09)."""

import asyncio
import re
import shutil
import subprocess
import time
from argparse import ArgumentParser
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aioice import stun, turn
from aiortc import RTCConfiguration, RTCIceServer
from aiortc.rtcconfiguration import RTCIceTransportPolicy
from structlog.testing import capture_logs

from deploy.launch.options import Options
from deploy.launch.refused import StartRefused
from deploy.launch.turn import configuration, is_advised, relays_of, settings_of, turn_part, turn_ports
from media.app import make_plane
from media.config import MediaSettings
from media.control import PublicationStarted
from media.local import LocalMediaClient
from media.node import MediaNode
from media.transport.addresses import host_addresses
from media.turn import Relays
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.rooms import Source
from tests.support.aiortc_peer import AiortcPeer, Events, peers
from tests.support.fault_line import fault_line
from tests.support.product import free_media_port, free_port

HERE = next(iter(host_addresses(ipv6=False)), None)
FORBIDDEN_V4 = ("127.0.0.1", "0.0.0.0", "10.0.0.1", "169.254.169.254", "198.51.100.9", "224.0.0.1")
FORBIDDEN = (*FORBIDDEN_V4, "::1", *(f"::ffff:{place}" for place in FORBIDDEN_V4))
NOT_HERE = (
    "NOT PROVED HERE: a relay needs Debian's coturn (system-packages test) and an address beside loopback"
)
needs_relay = pytest.mark.skipif(shutil.which("turnserver") is None or HERE is None, reason=NOT_HERE)


@dataclass(frozen=True, slots=True)
class Relay:
    options: Options
    relays: Relays
    port: int

    def credentials(self, subject: str) -> dict[str, str]:
        (server,) = self.relays.ice_servers(subject)
        return {"username": server["username"], "password": server["credential"]}


def options_of(data_dir: Path) -> Options:
    parser = ArgumentParser()
    Options.declare(parser)
    options = Options.of(parser.parse_args(["--data-dir", str(data_dir)]))
    options.places.make()
    return options


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """As `scopecast up` starts it, on ports of its own."""
    port = free_media_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCOPECAST_TURN__SERVE", "true")
        patch.setenv("SCOPECAST_TURN__PORT", str(port))
        patch.setenv("SCOPECAST_TURN__TLS_PORT", str(free_port()))
        patch.setenv("SCOPECAST_MEDIA__ADVERTISED_ADDRESSES", str(HERE))
        options = options_of(tmp_path_factory.mktemp("relay"))
        part, relays = turn_part(options), relays_of(options, SystemClock())
        assert part is not None
        patch.setenv("SSL_CERT_FILE", str(options.places.tls / "certificate.pem"))
        log = options.places.logs / "turn.log"
        with log.open("wb") as out:
            process = subprocess.Popen(part.command, stdout=out, stderr=subprocess.STDOUT)
        try:
            until_listening(port, process, log)
            yield Relay(options, relays, port)
        finally:
            process.terminate()
            process.wait()


def until_listening(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while subprocess.run(["bash", "-c", f"</dev/tcp/{HERE}/{port}"], capture_output=True).returncode:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


@asynccontextmanager
async def node_here() -> AsyncIterator[LocalMediaClient]:
    """A node that can be reached at this machine's address."""
    settings = MediaSettings(port=free_media_port(), advertised_addresses=(str(HERE),), ipv6=False, tcp=False)
    plane, _ = make_plane(settings)
    node = MediaNode(plane, settings)
    await node.start()
    client = LocalMediaClient(node)
    try:
        yield client
    finally:
        client.close()
        await node.close()


@asynccontextmanager
async def allocated(relay: Relay, *, username: str, password: str) -> AsyncIterator[Any]:
    """A place at the relay, by UDP; raises TransactionFailed where it is refused."""
    transport: Any
    transport, _ = await turn.create_turn_endpoint(
        asyncio.DatagramProtocol, server_addr=(str(HERE), relay.port), username=username, password=password
    )
    inner = transport._TurnTransport__inner_protocol
    try:
        yield inner
    finally:
        await inner.delete()


@needs_relay
@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
async def test_picture_comes_over_the_relay(relay: Relay, way: str) -> None:
    (server,) = relay.relays.ice_servers("doctor-7")
    scheme, transport = ("turns:", "tcp") if way == "tls" else ("turn:", way)
    (url,) = (url for url in server["urls"] if url.startswith(scheme) and url.endswith(transport))
    chosen = RTCIceServer(urls=url, username=server["username"], credential=server["credential"])
    only = RTCConfiguration(iceServers=[chosen], iceTransportPolicy=RTCIceTransportPolicy.RELAY)
    async with node_here() as client:
        events = Events(client)
        await client.watch("room-1")
        expert = AiortcPeer(client, participant="expert", configuration=only)
        async with peers(expert):
            expert.publish(Source.SCOPE, codec="VP8")
            await expert.connect()
            await events.until(PublicationStarted)


@needs_relay
@pytest.mark.parametrize(
    "wrong",
    ["expired", "of another secret", "of another name", "none"],
)
async def test_MD_09_forged_expired_and_foreign_credentials_are_refused(relay: Relay, wrong: str) -> None:
    good = relay.relays
    (server,) = {
        "expired": replace(good, ttl_s=-10),
        "of another secret": replace(good, secret="another secret altogether"),
        "of another name": good,
        "none": good,
    }[wrong].ice_servers("doctor-7")
    username, password = server["username"], server["credential"]
    if wrong == "of another name":
        username = username.replace("doctor-7", "doctor-8")
    if wrong == "none":
        username, password = "doctor-7", ""

    with pytest.raises(stun.TransactionFailed, match="401"):
        async with allocated(relay, username=username, password=password):
            pytest.fail("it was let in")


@needs_relay
@pytest.mark.parametrize("place", FORBIDDEN)
async def test_MD_09_nothing_is_relayed_but_to_the_media_node(relay: Relay, place: str) -> None:
    async with allocated(relay, **relay.credentials(f"doctor-10{FORBIDDEN.index(place)}")) as inner:
        await inner.channel_bind(0x4000, (str(HERE), 7882))

        with pytest.raises(stun.TransactionFailed, match=r"\((40[03]|44[03]) "):
            await inner.channel_bind(0x4001, (place, 7882))
    print(fault_line("MD-09", f"relayed to {place}", [0], holds=True, lost=0))


@needs_relay
async def test_MD_09_one_person_has_ten_places_at_most(relay: Relay) -> None:
    async with asyncio.timeout(20):
        await _take(relay, relay.credentials("doctor-9"), 10)
        async with allocated(relay, **relay.credentials("doctor-10")):
            pass


async def _take(relay: Relay, named: dict[str, str], more: int) -> None:
    if more:
        async with allocated(relay, **named):
            await _take(relay, named, more - 1)
        return
    with pytest.raises(stun.TransactionFailed, match="486"):
        async with allocated(relay, **named):
            pytest.fail("an eleventh")


@needs_relay
def test_the_secret_is_in_a_file_of_ours_and_on_no_command_line(relay: Relay) -> None:
    part = turn_part(relay.options)
    assert part is not None
    file = Path(part.command[-1])

    assert relay.relays.secret in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    assert relay.relays.secret not in " ".join(part.command)


def test_there_is_no_relay_and_no_port_of_one_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SCOPECAST_TURN__SERVE", raising=False)
    options = options_of(tmp_path)

    assert turn_part(options) is None
    assert turn_ports(options) == []
    assert relays_of(options, SystemClock()).ice_servers("doctor-7") == ()
    assert not (options.places.secrets / "turn.key").exists()


def test_a_relay_leads_to_where_the_node_listens_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCOPECAST_TURN__SERVE", "true")
    monkeypatch.delenv("SCOPECAST_MEDIA__ADVERTISED_ADDRESSES", raising=False)
    monkeypatch.setenv("SCOPECAST_MEDIA__HOST", "192.0.2.9")
    monkeypatch.setenv("SCOPECAST_MEDIA__IPV6", "false")
    options = options_of(tmp_path)

    written = configuration(options, settings_of(options), tmp_path)

    assert re.findall("^allowed-peer-ip=(.*)$", written, re.MULTILINE) == ["192.0.2.9"]


def test_a_missing_relay_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOPECAST_TURN__SERVE", "true")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(StartRefused, match="turnserver"):
        turn_part(options_of(tmp_path / "data"))


@pytest.mark.parametrize(
    ("version", "package", "is_enough"),
    [
        ("4.9.0", "", True),
        ("4.10.1", "4.10.1-1", True),
        ("5.0.0", "", True),
        ("4.6.1", "4.6.1-1", False),
        ("4.6.1", "4.6.1-1+deb12u1", True),
        ("4.5.2", "4.5.2-3.1ubuntu0.1", True),
        ("4.6.2", "4.5.2-3.1+deb12u1", False),
        ("4.8.9", "", False),
        ("", "", False),
    ],
)
def test_MD_09_an_old_relay_is_told_from_one_that_is_new_or_updated(
    version: str, package: str, is_enough: bool
) -> None:
    assert is_advised(version, package) is is_enough


@pytest.mark.parametrize(("version", "lines"), [("4.8.0", 1), ("4.9.1", 0)])
def test_MD_09_an_old_relay_is_said_in_the_log_and_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, lines: int
) -> None:
    program = tmp_path / "turnserver"
    program.write_text(f"#!/bin/sh\necho {version}\n")
    program.chmod(0o700)
    monkeypatch.setenv("SCOPECAST_TURN__SERVE", "true")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")

    with capture_logs() as said:
        part = turn_part(options_of(tmp_path / "data"))

    warned = [line for line in said if line["event"] == "launch.turn_outdated"]
    assert part is not None
    assert len(warned) == lines
    assert all(line["log_level"] == "warning" and line["version"] == version for line in warned)


@needs_relay
@pytest.mark.skipif(shutil.which("turnutils_uclient") is None, reason=NOT_HERE)
@pytest.mark.parametrize("place", ["::ffff:127.0.0.1", "127.0.0.1", "0.0.0.0", "10.0.0.1"])
async def test_MD_09_coturns_own_client_is_refused_too(relay: Relay, place: str) -> None:
    named = relay.credentials(f"client-{place.replace(':', '-')}")
    asked = ("-u", named["username"], "-w", named["password"], "-p", str(relay.port), "-n", "1", "-c")

    async def said(peer: str) -> str:
        client = await asyncio.create_subprocess_exec(
            "turnutils_uclient",
            *asked,
            "-e",
            peer,
            str(HERE),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        async with asyncio.timeout(30):
            out, _ = await client.communicate()
        return out.decode("utf-8", "replace")

    assert re.search(r"error 4(?:00|03|40|43) ", await said(place))
