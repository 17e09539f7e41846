"""Who knocks: what a signing-in is told of where it comes from."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from platform_api.http import Call

MAX_AGENT = 300


class LoginMethod(StrEnum):
    """How a login proved to be its user's."""

    PASSWORD = "password"  # noqa: S105 - a way to sign in, not a password
    ACTIVATION = "activation"
    PASSKEY = "passkey"
    CERTIFICATE = "certificate"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """From which address, with which browser, at which of our own addresses."""

    address: str
    agent: str = ""
    origin: str = ""


def visitor_of(call: Call[Any, Any, Any]) -> Visitor:
    """Who makes this call."""
    caller = call.caller
    agent = "".join(
        character for character in caller.headers.get("User-Agent", "") if character.isprintable()
    )
    return Visitor(address=caller.address, agent=agent[:MAX_AGENT], origin=caller.origin)
