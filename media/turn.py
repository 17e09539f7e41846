"""TURN: where relays are, and credentials that end by themselves (draft-uberti-behave-turn-rest-00).

The secret is shared with the relay alone; who is let in gets a name that holds its own end, and its HMAC.
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from platform_api.kernel.clock import Clock
from platform_api.kernel.config import Secret, SettingsError

MOST_TTL_S: Final = 3600
SCHEMES: Final = ("turn:", "turns:")
MOST_NAME: Final = 64
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSettings:
    """Section `turn`. Without `urls`, and without `serve`, no relay is ever named to anybody."""

    urls: tuple[str, ...] = ()
    secret: Secret | None = None
    ttl_s: int = MOST_TTL_S
    serve: bool = False
    port: int = 3478
    tls_port: int = 5349
    first_relay_port: int = 49152
    last_relay_port: int = 53247

    def check(self) -> None:
        """Raises SettingsError for what cannot work or lasts too long (MD-09)."""
        if not 60 <= self.ttl_s <= MOST_TTL_S:
            raise SettingsError(f"turn.ttl_s must be between 60 and {MOST_TTL_S}")
        if not all(url.startswith(SCHEMES) for url in self.urls):
            raise SettingsError("turn.urls: each begins with turn: or turns:")
        if self.urls and not self.serve and self.secret is None:
            raise SettingsError(
                "turn.urls needs the secret of that server: name its file by turn.secret_file"
            )


@dataclass(frozen=True, slots=True)
class Relays:
    """The relays of this deployment; none: nobody is told of any."""

    urls: tuple[str, ...]
    secret: str
    ttl_s: int
    clock: Clock

    def ice_servers(self, subject: str) -> tuple[dict[str, Any], ...]:
        """For this person's RTCPeerConnection: valid `ttl_s` from now."""
        if not self.urls:
            return ()
        username, password = credentials(self.secret, subject, int(self.clock.now().timestamp()) + self.ttl_s)
        return ({"urls": list(self.urls), "username": username, "credential": password},)

    def links(self, subject: str) -> tuple[str, ...]:
        """The same for WHIP and WHEP, as values of Link (RFC 9725 4.6)."""
        return tuple(
            f'<{url}>; rel="ice-server"; username="{server["username"]}"; '
            f'credential="{server["credential"]}"; credential-type="password"'
            for server in self.ice_servers(subject)
            for url in server["urls"]
        )


def credentials(secret: str, subject: str, expires_s: int) -> tuple[str, str]:
    """Name and password that the relay takes until then (seconds since 1970).

    It reads names by their colons and knows no blanks, so that the subject keeps neither.
    """
    username = f"{expires_s}:{_FOREIGN.sub('-', subject)[:MOST_NAME]}"
    return username, b64encode(hmac.digest(secret.encode(), username.encode(), "sha1")).decode()


def urls_of(addresses: Sequence[str], *, port: int, tls_port: int) -> tuple[str, ...]:
    """A relay at these addresses by UDP, TCP and TLS."""
    hosts = [f"[{address}]" if ":" in address else address for address in addresses]
    ways = (("turn", port, "udp"), ("turn", port, "tcp"), ("turns", tls_port, "tcp"))
    return tuple(
        f"{scheme}:{host}:{number}?transport={way}" for scheme, number, way in ways for host in hosts
    )
