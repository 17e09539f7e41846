"""Loss on either side of the plane, and how it is made good (RFC 4585, RFC 4588)."""

from struct import pack

import pytest

from media.core import rtcp
from media.core.extensions import encode_block
from media.core.rtp import rtx_payload
from media.plane_python.plane import PythonPlane
from platform_api.kernel.ids import PublicationId
from tests.media.plane_python.conftest import MakePeer
from tests.support.media_factory import SLOT_RTX_SSRC, SLOT_SSRC, video_slot, video_track, vp8
from tests.support.rtp_peer import RtpPeer

SCOPE = PublicationId("anna.scope")
SSRC, RTX_SSRC = 0x10, 0x11


def join(plane: PythonPlane, make_peer: MakePeer, *, rtx: bool = True) -> tuple[RtpPeer, RtpPeer]:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track(ssrcs=(SSRC,), rtx_ssrcs={SSRC: RTX_SSRC})])
    plane.set_slots(subscriber.id, [video_slot(rtx=rtx)])
    plane.attach(subscriber.id, "5", SCOPE)
    return publisher, subscriber


def send(publisher: RtpPeer, *sequences: int) -> None:
    for sequence in sequences:
        publisher.send(
            vp8(b"%d" % sequence, key=sequence == 0), sequence=sequence, timestamp=sequence * 3000, ssrc=SSRC
        )


async def test_a_lost_packet_comes_again_by_rtx(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher, subscriber = join(plane, make_peer)
    send(publisher, 0, 1, 2)
    lost = (await subscriber.packets(3))[1]

    subscriber.send_rtcp(rtcp.Nack(1, SLOT_SSRC, (lost.header.sequence,)))
    again = (await subscriber.packets(4))[3]

    assert again.header.ssrc == SLOT_RTX_SSRC
    assert again.header.payload_type == 101
    assert again.header.timestamp == lost.header.timestamp
    assert again.payload == rtx_payload(lost.header.sequence, lost.payload)
    assert again.header.sequence < 1 << 15
    assert plane.peer_stats(subscriber.id).slots[0].retransmitted == 1


async def test_without_rtx_the_same_ciphertext_comes_again(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher, subscriber = join(plane, make_peer, rtx=False)
    lost: list[bytes] = []

    def lose_the_second(packet: object) -> bool:
        if len(subscriber.rtp) == 1 and not lost:
            lost.append(packet.data)  # type: ignore[attr-defined]
            return True
        return False

    subscriber.drop = lose_the_second
    send(publisher, 0, 1, 2)
    await subscriber.until(lambda: len(subscriber.rtp) == 2)
    sequence = int.from_bytes(lost[0][2:4], "big")

    subscriber.send_rtcp(rtcp.Nack(1, SLOT_SSRC, (sequence,)))
    again = (await subscriber.packets(3))[2]

    assert again.header.sequence == sequence
    assert again.payload[6:] == b"1"
    assert subscriber.ciphertexts[2] == lost[0]


@pytest.mark.parametrize("way", ["publication", "slot"])
@pytest.mark.parametrize("rtx", [True, False])
async def test_pr_10_what_was_sent_before_a_source_went_off_is_not_sent_again(
    plane: PythonPlane, make_peer: MakePeer, way: str, rtx: bool
) -> None:
    publisher, subscriber = join(plane, make_peer, rtx=rtx)
    send(publisher, 0, 1, 2)
    sent = tuple(packet.header.sequence for packet in await subscriber.packets(3))

    if way == "publication":
        plane.set_publication_on(SCOPE, False)
    else:
        plane.attach(subscriber.id, "5", None)
    subscriber.send_rtcp(rtcp.Nack(1, SLOT_SSRC, sent))
    send(publisher, 3)
    if way == "publication":
        plane.set_publication_on(SCOPE, True)
    else:
        plane.attach(subscriber.id, "5", SCOPE)
    subscriber.send_rtcp(rtcp.Nack(1, SLOT_SSRC, sent))
    publisher.send(vp8(b"4", key=True), sequence=4, timestamp=4 * 3000, ssrc=SSRC)
    await subscriber.until(lambda: subscriber.rtp[-1].payload[-1:] == b"4")

    assert plane.peer_stats(subscriber.id).slots[0].retransmitted == 0
    assert all(packet.header.ssrc == SLOT_SSRC for packet in subscriber.rtp)
    assert len({packet.header.sequence for packet in subscriber.rtp}) == len(subscriber.rtp)


async def test_pr_10_one_users_packets_never_repair_anothers(plane: PythonPlane, make_peer: MakePeer) -> None:
    """The slot, its SSRC and its memory serve one source after the other."""
    publisher, subscriber = join(plane, make_peer)
    other = make_peer("carl")
    plane.set_tracks(other.id, [video_track("carl.scope", ssrcs=(0x50,))])
    send(publisher, 0, 1, 2)
    sent = tuple(packet.header.sequence for packet in await subscriber.packets(3))

    plane.remove_peer(publisher.id)
    plane.attach(subscriber.id, "5", PublicationId("carl.scope"))
    for sequence in range(4):
        other.send(vp8(b"carl", key=sequence == 0), sequence=sequence, timestamp=sequence * 3000, ssrc=0x50)
    await subscriber.packets(7)
    subscriber.send_rtcp(rtcp.Nack(1, SLOT_SSRC, sent))
    other.send(vp8(b"last"), sequence=4, timestamp=12_000, ssrc=0x50)
    packets = await subscriber.packets(8)

    assert [packet.payload[6:] for packet in packets[3:]] == [b"carl"] * 4 + [b"last"]
    assert plane.peer_stats(subscriber.id).slots[0].retransmitted == 0


async def test_repetitions_are_limited_a_packet_and_in_all(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher, subscriber = join(plane, make_peer)
    for sequence in range(400):
        publisher.send(
            vp8(bytes(1100), key=sequence == 0), sequence=sequence, timestamp=sequence * 3000, ssrc=SSRC
        )
        if sequence % 40 == 39:
            await subscriber.packets(sequence + 1)
    first = subscriber.rtp[0].header.sequence
    everything = tuple(range(first, first + 400))

    for _ in range(10):
        subscriber.send_rtcp(rtcp.Nack(1, SLOT_SSRC, everything[:1]))
    for _ in range(5):
        subscriber.send_rtcp(rtcp.Nack(1, SLOT_SSRC, everything))
    subscriber.send_rtcp(rtcp.Nack(1, SLOT_SSRC, (first + 5000, 0xFFFF)))
    send(publisher, 400)
    await subscriber.until(lambda: subscriber.rtp[-1].payload[6:] == b"400")

    repeated = [packet for packet in subscriber.rtp if packet.header.ssrc == SLOT_RTX_SSRC]
    originals = [packet.payload[:2] for packet in repeated]
    assert 100 < len(repeated) < 150
    assert len(set(originals)) == len(originals)


async def test_the_publishers_loss_is_asked_for_and_filled_in(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = join(plane, make_peer)
    tapped: list[bytes] = []
    plane.tap(SCOPE, lambda packet: tapped.append(packet.data))
    send(publisher, 0, 1, 4)
    await publisher.until(lambda: bool(publisher.feedback(rtcp.Nack)))
    (nack,) = publisher.feedback(rtcp.Nack)[:1]
    assert isinstance(nack, rtcp.Nack)

    for index, sequence in enumerate(nack.lost):
        publisher.send(
            rtx_payload(sequence, vp8(b"%d" % sequence)),
            sequence=40 + index,
            timestamp=sequence * 3000,
            ssrc=RTX_SSRC,
            payload_type=97,
        )
    packets = await subscriber.packets(5)

    assert (nack.media_ssrc, nack.lost) == (SSRC, (2, 3))
    first = packets[0].header.sequence
    got = {packet.header.sequence - first: packet.payload[6:] for packet in packets}
    assert got == {0: b"0", 1: b"1", 2: b"2", 3: b"3", 4: b"4"}
    assert all(packet.header.ssrc == SLOT_SSRC for packet in packets)
    assert [data[2:4] for data in tapped] == [pack(">H", sequence) for sequence in (0, 1, 4, 2, 3)]
    assert all(data[1] & 0x7F == 96 and data[8:12] == pack(">I", SSRC) for data in tapped)
    layer = plane.peer_stats(publisher.id).tracks[0].layers[0]
    assert (layer.packets, layer.lost) == (3, 2)


async def test_a_keyframe_whose_beginning_was_lost_is_shown_once_it_is_repaired(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = join(plane, make_peer)
    send(publisher, 1, 2)
    for sequence in (4, 5):
        publisher.send(vp8(b"rest", first=False), sequence=sequence, timestamp=9000, ssrc=SSRC)
    await publisher.until(lambda: bool(publisher.feedback(rtcp.Nack)))

    publisher.send(
        rtx_payload(3, vp8(b"key", key=True)), sequence=1, timestamp=9000, ssrc=RTX_SSRC, payload_type=97
    )
    send(publisher, 6)
    packets = await subscriber.packets(4)

    assert [packet.payload[6:] for packet in packets] == [b"key", b"rest", b"rest", b"6"]
    first = packets[0].header.sequence
    assert [packet.header.sequence - first for packet in packets] == [0, 1, 2, 3]


async def test_packets_out_of_order_keep_their_places(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher, subscriber = join(plane, make_peer)
    send(publisher, 0)
    await subscriber.packets(1)

    send(publisher, 2, 4, 3, 1, 5)
    packets = await subscriber.packets(6)

    first = packets[0].header.sequence
    assert [packet.header.sequence - first for packet in packets] == [0, 2, 4, 3, 1, 5]
    assert [packet.payload[6:] for packet in packets] == [b"0", b"2", b"4", b"3", b"1", b"5"]


async def test_a_layer_is_repaired_by_its_name(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track(rids=("l", "h"))])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)

    def layer(sequence: int, rid: bytes, ssrc: int) -> None:
        publisher.send(
            vp8(rid, key=sequence == 0),
            sequence=sequence,
            timestamp=sequence * 3000,
            ssrc=ssrc,
            extension_block=encode_block([(1, b"0"), (2, rid)]),
        )

    layer(0, b"l", 0x31)
    await subscriber.packets(1)
    layer(0, b"h", 0x32)
    layer(2, b"l", 0x31)
    await publisher.until(lambda: bool(publisher.feedback(rtcp.Nack)))
    publisher.send(
        rtx_payload(1, vp8(b"repaired")),
        sequence=7,
        timestamp=3000,
        ssrc=0x99,
        payload_type=97,
        extension_block=encode_block([(1, b"0"), (3, b"l")]),
    )
    packets = await subscriber.packets(3)

    assert [packet.payload[6:] for packet in packets] == [b"l", b"l", b"repaired"]


async def test_probes_leave_no_gap(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher, subscriber = join(plane, make_peer)
    send(publisher, 0, 1)
    publisher.send(b"", sequence=2, timestamp=3000, ssrc=SSRC, padding=200)
    publisher.send(b"", sequence=3, timestamp=3000, ssrc=SSRC, padding=200)
    publisher.send(b"", sequence=1, timestamp=3000, ssrc=RTX_SSRC, payload_type=97, padding=200)
    send(publisher, 4)

    packets = await subscriber.packets(3)

    first = packets[0].header.sequence
    assert [packet.header.sequence - first for packet in packets] == [0, 1, 2]
    assert packets[2].payload[6:] == b"4"


async def test_what_came_twice_goes_out_once(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher, subscriber = join(plane, make_peer)
    send(publisher, 0, 1)
    publisher.send(rtx_payload(1, vp8(b"1")), sequence=9, timestamp=3000, ssrc=RTX_SSRC, payload_type=97)
    send(publisher, 2)

    packets = await subscriber.packets(3)

    assert [packet.payload[6:] for packet in packets] == [b"0", b"1", b"2"]


async def test_requests_of_many_subscribers_become_one(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher = make_peer("anna")
    subscribers = [make_peer(f"viewer-{index}") for index in range(8)]
    plane.set_tracks(publisher.id, [video_track()])
    for subscriber in subscribers:
        plane.set_slots(subscriber.id, [video_slot()])
        plane.attach(subscriber.id, "5", SCOPE)
    send(publisher, 0)
    for subscriber in subscribers:
        await subscriber.packets(1)
    before = plane.peer_stats(publisher.id).tracks[0].plis_sent

    for subscriber in subscribers:
        subscriber.send_rtcp(rtcp.Pli(1, SLOT_SSRC))
        subscriber.send_rtcp(rtcp.Fir(1, ((SLOT_SSRC, 1),)))
    await publisher.until(lambda: len(publisher.feedback(rtcp.Pli)) > before)
    send(publisher, 1)
    for subscriber in subscribers:
        await subscriber.packets(2)

    assert plane.peer_stats(publisher.id).tracks[0].plis_sent == before + 1
    assert publisher.feedback(rtcp.Pli)[-1] == rtcp.Pli(
        publisher.feedback(rtcp.Pli)[-1].sender_ssrc,  # type: ignore[union-attr]
        SSRC,
    )


async def test_a_request_that_came_too_soon_goes_out_later(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher, subscriber = join(plane, make_peer)
    send(publisher, 0)
    await subscriber.packets(1)
    plane.request_keyframe(SCOPE)
    await publisher.until(lambda: len(publisher.feedback(rtcp.Pli)) == 1)

    plane.request_keyframe(SCOPE)
    assert plane.peer_stats(publisher.id).tracks[0].plis_sent == 1

    await publisher.until(lambda: len(publisher.feedback(rtcp.Pli)) == 2)


async def test_all_that_a_subscriber_is_sent_again_stays_within_one_budget(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track(ssrcs=(SSRC,))])
    slots = {"5": SLOT_SSRC, "7": SLOT_SSRC + 0x200}
    plane.set_slots(subscriber.id, [video_slot(mid, ssrc=ssrc) for mid, ssrc in slots.items()])
    for mid in slots:
        plane.attach(subscriber.id, mid, SCOPE)
    for first in range(0, 140, 10):
        for sequence in range(first, first + 10):
            payload = vp8(bytes(1150), key=sequence == 0)
            publisher.send(payload, sequence=sequence, timestamp=sequence * 3000, ssrc=SSRC)
        await subscriber.packets(2 * (first + 10))
    sent = {
        ssrc: [p.header.sequence for p in subscriber.rtp if p.header.ssrc == ssrc] for ssrc in slots.values()
    }

    for ssrc, sequences in sent.items():
        for first in range(0, 140, 10):
            subscriber.send_rtcp(rtcp.Nack(1, ssrc, tuple(sequences[first : first + 10])))
    await subscriber.until(lambda: len(subscriber.rtp) >= 2 * 140 + 100)
    publisher.send(vp8(b"end"), sequence=140, timestamp=140 * 3000, ssrc=SSRC)
    await subscriber.until(lambda: subscriber.rtp[-1].payload[-3:] == b"end")

    again = sum(slot.retransmitted for slot in plane.peer_stats(subscriber.id).slots)
    assert 100 <= again < 200  # 150 kB at once, and what a megabit a second brings meanwhile
