"""What the plane learns of a line from its far end, and what it tells publishers of theirs."""

import asyncio
from collections import Counter

from media.core import rtcp
from media.core.extensions import encode_block
from media.core.twcc import TransportFeedback
from media.plane import ExtensionIds
from media.plane_python.plane import PythonPlane
from platform_api.kernel.ids import PublicationId
from tests.media.plane_python.conftest import MakePeer
from tests.support.media_factory import (
    AUDIO_SSRC,
    SLOT_RTX_SSRC,
    SLOT_SSRC,
    audio_slot,
    audio_track,
    video_slot,
    video_track,
    vp8,
)
from tests.support.plane_listener import RecordingListener
from tests.support.rtp_peer import Received, RtpPeer
from tests.support.transport_receiver import TransportReceiver, stamp_of

SCOPE, VOICE = PublicationId("anna.scope"), PublicationId("anna.voice")
FACE = PublicationId("carla.camera")
SSRC, FACE_SSRC = 0x10, 0x20
FACE_SLOT_SSRC = SLOT_SSRC + 0x200
STAMP = 6
START_BPS = 1_000_000
IDS = ExtensionIds(mid=1, transport_cc=STAMP)


def join(plane: PythonPlane, make_peer: MakePeer) -> tuple[RtpPeer, RtpPeer]:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track(ssrcs=(SSRC,)), audio_track()])
    plane.set_slots(subscriber.id, [video_slot(extensions=IDS), audio_slot(extensions=IDS)])
    plane.attach(subscriber.id, "5", SCOPE)
    plane.attach(subscriber.id, "6", VOICE)
    return publisher, subscriber


class Stream:
    """A publisher that sends 50 packets of 1000 bytes a half second, and a subscriber who reports on them."""

    def __init__(self, publisher: RtpPeer, subscriber: RtpPeer, *, ssrc: int = SSRC) -> None:
        self.publisher = publisher
        self.subscriber = subscriber
        self.ssrc = ssrc
        self.receiver = TransportReceiver(subscriber, STAMP)
        self.sequence = 0

    async def run(self, steps: int, *, reports: bool = True) -> None:
        for step in range(steps):
            self.burst(1)
            if reports and step % 5 == 4:
                self.receiver.report()
            await asyncio.sleep(0.01)

    def burst(self, packets: int, *, key: bool = False) -> None:
        """So many at once; `key`: a keyframe begins with the first of them, as with the very first."""
        for number in range(packets):
            begins_key = self.sequence == 0 or (key and number == 0)
            payload = vp8(bytes(990), key=begins_key)
            timestamp = self.sequence * 900
            self.publisher.send(payload, sequence=self.sequence, timestamp=timestamp, ssrc=self.ssrc)
            self.sequence += 1


def estimates(listener: RecordingListener) -> list[int]:
    return [estimate.bitrate_bps for _, estimate in listener.estimates]


async def test_numbers_are_consecutive_over_media_and_repairs(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = join(plane, make_peer)
    for sequence in range(4):
        publisher.send(
            vp8(b"%d" % sequence, key=sequence == 0),
            sequence=sequence,
            timestamp=sequence * 3000,
            ssrc=SSRC,
        )
        publisher.send(
            b"opus", sequence=sequence, timestamp=960 * sequence, ssrc=AUDIO_SSRC, payload_type=111
        )
        await subscriber.packets(2 * sequence + 2)
    lost = next(packet for packet in subscriber.rtp if packet.header.ssrc == SLOT_SSRC)

    subscriber.send_rtcp(rtcp.Nack(1, SLOT_SSRC, (lost.header.sequence,)))
    await subscriber.packets(9)
    publisher.send(vp8(b"4"), sequence=4, timestamp=12_000, ssrc=SSRC)
    packets = await subscriber.packets(10)

    assert [packet.header.ssrc for packet in packets[8:]] == [SLOT_RTX_SSRC, SLOT_SSRC]
    stamps = [stamp_of(packet, STAMP) for packet in packets]
    assert stamps[0] is not None
    assert stamps == [(stamps[0] + index) & 0xFFFF for index in range(10)]
    assert packets[9].payload[6:] == b"4"


def lose_the_second(subscriber: RtpPeer) -> list[Received]:
    """Of what reaches the subscriber from now on; gives where it will be found."""
    lost: list[Received] = []

    def drop(packet: Received) -> bool:
        if lost or len(subscriber.rtp) != 1:
            return False
        lost.append(packet)
        return True

    subscriber.drop = drop
    return lost


async def test_a_picture_that_feedback_tells_to_be_lost_comes_again_unasked(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = join(plane, make_peer)
    lost, stream = lose_the_second(subscriber), Stream(publisher, subscriber)
    stream.burst(3)
    await subscriber.packets(2)

    stream.receiver.report()
    again = (await subscriber.packets(3))[2]

    assert again.header.ssrc == SLOT_RTX_SSRC
    assert int.from_bytes(again.payload[:2], "big") == lost[0].header.sequence
    assert plane.peer_stats(subscriber.id).slots[0].retransmitted == 1


async def test_on_a_line_that_loses_repetitions_too_each_leaves_twice(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = join(plane, make_peer)
    stream, lost = Stream(publisher, subscriber), list[int]()

    def drop(packet: Received) -> bool:
        is_lost = packet.header.ssrc == SLOT_SSRC and packet.header.sequence % 10 == 0
        if is_lost:
            lost.append(packet.header.sequence)
        return is_lost

    subscriber.drop = drop
    await stream.run(100)
    again = Counter(
        int.from_bytes(packet.payload[:2], "big")
        for packet in subscriber.rtp
        if packet.header.ssrc == SLOT_RTX_SSRC and len(packet.payload) > 100
    )

    assert len(lost) >= 8
    assert again[lost[0]] == 1
    assert [again[sequence] for sequence in lost[-4:-1]] == [2, 2, 2]


async def test_a_voice_that_is_lost_is_not_sent_again_unasked(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = join(plane, make_peer)
    lose_the_second(subscriber)
    receiver = TransportReceiver(subscriber, STAMP)

    def speak(*sequences: int) -> None:
        for sequence in sequences:
            publisher.send(
                b"opus", sequence=sequence, timestamp=960 * sequence, ssrc=AUDIO_SSRC, payload_type=111
            )

    speak(0, 1, 2)
    await subscriber.packets(2)
    receiver.report()
    speak(3)
    packets = await subscriber.packets(3)
    speak(4)
    packets = await subscriber.packets(4)

    first = packets[0].header.sequence
    assert [(packet.header.sequence - first) & 0xFFFF for packet in packets] == [0, 2, 3, 4]


async def test_without_rtx_the_same_ciphertext_comes_again_with_its_number(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track(ssrcs=(SSRC,))])
    plane.set_slots(subscriber.id, [video_slot(rtx=False, extensions=IDS)])
    plane.attach(subscriber.id, "5", SCOPE)
    lost: list[bytes] = []

    def lose_the_second(packet: object) -> bool:
        if len(subscriber.rtp) == 1 and not lost:
            lost.append(packet.data)  # type: ignore[attr-defined]
            return True
        return False

    subscriber.drop = lose_the_second
    for sequence in range(3):
        publisher.send(vp8(key=sequence == 0), sequence=sequence, timestamp=sequence * 3000, ssrc=SSRC)
    await subscriber.until(lambda: len(subscriber.rtp) == 2)

    subscriber.send_rtcp(rtcp.Nack(1, SLOT_SSRC, (int.from_bytes(lost[0][2:4], "big"),)))
    packets = await subscriber.packets(3)

    assert subscriber.ciphertexts[2] == lost[0]
    first, third, second = (stamp_of(packet, STAMP) or 0 for packet in packets)
    assert (second - first, third - first) == (1, 2)


async def test_growing_delay_brings_the_estimate_down(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    stream = Stream(*join(plane, make_peer))
    await stream.run(30)
    await listener.until(lambda: bool(listener.estimates))
    told = len(listener.estimates)
    stream.receiver.delay_ms = lambda since_ms: max(0.0, since_ms - 300) / 2

    async with asyncio.timeout(5):
        while min(estimates(listener)[told:], default=START_BPS) > 0.7 * START_BPS:
            await stream.run(5)

    peer, estimate = listener.estimates[-1]
    assert peer == stream.subscriber.id
    assert estimate.queue_ms > 20
    assert 0 <= estimate.fraction_lost <= 1


async def test_loss_brings_the_estimate_down(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    stream = Stream(*join(plane, make_peer))
    await stream.run(20)
    stream.subscriber.drop = lambda packet: packet.header.sequence % 3 == 0

    async with asyncio.timeout(5):
        while min(estimates(listener), default=START_BPS) > 0.9 * START_BPS:
            await stream.run(5)

    assert listener.estimates[-1][1].fraction_lost > 0.05


async def test_good_feedback_lifts_the_estimate_to_the_goal_and_no_further(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    stream = Stream(*join(plane, make_peer))
    goal = 3_000_000
    plane.set_goal(stream.subscriber.id, goal)

    async with asyncio.timeout(10):
        while max(estimates(listener), default=0) < 0.9 * goal:
            await stream.run(5)
    await stream.run(40)

    assert max(estimates(listener)) <= goal
    media = [packet for packet in stream.subscriber.rtp if packet.header.ssrc == SLOT_SSRC]
    numbers = [packet.header.sequence for packet in media]
    assert numbers == list(range(numbers[0], numbers[0] + stream.sequence))


async def test_without_a_goal_nothing_is_probed(plane: PythonPlane, make_peer: MakePeer) -> None:
    stream = Stream(*join(plane, make_peer))

    await stream.run(60)
    await stream.subscriber.packets(60)

    assert {packet.header.ssrc for packet in stream.subscriber.rtp} == {SLOT_SSRC}


async def test_wrong_feedback_harms_nothing(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    stream = Stream(*join(plane, make_peer))
    subscriber, receiver = stream.subscriber, stream.receiver
    await stream.run(20)
    for _ in range(3):
        await stream.run(4, reports=False)
        receiver.report(is_lost=True)
        await stream.run(10)
        last = receiver.last
        assert last is not None
        subscriber.send_rtcp(last)
        subscriber.send_rtcp(
            TransportFeedback(1, last.media_ssrc, last.base + 20_000 & 0xFFFF, -5, 9, (1,) * 1000)
        )
        subscriber.send_rtcp(TransportFeedback(1, SSRC, last.base - 9_000 & 0xFFFF, 0, 9, (None,) * 3000))
        subscriber.send_rtcp(TransportFeedback(1, 0xDEAD, last.base, 0x7FFFFF, 9, ()))
        subscriber.send_plain_rtcp(b"\x8f\xcd\x00\x04" + bytes(8) + b"\x00\x00\xff\xff" + bytes(4))
        receiver.report(media_ssrc=0xDEAD)
    told = len(listener.estimates)
    await stream.run(120)
    await listener.until(lambda: len(listener.estimates) > told)

    assert estimates(listener)[-1] > 0.9 * START_BPS


async def test_the_receivers_own_estimate_is_told_where_there_is_nothing_else(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    subscriber = make_peer("ben")
    plane.set_slots(subscriber.id, [video_slot()])

    subscriber.send_rtcp(rtcp.Remb(1, 600_000, (SLOT_SSRC,)))
    await listener.until(lambda: bool(listener.estimates))

    peer, estimate = listener.estimates[0]
    assert (peer, estimate.bitrate_bps) == (subscriber.id, 600_000)


async def test_a_publisher_hears_how_each_packet_arrives(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher = make_peer("anna")
    ids = ExtensionIds(mid=1, transport_cc=STAMP)
    plane.set_tracks(publisher.id, [video_track(ssrcs=(SSRC,), extensions=ids)])
    numbers = [65_533, 65_534, 0, 1, 2]

    def send(sequence: int, number: int) -> None:
        publisher.send(
            vp8(key=sequence == 0),
            sequence=sequence,
            timestamp=sequence * 3000,
            ssrc=SSRC,
            extension_block=encode_block([(1, b"0"), (STAMP, number.to_bytes(2, "big"))]),
        )

    for sequence, number in enumerate(numbers):
        send(sequence, number)
        await publisher.until_plane(lambda: plane.counters()["in.packets"] > sequence)  # noqa: B023 - awaited
        await asyncio.sleep(0.015)

    def told() -> dict[int, float | None]:
        feedbacks = publisher.feedback(TransportFeedback)
        return {
            number: at_ms
            for feedback in feedbacks
            if isinstance(feedback, TransportFeedback)
            for number, at_ms in feedback.statuses()
        }

    await publisher.until(lambda: set(numbers) <= set(told()))
    arrivals = told()
    assert {number for number, at_ms in arrivals.items() if at_ms is None} == {65_535}
    times = [arrivals[number] or 0.0 for number in numbers]
    assert times == sorted(times)
    assert 50 < times[-1] - times[0] < 3_000
    assert {feedback.media_ssrc for feedback in publisher.feedback(TransportFeedback)} == {SSRC}  # type: ignore[union-attr]
    await publisher.until(lambda: bool(publisher.feedback(rtcp.ReceiverReport)))
    assert publisher.feedback(rtcp.Remb) == []


async def test_a_line_below_its_goal_gets_pictures_in_turn_and_voice_at_once(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    stream = Stream(*join(plane, make_peer))
    publisher, subscriber = stream.publisher, stream.subscriber
    stream.receiver.delay_ms = lambda since_ms: since_ms / 2
    async with asyncio.timeout(5):
        while min(estimates(listener), default=START_BPS) > 0.6 * START_BPS:
            await stream.run(5)
    plane.set_goal(subscriber.id, 5_000_000)
    await subscriber.until(lambda: len(subscriber.rtp) >= stream.sequence)
    before = len(subscriber.rtp)

    stream.burst(30)
    publisher.send(b"opus", sequence=0, timestamp=0, ssrc=AUDIO_SSRC, payload_type=111)
    await subscriber.packets(before + 31)

    burst = subscriber.rtp[before:]
    kinds = [packet.header.ssrc for packet in burst]
    assert kinds.index(SLOT_SSRC + 0x100) < 29
    pictures = [packet for packet in burst if packet.header.ssrc == SLOT_SSRC]
    assert pictures[-1].at_ms - pictures[0].at_ms > 80
    sequences = [packet.header.sequence for packet in pictures]
    assert sequences == sorted(sequences)


async def narrow(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> tuple[Stream, Stream]:
    """A scope, and a face on a slot beside it, on a line that is known to carry less than is wanted of it."""
    stream = Stream(*join(plane, make_peer))
    other, subscriber = make_peer("carla"), stream.subscriber
    plane.set_tracks(stream.publisher.id, [video_track(ssrcs=(SSRC,), rank=1)])
    plane.set_tracks(other.id, [video_track(FACE, ssrcs=(FACE_SSRC,), rank=6)])
    slots = [video_slot(extensions=IDS), video_slot("7", ssrc=FACE_SLOT_SSRC, extensions=IDS)]
    plane.set_slots(subscriber.id, slots)
    plane.attach(subscriber.id, "7", FACE)
    face = Stream(other, subscriber, ssrc=FACE_SSRC)
    await face.run(1, reports=False)
    stream.receiver.delay_ms = lambda since_ms: since_ms / 2
    async with asyncio.timeout(5):
        while min(estimates(listener), default=START_BPS) > 0.6 * START_BPS:
            await stream.run(5)
    plane.set_goal(subscriber.id, 5_000_000)
    await subscriber.until(lambda: len(subscriber.rtp) >= stream.sequence + face.sequence)
    return stream, face


async def test_the_scope_leaves_before_what_a_face_has_waiting(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    scope, face = await narrow(plane, make_peer, listener)
    subscriber = scope.subscriber
    before = len(subscriber.rtp)

    face.burst(40)
    scope.burst(4)
    await subscriber.packets(before + 44)

    burst = subscriber.rtp[before:]
    at = {
        ssrc: [place for place, packet in enumerate(burst) if packet.header.ssrc == ssrc]
        for ssrc in (SLOT_SSRC, FACE_SLOT_SSRC)
    }
    assert len(at[SLOT_SSRC]) == 4
    assert sum(place > at[SLOT_SSRC][-1] for place in at[FACE_SLOT_SSRC]) >= 20
    for places in at.values():
        sequences = [burst[place].header.sequence for place in places]
        assert sequences == sorted(sequences)


async def test_a_slot_keeps_its_order_when_what_flows_on_it_changes_rank(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    scope, face = await narrow(plane, make_peer, listener)
    subscriber = scope.subscriber
    before = len(subscriber.rtp)

    def begun_on_the_face_slot() -> int:
        """Packets of the scope's keyframe there: VP8's first bit of the payload is 0 in those alone."""
        there = [packet for packet in subscriber.rtp[before:] if packet.header.ssrc == FACE_SLOT_SSRC]
        return sum(packet.payload[5] == 0x10 for packet in there)

    face.burst(30)
    await subscriber.until_plane(lambda: plane.counters()["in.packets"] >= scope.sequence + face.sequence)
    plane.attach(subscriber.id, "7", SCOPE)
    scope.burst(10, key=True)
    await subscriber.until(lambda: begun_on_the_face_slot() > 0)

    sequences = [packet.header.sequence for packet in subscriber.rtp if packet.header.ssrc == FACE_SLOT_SSRC]
    assert sequences == sorted(sequences)
