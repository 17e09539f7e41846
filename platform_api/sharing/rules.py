"""What share links are worth: two secrets, an end, a withdrawal (PR-04). Pure but for the dice.

The token has 192 bits and is kept hashed; the second secret of six digits is kept keyed by the token, which
the database does not know. Five wrong tries close a link.
"""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

from platform_api.sharing.errors import ShareClosed
from platform_api.sharing.model import LinkSecrets, Share

TOKEN_BYTES: Final = 24
PIN_DIGITS: Final = 6
MAX_PIN_FAILURES: Final = 5
DEFAULT_HOURS: Final = 24
MAX_HOURS: Final = 7 * 24


def new_secrets() -> LinkSecrets:
    """Secrets for a new link."""
    pin = f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"
    return LinkSecrets(token=secrets.token_urlsafe(TOKEN_BYTES), pin=pin)


def token_hash(token: str) -> bytes:
    """How a link's token is kept: it has 192 bits, so that a plain hash does."""
    return hashlib.sha256(token.encode()).digest()


def pin_hash(token: str, pin: str) -> str:
    """How a link's second secret is kept: keyed by the token, which the database does not know."""
    return hmac.digest(token.encode(), pin.encode(), hashlib.sha256).hex()


def pin_is(link: Share, token: str, pin: str) -> bool:
    """Whether this is the link's second secret."""
    return hmac.compare_digest(link.pin_hash, pin_hash(token, pin))


def share_is_open(link: Share, now: datetime) -> bool:
    """Whether the link still opens anything."""
    return link.revoked_at is None and now < link.expires_at and link.pin_failures < MAX_PIN_FAILURES


def check_open(link: Share, now: datetime) -> None:
    """Raises ShareClosed with the reason for a link that opens nothing any more."""
    if share_is_open(link, now):
        return
    if link.revoked_at is not None:
        raise ShareClosed("share.revoked")
    raise ShareClosed("share.locked" if link.pin_failures >= MAX_PIN_FAILURES else "share.expired")


def visitor_name() -> str:
    """What a visitor is called who gave no name."""
    return f"访客 {secrets.randbelow(10_000):04d}"
