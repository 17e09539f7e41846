"""Where a tap begins: at its last keyframe if it is the first of a sending, else in the present."""

from media.plane import TapPacket
from media.plane_python.plane import PythonPlane
from platform_api.kernel.ids import PublicationId
from tests.media.plane_python.conftest import MakePeer
from tests.support.media_factory import video_slot, video_track
from tests.support.rtp_camera import Camera

SCOPE = PublicationId("anna.scope")
SSRC = 0x10
BODIES = (b"before", b"key", b"then", b"now", b"later")


async def test_the_first_tap_of_a_sending_begins_at_its_last_keyframe(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track()])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    camera = Camera(publisher, SSRC)
    first: list[TapPacket] = []
    second: list[TapPacket] = []
    for body, key in ((b"before", True), (b"key", True), (b"then", False)):
        camera.frame(body, key=key)
    await subscriber.packets(6)

    plane.tap(SCOPE, first.append)
    camera.frame(b"now")
    await subscriber.packets(8)
    plane.tap(SCOPE, None)
    plane.tap(SCOPE, second.append)
    camera.frame(b"later")
    await subscriber.packets(10)

    def bodies(packets: list[TapPacket]) -> list[bytes]:
        return [next(body for body in BODIES if packet.data.endswith(body)) for packet in packets]

    assert bodies(first) == [b"key", b"key", b"then", b"then", b"now", b"now"]
    assert bodies(second) == [b"later", b"later"]


async def test_what_came_before_a_switch_off_is_not_tapped(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track()])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    camera = Camera(publisher, SSRC)
    camera.frame(b"before", key=True)
    await subscriber.packets(2)
    plane.set_publication_on(SCOPE, False)
    tapped: list[TapPacket] = []
    plane.tap(SCOPE, tapped.append)
    plane.set_publication_on(SCOPE, True)

    camera.frame(b"key", key=True)
    await subscriber.packets(4)

    assert [packet.data.endswith(b"key") for packet in tapped] == [True, True]
