"""To which domain passkeys belong, and from which pages they may be used; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from platform_api.identity.errors import PasskeyAddress

AUTO = "auto"
LOCAL = "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    """The domain and the page's origin that an authenticator's answer must name."""

    id: str
    origins: tuple[str, ...]


def relying_party(
    *, domain: str, origins: tuple[str, ...], known_hosts: Iterable[str], asked_at: str
) -> RelyingParty:
    """Whom the authenticator is to trust, for a page opened at `asked_at` (scheme, host, port).

    A name is believed only if it is one of ours: a foreign name in the request's own header must never become
    the domain of a key. Raises PasskeyAddress where no passkey can be used: at a bare address, without TLS,
    or under another name.
    """
    if domain != AUTO:
        return RelyingParty(id=domain, origins=origins or (f"https://{domain}",))
    page = urlsplit(asked_at)
    host = (page.hostname or "").lower()
    if is_address(host) or host not in {LOCAL, *(name.lower() for name in known_hosts)}:
        raise PasskeyAddress
    if page.scheme != "https" and host != LOCAL:
        raise PasskeyAddress
    return RelyingParty(id=host, origins=(asked_at.lower(),))


def is_address(host: str) -> bool:
    """Whether the host is a number and no name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
