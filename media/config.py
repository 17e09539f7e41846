"""Settings of a media node."""

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from platform_api.kernel.config import SettingsError

EVERY_HOST: Final = "0.0.0.0"  # noqa: S104 - media comes from everywhere; the guard stands behind
EVERY_HOST6: Final = "::"
LOOPBACK: Final = "127.0.0.1"
DEFAULT_SOCKET = Path("var/run/media-1.sock")


class PlaneChoice(StrEnum):
    """Which packet plane moves the packets; AUTO is the native one where it was built."""

    AUTO = "auto"
    NATIVE = "native"
    PYTHON = "python"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSettings:
    """Section `media`.

    `host`, `host6`: the one address to listen on, of each family; empty: all that this machine has.
    `tcp`: also listen on TCP, at the same number, for peers whose net lets no UDP through.
    `advertised_addresses`: what the answers name; none: those it listens on. `loopback` adds 127.0.0.1
    (tests, one machine). `remote_candidate_nets`: nets to which unproved candidates of peers may be checked.
    """

    port: int = 7882
    host: str = ""
    host6: str = ""
    plane: PlaneChoice = PlaneChoice.AUTO
    advertised_addresses: tuple[str, ...] = ()
    tcp: bool = True
    loopback: bool = False
    ipv6: bool = True
    max_participants: int = 500
    remote_candidate_nets: tuple[str, ...] = ()
    connect_timeout_s: float = 15.0
    control_socket: Path = DEFAULT_SOCKET

    def hosts(self) -> tuple[str, str | None]:
        """Where to listen: IPv4 and IPv6, all of them as the unspecified address; None: no IPv6.

        Raises SettingsError for what is no such address, and for what contradicts it.
        """
        host = _plain(4, "media.host", self.host or EVERY_HOST)
        host6 = _plain(6, "media.host6", self.host6 or EVERY_HOST6)
        if self.host6 and not self.ipv6:
            raise SettingsError("media.host6 needs media.ipv6, which is off")
        if self.loopback and host not in {EVERY_HOST, LOOPBACK}:
            raise SettingsError(f"media.loopback names {LOOPBACK}, but media.host listens on {host} alone")
        return host, host6 if self.ipv6 else None


def _plain(version: int, label: str, text: str) -> str:
    """One machine's address as it is usually written; one with a zone is none, as answers cannot name it."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        address = None
    if address is None or address.version != version or address.is_multicast or "%" in text:
        raise SettingsError(f"{label}: {text!r} is not an IPv{version} address to listen on")
    return str(address)
