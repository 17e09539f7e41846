"""The process of one media node: a plane, the rooms on it, the control channel."""

import asyncio
from collections.abc import Callable
from importlib import import_module

from media.config import MediaSettings, PlaneChoice
from media.node import MediaNode
from media.plane import PacketPlane
from media.plane_native.fresh import BUILD, StaleExtensionError, is_of_sources
from media.plane_python.plane import PythonPlane
from media.server import ControlServer
from media.transport.addresses import hosts_here
from platform_api.kernel.config import SettingsError
from platform_api.kernel.log import get_logger
from platform_api.kernel.memory import end_when_out_of_memory


def native_plane() -> Callable[..., PacketPlane] | None:
    """The native plane's class; None where it was not built."""
    try:
        module = import_module("media.plane_native.plane")
    except ImportError:
        return None
    made: Callable[..., PacketPlane] = module.NativePlane
    return made


def make_plane(settings: MediaSettings) -> tuple[PacketPlane, PlaneChoice]:
    """The packet plane of this machine, and which it is.

    Raises SettingsError for one that is not there, or that this machine cannot have listen where it is to.
    """
    host, host6 = hosts_here(settings)
    native = None if settings.plane is PlaneChoice.PYTHON else native_plane()
    if native is not None:
        try:
            return native(port=settings.port, host=host, host6=host6), PlaneChoice.NATIVE
        except StaleExtensionError as stale:
            raise SettingsError(f"media.plane: {stale}; run {BUILD}, or set it to 'python'") from stale
    if settings.plane is PlaneChoice.NATIVE:
        raise SettingsError(f"media.plane: 'native' was not built here ({BUILD})")
    return PythonPlane(port=settings.port, host=host, host6=host6), PlaneChoice.PYTHON


async def run_node(settings: MediaSettings) -> None:
    """Runs a node until cancelled; raises OSError where its port or socket cannot be had."""
    log = get_logger("media")
    end_when_out_of_memory()
    plane, choice = make_plane(settings)
    if choice is PlaneChoice.NATIVE and not is_of_sources(import_module("media.plane_native._core")):
        log.warning("media.plane_older_than_its_sources", do=BUILD)
    node = MediaNode(plane, settings)
    server = ControlServer(node, settings.control_socket)
    await node.start()
    try:
        await server.start()
        log.info("media.ready", port=node.local_port, socket=str(settings.control_socket), plane=choice)
        await asyncio.Event().wait()
    finally:
        await server.close()
        await node.close()
