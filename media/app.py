"""The process of one media node: a plane, the rooms on it, the control channel."""

import asyncio

from media.config import MediaSettings
from media.node import MediaNode
from media.plane import PacketPlane
from media.plane_python.plane import PythonPlane
from media.server import ControlServer
from platform_api.kernel.log import get_logger


def make_plane(settings: MediaSettings) -> PacketPlane:
    """The packet plane of this machine: the Python one until there is another."""
    return PythonPlane(port=settings.port, host6="::" if settings.ipv6 else None)


async def run_node(settings: MediaSettings) -> None:
    """Runs a node until cancelled; raises OSError where its port or socket cannot be had."""
    log = get_logger("media")
    node = MediaNode(make_plane(settings), settings)
    server = ControlServer(node, settings.control_socket)
    await node.start()
    try:
        await server.start()
        log.info("media.ready", port=node.local_port, socket=str(settings.control_socket), plane="python")
        await asyncio.Event().wait()
    finally:
        await server.close()
        await node.close()
