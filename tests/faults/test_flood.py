"""MD-06, F22: who sends far too much takes no frame from the others, on either plane."""

import asyncio
import os
import random
import socket
from typing import Final

from media.plane import PacketPlane
from platform_api.kernel.ids import PublicationId
from tests.faults.conftest import MakePeer
from tests.support.fault_line import fault_line
from tests.support.media_factory import video_slot, video_track, vp8
from tests.support.rtp_camera import Camera
from tests.support.rtp_peer import RtpPeer

FRAMES: Final = 60
FRAME_S: Final = 1 / 60
FRAME_PACKETS: Final = 2
TIMES_AS_MANY: Final = 10
FLOOD_A_FRAME: Final = 60
"""36 Mbit/s: three times what one track may, seventy times the honest picture."""
OWN_SSRC: Final = 9
SLOT_SSRC: Final = 0x900000


def seen(peer: RtpPeer) -> int:
    """Packets that came on the slot of the honest picture."""
    return sum(packet.header.ssrc == SLOT_SSRC for packet in peer.rtp)


async def picture(plane: PacketPlane, make_peer: MakePeer) -> tuple[Camera, RtpPeer]:
    """Somebody who sends a picture and somebody who gets it."""
    anna, ben = make_peer("anna"), make_peer("ben")
    plane.set_tracks(anna.id, [video_track()])
    plane.set_slots(ben.id, [video_slot()])
    plane.attach(ben.id, "5", PublicationId("anna.scope"))
    camera = Camera(anna, OWN_SSRC)
    camera.frame(key=True)
    await ben.packets(FRAME_PACKETS)
    return camera, ben


async def test_MD_06_a_flooding_peer_is_limited_and_takes_no_frame_from_others(
    plane: PacketPlane, make_peer: MakePeer
) -> None:
    camera, ben = await picture(plane, make_peer)
    mallory = make_peer("mallory")
    plane.set_tracks(mallory.id, [video_track("mallory.camera")])
    body, sequence = os.urandom(1150), 0

    for _ in range(FRAMES):
        camera.frame(os.urandom(500))
        for _ in range(FLOOD_A_FRAME):
            mallory.send(vp8(body), sequence=sequence % 65536, timestamp=sequence * 3000, ssrc=77)
            sequence += 1
        await asyncio.sleep(FRAME_S)  # the rhythm of the camera, not a wait for something
    camera.frame()
    sent = (FRAMES + 2) * FRAME_PACKETS
    await ben.until(lambda: seen(ben) >= 0.95 * sent)

    print(fault_line("MD-06", "packets of others lost", [1 - seen(ben) / sent], holds=True, lost=0))
    assert plane.counters()["drop.media_flood"] > 0
    assert plane.counters()["peers"] == 3


async def test_F22_junk_of_strangers_takes_no_frame_from_anybody(
    plane: PacketPlane, make_peer: MakePeer
) -> None:
    camera, ben = await picture(plane, make_peer)
    noise = random.Random(22)
    kinds = (b"", b"\x00\x01\x00\x08" + bytes(24), b"\x15\xfe\xfd" + bytes(15), b"\x80\x60" + bytes(300))

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(FRAMES):
            camera.frame(os.urandom(500))
            for _ in range(TIMES_AS_MANY):
                junk = noise.choice((*kinds, noise.randbytes(noise.randrange(1, 1400))))
                stranger.sendto(junk, ("127.0.0.1", plane.local_port))
            await asyncio.sleep(FRAME_S)  # the rhythm of the camera, not a wait for something
    sent = (FRAMES + 1) * FRAME_PACKETS
    await ben.until(lambda: seen(ben) >= 0.95 * sent)
    print(fault_line("F22", "packets of others lost", [1 - seen(ben) / sent], holds=True, lost=0))

    dropped = sum(count for name, count in plane.counters().items() if name.startswith("drop."))
    assert dropped >= 0.95 * FRAMES * TIMES_AS_MANY
    assert plane.counters()["peers"] == 2
