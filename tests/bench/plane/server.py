"""The measured side: one packet plane alone in a process, driven over a pipe."""

import asyncio
import resource
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

import psutil
import uvloop

from media.plane import Codec, ExtensionIds, PacketPlane, SlotSpec, SrtpKeys, SrtpProfile, TrackSpec
from media.plane_python.plane import PythonPlane
from platform_api.kernel.ids import PeerId, PublicationId
from tests.support.plane_listener import RecordingListener

PUBLICATION = PublicationId("bench.scope")
CODEC = Codec.VP8
NUMBER_ID = 6
BUSY_S = 0.02


@dataclass(frozen=True, slots=True)
class Member:
    """A peer that the measuring side plays: where it is, and its keys as the plane has them.

    `goal_bps`: its packets are numbered for feedback, and so much is wished of its line; 0: they are not.
    """

    name: str
    address: tuple[str, int]
    keys: SrtpKeys
    goal_bps: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """What the process has used since its start, and what it holds now."""

    cpu_s: float
    rss_bytes: int
    packets_out: int


def serve(pipe: Connection, on_uvloop: bool, native: bool, is_busy: bool) -> None:
    """Runs until the pipe says `None`. Any other message is a member to add, or "usage".

    `is_busy`: Python does something else in stretches of 20 ms, four fifths of the time.
    """
    if on_uvloop:
        uvloop.run(_serve(pipe, native, is_busy))
    else:
        asyncio.run(_serve(pipe, native, is_busy))


def _work(loop: asyncio.AbstractEventLoop) -> None:
    end_s = time.monotonic() + BUSY_S
    while time.monotonic() < end_s:
        pass
    loop.call_later(BUSY_S / 4, _work, loop)


def new_plane(native: bool) -> PacketPlane:
    """Raises ImportError where the native plane was not built."""
    if not native:
        return PythonPlane(host="127.0.0.1", host6=None)
    from media.plane_native.plane import NativePlane

    return NativePlane(host="127.0.0.1", host6=None)


async def _serve(pipe: Connection, native: bool, is_busy: bool) -> None:
    plane = new_plane(native)
    await plane.start(RecordingListener())
    pipe.send(plane.local_port)
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def command() -> None:
        message = pipe.recv()
        if message is None:
            done.set()
        elif message == "usage":
            pipe.send(_usage(plane))
        else:
            _add(plane, message)
            pipe.send(True)

    loop.add_reader(pipe.fileno(), command)
    if is_busy:
        _work(loop)
    await done.wait()
    loop.remove_reader(pipe.fileno())
    await plane.close()


def _usage(plane: PacketPlane) -> Usage:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Usage(
        cpu_s=used.ru_utime + used.ru_stime,
        rss_bytes=psutil.Process().memory_info().rss,
        packets_out=plane.counters()["out.packets"],
    )


def _add(plane: PacketPlane, member: Member) -> None:
    peer = PeerId(member.name)
    plane.add_peer(peer, local_ufrag=member.name)
    plane.bind_address(peer, member.address)
    plane.select_address(peer, member.address)
    plane.set_keys(peer, member.keys)
    if member.name == "publisher":
        plane.set_tracks(peer, [_track()])
        return
    plane.set_slots(peer, [_slot(is_numbered=member.goal_bps > 0)])
    if member.goal_bps:
        plane.set_goal(peer, member.goal_bps)
    plane.attach(peer, "1", PUBLICATION)


def _track() -> TrackSpec:
    return TrackSpec(
        publication=PUBLICATION,
        mid="0",
        codec=CODEC,
        clock_rate=90_000,
        payload_type=96,
        rtx_payload_type=97,
        extensions=ExtensionIds(mid=1),
    )


def _slot(*, is_numbered: bool) -> SlotSpec:
    return SlotSpec(
        mid="1",
        kind="video",
        ssrc=0x5000,
        rtx_ssrc=0x5001,
        payload_types={CODEC: 96},
        rtx_payload_types={CODEC: 97},
        extensions=ExtensionIds(mid=1, abs_capture_time=5, transport_cc=NUMBER_ID if is_numbered else None),
    )


PROFILE = SrtpProfile.AEAD_AES_128_GCM
