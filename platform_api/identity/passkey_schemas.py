"""Shapes of passkeys and recovery codes."""

from typing import Annotated, Any

from pydantic import Field

from platform_api.http import Id, Moment, Shape, Text
from platform_api.identity.model import Passkey
from platform_api.identity.schemas import Password

PasskeyName = Annotated[Text, Field(min_length=1, max_length=60)]
BrowserAnswer = Annotated[dict[str, Any], Field(min_length=1, max_length=12)]
"""What the browser made of the options (WebAuthn level 3, JSON); its signature is judged, not its shape."""


class Proof(Shape):
    """The password once more, before something weighty."""

    password: Password


class BrowserOptions(Shape):
    """What the browser is to ask the authenticator (WebAuthn level 3, JSON)."""

    options: dict[str, Any]


class PasskeyRegistration(Shape):
    """A new key and how its user calls it."""

    name: PasskeyName
    answer: BrowserAnswer


class PasskeySignIn(Shape):
    """A known key's answer."""

    answer: BrowserAnswer


class FirstFactor(Shape):
    """Name and password."""

    username: Annotated[Text, Field(min_length=1, max_length=64)]
    password: Password


class PasskeyItem(Shape):
    """A passkey as its user sees it."""

    id: Id
    name: str
    synced: bool
    created_at: Moment
    used_at: Moment | None
    suspended: bool


class Factors(Shape):
    """The second factors of an account: passkeys, and how many recovery codes still open."""

    passkeys: list[PasskeyItem]
    recovery_codes_left: int


class RecoveryCodesOnce(Shape):
    """New recovery codes, shown once."""

    codes: list[str]


def passkey_item(passkey: Passkey) -> PasskeyItem:
    """A passkey as shown."""
    return PasskeyItem(
        id=passkey.id,
        name=passkey.name,
        synced=passkey.backed_up,
        created_at=passkey.created_at,
        used_at=passkey.used_at,
        suspended=passkey.suspended,
    )
