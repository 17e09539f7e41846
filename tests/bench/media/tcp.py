"""What a frame costs that goes to a viewer over TCP. `python -m tests.bench.media.tcp [frames]`.

The node's CPU alone: the plane is a plain socket and the viewer reads in a process of its own.
"""

import asyncio
import multiprocessing
import socket
import sys
import time
from typing import Final

from media.transport.framing import framed
from media.transport.tcp_door import TcpDoor
from tests.media.transport.test_framing import check
from tests.support.product import free_media_port

PACKET: Final = b"\x80" + bytes(1199)
BURST: Final = 8
SUCCESS: Final = bytes.fromhex("010100002112a442") + bytes(12)


def view(port: int) -> None:
    """Proves itself and reads until the end."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(framed(check()))
        while line.recv(1 << 18):
            continue


async def measure(frames: int) -> float:
    """Microseconds of CPU a frame."""
    port, loop = free_media_port(), asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plane:
        plane.bind(("127.0.0.1", port))
        plane.setblocking(False)
        door = TcpDoor()
        await door.open(port, host6=None)
        viewer = multiprocessing.get_context("spawn").Process(target=view, args=(port,))
        viewer.start()
        try:
            _, address = await loop.sock_recvfrom(plane, 2048)
            await loop.sock_sendto(plane, SUCCESS, address)
            began = time.process_time()
            for _ in range(frames // BURST):
                for _ in range(BURST):
                    plane.sendto(PACKET, address)
                await asyncio.sleep(0.001)
            spent_s = time.process_time() - began - _alone(frames)
            figures = door.figures()
            sent = figures["tcp.frames_out"]
            print(f"frames {sent}, dropped {figures.get('tcp.dropped_out', 0)}")
            return 1e6 * spent_s / sent
        finally:
            await door.close()
            viewer.join(5)


def _alone(frames: int) -> float:
    """The CPU of sending as many datagrams to a place where nobody relays them."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plane,
    ):
        sink.bind(("127.0.0.1", 0))
        began = time.process_time()
        for _ in range(frames):
            plane.sendto(PACKET, sink.getsockname())
        return time.process_time() - began


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    print(f"CPU per frame to a viewer over TCP: {asyncio.run(measure(wanted)):.1f} us")
