"""Viewers whose lines carry no flow: keyframes alone, whole, at their pace, and at little cost to others."""

from media.core import rtcp
from media.core.keyframe import begins_keyframe
from media.plane_python.plane import PythonPlane
from platform_api.kernel.ids import PublicationId
from tests.media.plane_python.conftest import MakePeer
from tests.media.plane_python.test_switching import assert_unbroken, known
from tests.support.media_factory import audio_slot, audio_track, video_slot, video_track, vp8
from tests.support.rtp_camera import Camera
from tests.support.rtp_peer import RtpPeer

SCOPE, VOICE = PublicationId("anna.scope"), PublicationId("anna.voice")
SCOPE_SSRC, VOICE_SSRC = 0x10, 0x30
RATE_BPS = 2_000_000
SLOW_BPS = 200_000


def shown(subscriber: RtpPeer) -> list[bytes]:
    """One body a frame, in the order in which the first of it came."""
    bodies = [packet.payload[6:] for packet in subscriber.rtp]
    return list(dict.fromkeys(bodies))


async def flowing(plane: PythonPlane, make_peer: MakePeer) -> tuple[RtpPeer, RtpPeer, Camera]:
    """A publisher, a viewer to whom its scope flows, and its camera after the first keyframe."""
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track()])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    camera = Camera(publisher, SCOPE_SSRC)
    camera.frame(b"first", key=True)
    await subscriber.packets(2)
    return publisher, subscriber, camera


async def test_a_glimpse_is_a_whole_keyframe_and_numbers_time_and_pictures_go_on(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber, camera = await flowing(plane, make_peer)

    plane.set_glimpses(subscriber.id, "5", RATE_BPS)
    for at in range(2):
        camera.frame(b"unseen %d" % at)
        camera.frame(b"glimpse %d" % at, key=True)
        camera.frame(b"unseen too %d" % at)
        await subscriber.packets(4 + 2 * at)
    plane.set_glimpses(subscriber.id, "5", None)
    await publisher.until(lambda: bool(publisher.feedback(rtcp.Pli)))
    camera.frame(b"not yet")
    camera.frame(b"again", key=True)
    camera.frame(b"and on")
    packets = await subscriber.packets(10)

    assert shown(subscriber) == [b"first", b"glimpse 0", b"glimpse 1", b"again", b"and on"]
    assert begins_keyframe("VP8", packets[2].payload)
    assert_unbroken(packets)


async def test_what_flowed_before_is_not_shown_again_and_a_newcomer_has_the_last_keyframe(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber, camera = await flowing(plane, make_peer)
    late = make_peer("cleo")
    plane.set_slots(late.id, [video_slot()])

    plane.set_glimpses(subscriber.id, "5", RATE_BPS)
    plane.set_glimpses(late.id, "5", RATE_BPS)
    plane.attach(late.id, "5", SCOPE)
    await late.packets(2)
    camera.frame(b"second", key=True)
    await late.packets(4)
    await subscriber.packets(4)

    assert shown(late) == shown(subscriber) == [b"first", b"second"]
    assert len(subscriber.rtp) == 4
    assert not publisher.feedback(rtcp.Pli)


async def test_one_keyframe_is_asked_for_for_all_and_those_in_trouble_ask_for_none(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber, camera = await flowing(plane, make_peer)
    other = make_peer("cleo")
    plane.set_slots(other.id, [video_slot()])
    plane.attach(other.id, "5", SCOPE)
    await other.packets(2)

    for viewer in (subscriber, other):
        plane.set_glimpses(viewer.id, "5", RATE_BPS)
        viewer.send_rtcp(rtcp.Pli(1, video_slot().ssrc))
    await publisher.until(lambda: bool(publisher.feedback(rtcp.Pli)))
    camera.frame(b"asked for", key=True)
    for viewer in (subscriber, other):
        await viewer.packets(4)

    assert shown(subscriber) == shown(other) == [b"first", b"asked for"]
    assert len(publisher.feedback(rtcp.Pli)) == 1


async def test_a_voice_overtakes_a_glimpse_that_is_on_its_way(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber, camera = await flowing(plane, make_peer)
    plane.set_tracks(publisher.id, [video_track(), audio_track()])
    plane.set_slots(subscriber.id, [video_slot(), audio_slot()])
    plane.attach(subscriber.id, "6", VOICE)
    plane.set_glimpses(subscriber.id, "5", SLOW_BPS)
    large, body = 150, bytes(1_000)
    for at in range(large):
        publisher.send(
            vp8(body, key=True, first=at == 0, picture=camera.picture, tl0=camera.picture),
            sequence=(camera.sequence + at) % 65536,
            timestamp=camera.timestamp,
            ssrc=SCOPE_SSRC,
            marker=at == large - 1,
        )
    await subscriber.packets(4)

    publisher.send(b"voice", sequence=1, timestamp=0, ssrc=VOICE_SSRC, payload_type=111)
    await subscriber.until(lambda: any(packet.payload == b"voice" for packet in subscriber.rtp))

    assert len(subscriber.rtp) < large
    assert plane.peer_stats(subscriber.id).slots[0].packets < large


async def test_a_viewer_who_looks_away_gets_none_and_has_the_next_when_looking_again(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber, camera = await flowing(plane, make_peer)
    plane.set_glimpses(subscriber.id, "5", RATE_BPS)

    plane.set_paused(subscriber.id, "5", True)
    camera.frame(b"unseen", key=True)
    await known(plane, publisher, SCOPE, 4)
    plane.set_publication_on(SCOPE, False)
    plane.set_paused(subscriber.id, "5", False)
    plane.set_publication_on(SCOPE, True)
    camera.frame(b"seen", key=True)
    packets = await subscriber.packets(4)

    assert shown(subscriber) == [b"first", b"seen"]
    assert_unbroken(packets[:2])
    assert packets[2].header.sequence == packets[1].header.sequence + 1


async def test_glimpses_are_of_the_layer_that_is_wanted(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track(rids=("l", "h"))])
    plane.set_slots(subscriber.id, [video_slot()])
    low, high = Camera(publisher, 0x31, rid="l"), Camera(publisher, 0x32, sequence=200, rid="h")
    plane.set_layer(subscriber.id, "5", "l")
    plane.set_glimpses(subscriber.id, "5", RATE_BPS)
    plane.attach(subscriber.id, "5", SCOPE)
    low.frame(b"low", key=True)
    await subscriber.packets(2)

    high.frame(b"high", key=True)
    low.frame(b"low again", key=True)
    await subscriber.packets(4)
    plane.set_layer(subscriber.id, "5", "h")
    await subscriber.packets(6)

    assert shown(subscriber) == [b"low", b"low again", b"high"]


async def test_a_publisher_who_goes_and_comes_back_is_glimpsed_again(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber, camera = await flowing(plane, make_peer)
    plane.set_glimpses(subscriber.id, "5", RATE_BPS)
    camera.frame(b"glimpse", key=True)
    await subscriber.packets(4)

    plane.remove_peer(publisher.id)
    again = make_peer("anna again")
    plane.set_tracks(again.id, [video_track()])
    Camera(again, 0x77, sequence=7).frame(b"back", key=True)
    packets = await subscriber.packets(6)

    assert shown(subscriber) == [b"first", b"glimpse", b"back"]
    assert_unbroken(packets[:4])
    assert [packet.header.sequence for packet in packets[4:]] == [
        packets[3].header.sequence + 1,
        packets[3].header.sequence + 2,
    ]


async def test_how_far_apart_they_are_is_told(plane: PythonPlane, make_peer: MakePeer) -> None:
    _, subscriber, camera = await flowing(plane, make_peer)
    plane.set_glimpses(subscriber.id, "5", RATE_BPS)
    before = plane.peer_stats(subscriber.id).slots[0].glimpse_every_ms

    for at in range(2):
        camera.frame(b"%d" % at, key=True)
        await subscriber.packets(4 + 2 * at)
    told = plane.peer_stats(subscriber.id).slots[0].glimpse_every_ms
    plane.set_glimpses(subscriber.id, "5", None)
    await subscriber.until_plane(lambda: plane.peer_stats(subscriber.id).slots[0].glimpse_every_ms is None)

    assert before is None
    assert told is not None
    assert told > 0
