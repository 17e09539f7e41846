"""MD-01 to MD-05 with live sessions: what strangers and bad peers send ends nobody's session."""

import asyncio
import contextlib
import os
import random
import socket
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from statistics import median
from typing import Any
from unittest import mock

import pylibsrtp
from aiortc import RTCDtlsTransport

from media.config import PlaneChoice
from media.control import PeerStateChanged, RoomQuality
from media.node import MediaNode
from platform_api.kernel.rooms import Source
from tests.support.aiortc_peer import AiortcPeer, Events, either_plane, peers, running_node
from tests.support.fault_line import fault_line

CLIENT_HELLO = bytes.fromhex("16feff000000000000000000500100004400000000000000") + os.urandom(68)

NOISE = (b"", b"\x00", b"\x16\xfe\xff", b"\x80" * 11, b"\x80" * 200, b"\xff" * 40)


def stranger() -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind(("127.0.0.1", 0))
    return opened


@either_plane
async def test_MD_01_empty_and_foreign_datagrams_end_no_session(choice: PlaneChoice) -> None:
    async with running_node(choice=choice) as (node, client):
        events = Events(client)
        await client.watch("room-1")
        them = [AiortcPeer(client, participant=f"person-{number}") for number in range(8)]
        async with peers(*them):
            them[0].publish(Source.SCOPE, codec="VP8")
            for peer in them[1:]:
                peer.receive()
            for peer in them:
                await peer.connect()
            for peer in them[1:]:
                await peer.subscribe("person-0.scope")
            await them[1].heard_on("0").reach(5)

            with stranger() as third:
                for _ in range(50):
                    for datagram in (
                        b"",
                        b"\x00",
                        b"\x16\xfe\xff",
                        b"\x80" * 11,
                        b"\x80" * 200,
                        b"\xff" * 40,
                    ):
                        third.sendto(datagram, ("127.0.0.1", node.local_port))
                    await asyncio.sleep(0)

            await asyncio.gather(*(peer.heard_on("0").further(5) for peer in them[1:]))
            ended = sum(peer.ended.is_set() for peer in them)
            print(fault_line("MD-01", "of 8 sessions ended", [ended], holds=ended == 0, lost=ended))
            assert ended == 0
            assert not events.of(PeerStateChanged, state="closed")
            assert sum(count for name, count in node.figures().items() if name.startswith("drop.")) >= 300


async def connect_all(them: Iterable[AiortcPeer]) -> list[float]:
    """What each of them takes to connect, all at once, seconds."""

    async def timed(peer: AiortcPeer) -> float:
        began = time.monotonic()
        await peer.connect()
        return time.monotonic() - began

    return await asyncio.gather(*map(timed, them))


@asynccontextmanager
async def sprayed(port: int) -> AsyncIterator[None]:
    """ClientHellos of a stranger, ten thousand a second where the machine has the time."""
    over = asyncio.Event()

    async def spray() -> None:
        with stranger() as third:
            while not over.is_set():
                for _ in range(20):
                    third.sendto(CLIENT_HELLO, ("127.0.0.1", port))
                await asyncio.sleep(0.002)

    spraying = asyncio.ensure_future(spray())
    try:
        yield
    finally:
        over.set()
        await spraying


async def test_MD_02_F23_foreign_client_hellos_disturb_no_handshake() -> None:
    """Calm and sprayed joins by turns on one node, so that a busy machine is busy for both."""
    async with running_node() as (node, client):
        them = [AiortcPeer(client, participant=f"person-{number}") for number in range(40)]
        async with peers(*them):
            for peer in them:
                peer.receive()
            calm_s, sprayed_s = [], []
            for at in (0, 20):
                calm_s += await connect_all(them[at : at + 10])
                async with sprayed(node.local_port):
                    sprayed_s += await connect_all(them[at + 10 : at + 20])

            lost = 40 - node.figures()["transport_connected"]
            added_s = max(0.0, median(sprayed_s) - median(calm_s))
            print(fault_line("MD-02", "of 20 not connected", [lost], holds=lost == 0, lost=lost))
            print(fault_line("F23", "added time", [added_s], holds=added_s < 0.5, unit="s", lost=lost))
            assert lost == 0
            assert added_s < 0.5
            assert node.figures()["drop.foreign_address"] > 0


class Impostor(AiortcPeer):
    """Offers a fingerprint that is not its certificate's."""

    def rewrite(self, offer: str) -> str:
        return "\r\n".join(
            "a=fingerprint:sha-256 " + ":".join(["00"] * 32) if line.startswith("a=fingerprint:") else line
            for line in offer.split("\r\n")
        )


@either_plane
async def test_MD_03_wrong_fingerprint_fails_and_gets_no_keys(choice: PlaneChoice) -> None:
    async with running_node(choice=choice) as (node, client):
        events = Events(client)
        await client.watch("room-1")
        honest, impostor = AiortcPeer(client, participant="honest"), Impostor(client, participant="impostor")
        async with peers(honest, impostor):
            honest.receive()
            await honest.connect()
            impostor.receive()
            async with asyncio.timeout(5):
                await impostor.connect(wait=False)
                await events.until(PeerStateChanged, participant="impostor", state="failed")

            let_in = len(events.of(PeerStateChanged, participant="impostor", state="connected"))
            print(fault_line("MD-03", "with a wrong fingerprint let in", [let_in], holds=let_in == 0, lost=0))
            assert let_in == 0
            assert not events.of(PeerStateChanged, participant="honest", state="failed")
            assert node.figures()["peers"] == 1


def dtls_of(peer: AiortcPeer) -> RTCDtlsTransport:
    transport: Any = peer.connection.getTransceivers()[0].sender.transport
    assert isinstance(transport, RTCDtlsTransport)
    return transport


async def test_MD_04_F24_malformed_packets_inside_valid_srtp_end_nothing() -> None:
    rng = random.Random(20264)
    async with running_node() as (node, client):
        events = Events(client)
        await client.watch("room-1")
        expert, bad = AiortcPeer(client, participant="expert"), AiortcPeer(client, participant="bad")
        doctor = AiortcPeer(client, participant="doctor")
        async with peers(expert, bad, doctor):
            expert.publish(Source.SCOPE, codec="VP8")
            bad.publish(Source.HAND, codec="VP8")
            await expert.connect()
            await bad.connect()
            doctor.receive(video=2)
            await doctor.connect()
            await doctor.subscribe("expert.scope", "bad.hand")
            await doctor.heard_on("0").reach(5)

            await flood(bad, rng, packets=10_000)

            await doctor.heard_on("0").further(10)
            quality = await events.until(RoomQuality, count=len(events.of(RoomQuality)) + 1)
            rows = {row.participant: row for row in quality.rows}
            lost = rows["expert"].up_loss
            print(fault_line("MD-04", "of others lost", [lost or 0], holds=lost == 0, lost=0))
            print(fault_line("F24", "of others lost", [lost or 0], holds=lost == 0, lost=0))
            assert lost == 0
            assert events.of(PeerStateChanged, participant="bad", state="connected")
            assert not [event for event in events.of(PeerStateChanged) if event.state in {"failed", "closed"}]
            assert malformed(node) > 0


@either_plane
async def test_MD_06_who_goes_on_flooding_is_cut_and_the_others_stay(choice: PlaneChoice) -> None:
    """The Python plane is told to be quick about it; the other takes its five seconds."""
    with mock.patch("media.core.allowance.FLOOD_MS", 300.0):
        async with running_node(choice=choice) as (node, client):
            events = Events(client)
            await client.watch("room-1")
            expert, bad = AiortcPeer(client, participant="expert"), AiortcPeer(client, participant="bad")
            async with peers(expert, bad):
                expert.publish(Source.SCOPE, codec="VP8")
                bad.publish(Source.HAND, codec="VP8")
                await expert.connect()
                await bad.connect()
                transport, body, sequence = dtls_of(bad), os.urandom(1_100), 0
                async with asyncio.timeout(40):
                    while not events.of(PeerStateChanged, participant="bad", state="closed"):
                        for _ in range(200):
                            head = b"\x80\x61" + (sequence % 65536).to_bytes(2, "big") + bytes(8)
                            sequence += 1
                            with contextlib.suppress(ConnectionError):
                                await transport._send_rtp(head + body)
                        await asyncio.sleep(0.005)

                assert node.figures()["floods_cut"] == 1
                assert node.figures()["drop.media_flood"] > 0
                assert not events.of(PeerStateChanged, participant="expert", state="closed")


def malformed(node: MediaNode) -> int:
    return sum(count for name, count in node.figures().items() if name.startswith("drop."))


async def flood(peer: AiortcPeer, rng: random.Random, *, packets: int) -> None:
    """Packets that authenticate and make no sense; those that the sender's own SRTP refuses do not count."""
    transport = dtls_of(peer)
    sent = 0
    while sent < packets:
        packet = bytearray(rng.randbytes(rng.randint(12, 200)))
        if sent % 2:
            packet[0] = 0x80 | rng.choice((0x00, 0x10, 0x20, 0x0F, 0x3F))
            packet[1] = rng.choice((97, 98, 0, 127, 225))
        else:
            packet[0] = 0x80 | rng.randrange(64)
            packet[1] = rng.choice((200, 201, 203, 205, 206, 207))
        with contextlib.suppress(pylibsrtp.Error):
            await transport._send_rtp(bytes(packet))
            sent += 1
        if sent % 50 == 0:
            await asyncio.sleep(0.002)


class Pointing(AiortcPeer):
    """Names a place in its offer at which somebody else listens."""

    target = 0

    def rewrite(self, offer: str) -> str:
        return offer + f"a=candidate:9 1 udp 2130706430 127.0.0.1 {self.target} typ host\r\n"


@either_plane
async def test_MD_05_nothing_is_sent_to_where_a_candidate_points(choice: PlaneChoice) -> None:
    for nets, is_sent in (((), False), (("0.0.0.0/0",), False), (("127.0.0.0/8",), True)):
        async with running_node(choice=choice, remote_candidate_nets=nets) as (_, client):
            peer = Pointing(client)
            async with peers(peer):
                with stranger() as database:
                    peer.target = database.getsockname()[1]
                    peer.receive()
                    await peer.connection.setLocalDescription(await peer.connection.createOffer())
                    await peer.offer_only()
                    arrived = await asyncio.to_thread(_arrives, database)

            assert arrived is is_sent


def _arrives(listening: socket.socket) -> bool:
    """Whether anything came within the first rounds of checks (one each 20 ms)."""
    listening.settimeout(0.3)
    try:
        return bool(listening.recv(100))
    except TimeoutError:
        return False
