"""The door: what gets in, what does not, and that nobody notices the attempt (MD-01, MD-02, MD-04)."""

import os
import random
import socket

import pylibsrtp
import pytest

from media.core.rtp import build_packet
from media.plane_python.guard import AddressTable, Drop, Kind, StunTable, classify
from media.plane_python.plane import PythonPlane
from platform_api.kernel.ids import PeerId, PublicationId
from tests.media.plane_python.conftest import MakePeer
from tests.support.media_factory import video_slot, video_track, vp8
from tests.support.plane_listener import RecordingListener
from tests.support.rtp_peer import RtpPeer

COOKIE = bytes.fromhex("2112a442")


def stun(
    kind: int = 1, *, username: bytes | None = b"ufrag-anna:far", transaction: bytes = b"t" * 12
) -> bytes:
    attribute = b""
    if username is not None:
        attribute = b"\x00\x06" + len(username).to_bytes(2, "big") + username + bytes(-len(username) % 4)
    other = b"\x80\x22\x00\x01a\x00\x00\x00"
    return (
        kind.to_bytes(2, "big")
        + (len(attribute) + len(other)).to_bytes(2, "big")
        + COOKIE
        + transaction
        + other
        + attribute
    )


@pytest.mark.parametrize(
    ("first", "size", "kind"),
    [
        (0, 0, Drop.SHORT),
        (128, 11, Drop.SHORT),
        (128, 21, Drop.SHORT),
        (128, 40, Kind.RTP),
        (191, 40, Kind.RTP),
        (0, 19, Drop.SHORT),
        (3, 20, Kind.STUN),
        (4, 40, Drop.UNKNOWN_KIND),
        (19, 40, Drop.UNKNOWN_KIND),
        (20, 12, Drop.SHORT),
        (63, 13, Kind.DTLS),
        (64, 40, Drop.UNKNOWN_KIND),
        (192, 40, Drop.UNKNOWN_KIND),
    ],
)
def test_kinds_are_told_by_the_first_byte(first: int, size: int, kind: Kind | Drop) -> None:
    datagram = memoryview(bytearray((first, 96)) + bytearray(100))

    assert classify(datagram, size) is kind


def test_reports_are_told_by_the_second_byte() -> None:
    assert classify(memoryview(bytes((128, 200)) + bytes(40)), 42) is Kind.RTCP
    assert classify(memoryview(bytes((128, 200)) + bytes(40)), 21) is Drop.SHORT


def test_peer_keeps_the_last_two_of_its_ufrags() -> None:
    table = StunTable()
    for ufrag in ("first", "second", "first", "third"):
        table.add(ufrag, PeerId("anna"))
    table.add("other", PeerId("ben"))

    known = [
        name
        for name in ("first", "second", "third", "other")
        if table.owner(stun(username=f"{name}:far".encode()), 0) in ("anna", "ben")
    ]

    assert known == ["first", "third", "other"]


def test_requests_belong_to_the_owner_of_the_ufrag() -> None:
    table = StunTable()
    table.add("ufrag-anna", PeerId("anna"))

    assert table.owner(stun(), 0) == "anna"
    assert table.owner(stun(username=b"someone:far"), 0) is Drop.STUN_UNKNOWN_UFRAG
    assert table.owner(stun(username=b"ufrag-anna"), 0) is Drop.STUN_MALFORMED
    assert table.owner(stun(username=None), 0) is Drop.STUN_MALFORMED
    assert table.owner(stun() + b"1234", 0) is Drop.STUN_MALFORMED
    assert table.owner(stun()[:-4], 0) is Drop.STUN_MALFORMED
    assert table.owner(stun().replace(COOKIE, b"abcd"), 0) is Drop.STUN_MALFORMED
    table.remove(PeerId("anna"))
    assert table.owner(stun(), 0) is Drop.STUN_UNKNOWN_UFRAG


def test_responses_belong_to_whom_we_asked_and_only_for_a_while() -> None:
    table = StunTable()
    table.sent(stun(transaction=b"a" * 12), PeerId("anna"), 0)
    response = stun(0x0101, username=None, transaction=b"a" * 12)

    assert table.owner(response, 39_000) == "anna"
    assert table.owner(stun(0x0111, username=None, transaction=b"a" * 12), 100) == "anna"
    assert table.owner(response, 41_000) is Drop.STUN_UNKNOWN_TRANSACTION
    assert table.owner(stun(0x0101, username=None, transaction=b"b" * 12), 0) is Drop.STUN_UNKNOWN_TRANSACTION
    assert table.owner(stun(0x0011), 0) is Drop.STUN_UNKNOWN_TRANSACTION


def test_transactions_and_addresses_are_bounded() -> None:
    table, addresses = StunTable(), AddressTable()
    for index in range(10_000):
        table.sent(stun(transaction=index.to_bytes(12, "big")), PeerId("anna"), 0)
    for port in range(1000):
        addresses.bind(PeerId("anna"), ("192.0.2.1", port), keep=("192.0.2.1", 0))

    assert len(table._transactions) == 4096
    assert len(addresses) == AddressTable.MAX_A_PEER
    assert addresses.owner(("192.0.2.1", 0)) == "anna"
    assert addresses.owner(("192.0.2.1", 999)) == "anna"
    assert addresses.owner(("192.0.2.1", 990)) is None


def test_an_address_has_one_owner_the_latest() -> None:
    addresses = AddressTable()
    addresses.bind(PeerId("anna"), ("192.0.2.1", 1), keep=None)

    addresses.bind(PeerId("ben"), ("192.0.2.1", 1), keep=None)
    addresses.remove(PeerId("anna"))

    assert addresses.owner(("192.0.2.1", 1)) == "ben"


async def test_MD_01_MD_02_strangers_are_dropped_at_the_door(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track()])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", PublicationId("anna.scope"))
    publisher.send(vp8(key=True), sequence=1, timestamp=0, ssrc=1)
    await subscriber.packets(1)

    noise = random.Random(7)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        for size in [*range(12), *(noise.randrange(12, 1400) for _ in range(300))]:
            stranger.sendto(noise.randbytes(size), ("127.0.0.1", plane.local_port))
        hello = b"\x16\xfe\xfd" + bytes(40)
        for datagram in (
            b"",
            hello,
            build_packet(payload_type=96, sequence=2, timestamp=0, ssrc=1, payload=bytes(40)),
        ):
            stranger.sendto(datagram, ("127.0.0.1", plane.local_port))
        stranger.sendto(stun(), ("127.0.0.1", plane.local_port))
    await listener.until(lambda: bool(listener.control))
    publisher.send(vp8(), sequence=2, timestamp=3000, ssrc=1)
    packets = await subscriber.packets(2)

    assert [entry[0] for entry in listener.control] == ["anna"]
    assert [packet.header.sequence - packets[0].header.sequence for packet in packets] == [0, 1]
    counters = plane.counters()
    assert counters[Drop.SHORT] >= 12
    assert counters[Drop.FOREIGN_ADDRESS] >= 2


async def test_MD_01_a_bound_address_is_not_enough_without_the_keys(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher = make_peer("anna")
    plane.set_tracks(publisher.id, [video_track()])

    for _ in range(50):
        publisher.send_raw(
            build_packet(payload_type=96, sequence=1, timestamp=0, ssrc=1, payload=os.urandom(60))
        )
    publisher.send_raw(b"\x80\xc8" + os.urandom(60))
    await publisher.until_plane(lambda: plane.counters().get(Drop.NOT_AUTHENTIC, 0) == 51)

    assert plane.counters()["in.packets"] == 0
    assert not plane.peer_stats(publisher.id).tracks[0].layers


async def test_dtls_goes_up_only_from_a_checked_address(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    publisher = make_peer("anna")

    publisher.send_raw(b"\x16\xfe\xfd" + bytes(40))
    await listener.until(lambda: bool(listener.control))

    assert listener.control == [(PeerId("anna"), b"\x16\xfe\xfd" + bytes(40), publisher.address)]


async def test_a_flood_of_control_datagrams_is_cut(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    publisher = make_peer("anna")

    for _ in range(500):
        publisher.send_raw(b"\x16\xfe\xfd" + bytes(40))
    await publisher.until_plane(
        lambda: plane.counters().get(Drop.CONTROL_FLOOD, 0) + len(listener.control) >= 500
    )

    assert len(listener.control) <= 300


def malformed(noise: random.Random) -> bytes:
    """RTP that authenticates and lies: cut extensions, long padding, absent CSRCs, any payload."""
    first = 0x80 | noise.choice((0x00, 0x10, 0x20, 0x30)) | noise.randrange(16)
    second = noise.choice((96, 97, 96 | 0x80, noise.randrange(128)))
    fixed = bytes((first, second)) + noise.randbytes(2) + noise.randbytes(4)
    ssrc = noise.choice((1, 2, noise.randrange(2**32))).to_bytes(4, "big")
    block = noise.choice((b"", b"\xbe\xde", b"\x10\x00", noise.randbytes(2)))
    length = noise.choice((b"\x00\x01", b"\x00\x00", b"\x00\x02", noise.randbytes(2)))
    return fixed + ssrc + block + (length if block else b"") + noise.randbytes(noise.randrange(60))


def send_malformed(peer: RtpPeer, noise: random.Random) -> None:
    """One bad packet that the far end's own libsrtp does not refuse to protect."""
    while True:
        try:
            peer.send_plain(malformed(noise))
        except pylibsrtp.Error:
            continue
        return


async def test_MD_04_ten_thousand_bad_packets_of_an_admitted_peer_harm_nobody(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, mallory, subscriber = make_peer("anna"), make_peer("mallory"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track()])
    plane.set_tracks(mallory.id, [video_track("mallory.camera")])
    plane.set_slots(mallory.id, [video_slot(ssrc=0x700)])
    plane.set_slots(subscriber.id, [video_slot(), video_slot("6", ssrc=0x800)])
    plane.attach(subscriber.id, "5", PublicationId("anna.scope"))
    plane.attach(subscriber.id, "6", PublicationId("mallory.camera"))
    plane.attach(mallory.id, "5", PublicationId("anna.scope"))
    noise = random.Random(11)

    for index in range(1000):
        publisher.send(vp8(key=index == 0), sequence=index, timestamp=index * 3000, ssrc=9)
        for _ in range(8):
            send_malformed(mallory, noise)
        for _ in range(2):
            body = noise.randbytes(4 * noise.randrange(1, 16))
            head = bytes((0x80 | noise.randrange(64), noise.randrange(200, 208)))
            words = noise.choice((len(body) // 4, noise.randrange(40))).to_bytes(2, "big")
            mallory.send_plain_rtcp(head + words + noise.choice((b"\x00\x00\x07\x00", body[:4])) + body)
        if index % 20 == 19:
            wanted = index + 1
            await subscriber.until(lambda: count(subscriber, 0x900000) >= wanted)  # noqa: B023

    assert count(subscriber, 0x900000) == 1000
    counters = plane.counters()
    assert counters[Drop.RTCP_MALFORMED] > 100
    assert counters[Drop.RTP_MALFORMED] > 100
    assert counters[Drop.TOO_MANY_SSRCS] > 100
    assert counters["peers"] == 3


def count(peer: RtpPeer, ssrc: int) -> int:
    return sum(packet.header.ssrc == ssrc for packet in peer.rtp)
