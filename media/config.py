"""Settings of a media node."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

DEFAULT_SOCKET = Path("var/run/media-1.sock")


class PlaneChoice(StrEnum):
    """Which packet plane moves the packets; AUTO is the native one where it was built."""

    AUTO = "auto"
    NATIVE = "native"
    PYTHON = "python"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSettings:
    """Section `media`.

    `tcp`: also listen on TCP, at the same number, for peers whose net lets no UDP through.
    `advertised_addresses`: what the answers name; none: the host's own addresses. `loopback` adds 127.0.0.1
    (tests, one machine). `remote_candidate_nets`: nets to which unproved candidates of peers may be checked.
    """

    port: int = 7882
    plane: PlaneChoice = PlaneChoice.AUTO
    advertised_addresses: tuple[str, ...] = ()
    tcp: bool = True
    loopback: bool = False
    ipv6: bool = True
    max_participants: int = 500
    remote_candidate_nets: tuple[str, ...] = ()
    connect_timeout_s: float = 15.0
    control_socket: Path = DEFAULT_SOCKET
