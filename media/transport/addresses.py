"""Where peers find us, and where we may be sent by peers.

A browser's own candidates are not needed: it sends the first check, and its address is learnt from that
check once its integrity is proved (peer-reflexive discovery, RFC 8445 7.3.1.3). So by default all remote
candidates are ignored, names ending in `.local` among them, and no peer can make this server send a
single datagram anywhere before that place has shown the password of the answer.
"""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import ifaddr
from aioice.candidate import Candidate, candidate_foundation, candidate_priority

from media.config import EVERY_HOST, EVERY_HOST6, LOOPBACK, MediaSettings
from platform_api.kernel.config import SettingsError

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
MAX_LOCAL_PREFERENCE: Final = 65535
TCP_TYPE_PREFERENCE: Final = 90
PASSIVE_PREFERENCE: Final = (4 << 13) + 8191


def host_addresses(*, ipv6: bool) -> tuple[str, ...]:
    """This machine's unicast addresses beyond loopback and link-local; IPv4 first."""
    found: list[IpAddress] = []
    for adapter in ifaddr.get_adapters():
        for item in adapter.ips:
            address = ipaddress.ip_address(item.ip if isinstance(item.ip, str) else item.ip[0])
            if not _is_special(address) and (ipv6 or address.version == 4):
                found.append(address)
    return tuple(str(address) for address in sorted(set(found), key=lambda each: (each.version, int(each))))


def reached_at(host: str, host6: str | None) -> tuple[str, ...]:
    """The addresses at which a node that listens there is reached (`MediaSettings.hosts`); IPv4 first."""
    own = host_addresses(ipv6=host6 is not None)
    v4 = [host] if host != EVERY_HOST else [address for address in own if ":" not in address]
    v6 = [host6] if host6 and host6 != EVERY_HOST6 else [address for address in own if ":" in address]
    return (*v4, *v6)


def why_no_listening(address: str) -> str | None:
    """What the system says against listening on an address; None: one can."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if family is socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((address, 0))
    except OSError as error:
        return str(error.strerror or error)
    return None


def hosts_here(settings: MediaSettings) -> tuple[str, str | None]:
    """Where a node of this machine listens: see `MediaSettings.hosts`, without IPv6 where there is none.

    Raises SettingsError for a named address that is not this machine's.
    """
    host, host6 = settings.hosts()
    for name, address in (("host", settings.host), ("host6", settings.host6)):
        if address and (reason := why_no_listening(address)):
            raise SettingsError(f"media.{name}: this machine cannot listen on {address} ({reason})")
    return host, host6 if host6 is not None and why_no_listening(host6) is None else None


def advertised_addresses(
    configured: Sequence[str], *, loopback: bool, host: str = EVERY_HOST, host6: str | None = EVERY_HOST6
) -> tuple[str, ...]:
    """What the answers name: the setting, else where we are reached; loopback if asked, or if alone."""
    addresses = tuple(configured) or reached_at(host, host6)
    if loopback or not addresses:
        addresses = (*addresses, LOOPBACK)
    return tuple(dict.fromkeys(addresses))


def local_candidates(addresses: Sequence[str], port: int) -> tuple[Candidate, ...]:
    """One host candidate an address, in falling preference."""
    return tuple(
        Candidate(
            foundation=candidate_foundation("host", "udp", address),
            component=1,
            transport="udp",
            priority=candidate_priority(1, "host", MAX_LOCAL_PREFERENCE - rank),
            host=address,
            port=port,
            type="host",
        )
        for rank, address in enumerate(addresses)
    )


def tcp_candidates(addresses: Sequence[str], port: int) -> tuple[Candidate, ...]:
    """One passive host candidate an address (RFC 6544 4.5), each below every UDP one."""
    return tuple(
        Candidate(
            foundation=candidate_foundation("host", "tcp", address),
            component=1,
            transport="tcp",
            priority=(TCP_TYPE_PREFERENCE << 24) + ((PASSIVE_PREFERENCE - rank) << 8) + 255,
            host=address,
            port=port,
            type="host",
            tcptype="passive",
        )
        for rank, address in enumerate(addresses)
    )


@dataclass(frozen=True, slots=True)
class CandidatePolicy:
    """Remote candidates to which we may send checks unasked: those inside these nets, none by default.

    A special place (loopback, link-local, multicast, an address of our own) needs a net that lies wholly
    in such a place: `0.0.0.0/0` does not open loopback, `127.0.0.0/8` does.
    """

    allowed: tuple[IpNetwork, ...] = ()
    own: frozenset[str] = frozenset()

    @classmethod
    def of(cls, nets: Sequence[str]) -> "CandidatePolicy":
        """The policy of a setting; raises ValueError for what is no net."""
        allowed = tuple(ipaddress.ip_network(net) for net in nets)
        return cls(allowed, frozenset(host_addresses(ipv6=True)) if allowed else frozenset())

    def admit(self, lines: Sequence[str]) -> tuple[Candidate, ...]:
        """The candidates among these lines (`a=candidate:` taken off) that may be checked."""
        if not self.allowed:
            return ()
        read = (_read(line) for line in lines)
        return tuple(candidate for candidate in read if candidate is not None and self._admits(candidate))

    def _admits(self, candidate: Candidate) -> bool:
        address = ipaddress.ip_address(candidate.host)
        special = _is_special(address) or str(address) in self.own
        return any(
            address in net and (not special or _is_special(net) or net.num_addresses == 1)
            for net in self.allowed
            if net.version == address.version
        )


def _read(line: str) -> Candidate | None:
    try:
        candidate = Candidate.from_sdp(line)
        ipaddress.ip_address(candidate.host)
    except (ValueError, IndexError):
        return None
    is_udp_host = candidate.transport.lower() == "udp" and candidate.component == 1
    return candidate if is_udp_host and 0 < candidate.port < 65536 else None


def _is_special(place: IpAddress | IpNetwork) -> bool:
    return place.is_loopback or place.is_link_local or place.is_multicast or place.is_unspecified
