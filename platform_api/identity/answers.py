"""What every way to sign in answers."""

from typing import Any

from platform_api.http import Call
from platform_api.identity.cookies import keep_refresh
from platform_api.identity.model import Tokens
from platform_api.identity.schemas import SignedIn, user_view
from platform_api.kernel.errors import NotAuthenticated


def signed_in(call: Call[Any, Any, Any], tokens: Tokens) -> SignedIn:
    """Tokens and who one is; the browser keeps the refresh token."""
    keep_refresh(call, tokens)
    user = tokens.login.user
    if user is None:
        raise NotAuthenticated
    return SignedIn(
        access_token=tokens.access,
        refresh_token=tokens.refresh,
        expires_in=tokens.expires_in_s,
        user=user_view(user),
        must_change_password=user.must_change_password,
        must_enrol_totp=not user.totp_confirmed,
    )
