"""Section `http`."""

from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from platform_api.kernel.config import SettingsError


@dataclass(frozen=True, kw_only=True)
class HttpSettings:
    """Whose forwarding headers are believed, and who may read the figures (addresses in CIDR form)."""

    trusted_proxies: tuple[str, ...] = ()
    metrics_from: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    head_timeout_s: float = 10.0
    body_timeout_s: float = 30.0
    body_least_bytes_s: int = 1024
    connections_per_address: int = 100

    def trusts(self, address: str) -> bool:
        """Whether this peer is a proxy of ours."""
        return _within(address, self._proxies)

    def may_read_metrics(self, address: str) -> bool:
        """Whether this peer may read `/metrics`."""
        return _within(address, self._readers)

    @cached_property
    def _proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return _networks("http.trusted_proxies", self.trusted_proxies)

    @cached_property
    def _readers(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return _networks("http.metrics_from", self.metrics_from)


def _networks(label: str, texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(text) for text in texts)
    except ValueError as error:
        raise SettingsError(f"{label}: {error}") from error


def _within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)
