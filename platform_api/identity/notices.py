"""What the owner of an account is told of what others did to it."""

from platform_api.identity.model import Passkey, User
from platform_api.inbox import Item, Nature, to_user

PROFILE = "/app/me"


def locked_out(user: User, address: str) -> Item:
    """Too many wrong passwords."""
    return _notice("account.locked_out", user.id, user.id, {"address": address})


def passkey_suspended(passkey: Passkey) -> Item:
    """A passkey's counter went back."""
    return _notice("account.passkey_suspended", passkey.user, passkey.id, {"name": passkey.name})


def recovery_used(user: User, address: str, left: int) -> Item:
    """A recovery code opened the account."""
    return _notice("account.recovery_used", user.id, user.id, {"address": address, "left": left})


def _notice(title: str, user: str, subject: str, params: dict[str, str | int]) -> Item:
    return Item(
        kind=title,
        subject_type="account",
        subject=subject,
        receiver=to_user(user),
        title=title,
        link=PROFILE,
        params=params,
        nature=Nature.NOTICE,
    )
