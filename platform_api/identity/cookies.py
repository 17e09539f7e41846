"""The cookies that hold refresh tokens (AU-07)."""

from collections.abc import Mapping
from typing import Any

from platform_api.http import Call
from platform_api.http.call import Cookie
from platform_api.identity.errors import CsrfMissing
from platform_api.identity.model import Tokens
from platform_api.kernel.errors import NotAuthenticated

USER_COOKIE = "__Host-scopecast-refresh"
GUEST_COOKIE = "__Host-scopecast-guest"
PATIENT_COOKIE = "__Host-scopecast-patient"
CSRF_HEADER = "X-Scopecast"


def keep_refresh(call: Call[Any, Any, Any], tokens: Tokens) -> None:
    """Has the browser keep the refresh token, a guest's beside a user's."""
    login = tokens.login
    name = _name(guest=login.guest is not None, patient=login.patient is not None)
    call.cookies.append(Cookie(name=name, value=tokens.refresh, max_age_s=tokens.refresh_expires_in_s))


def drop_refresh(call: Call[Any, Any, Any], *, guest: bool, patient: bool = False) -> None:
    """Has the browser forget it."""
    call.cookies.append(Cookie(name=_name(guest=guest, patient=patient), value="", max_age_s=0))


def _name(*, guest: bool, patient: bool) -> str:
    if patient:
        return PATIENT_COOKIE
    return GUEST_COOKIE if guest else USER_COOKIE


def kept_refresh(call: Call[Any, Any, Any], *, guest: bool, patient: bool = False) -> str:
    """The refresh token of the cookie; a foreign page may send the cookie but never the header.

    Raises CsrfMissing or NotAuthenticated.
    """
    cookies: Mapping[str, str] = call.caller.cookies
    names: tuple[str, ...] = (GUEST_COOKIE, USER_COOKIE) if guest else (USER_COOKIE, GUEST_COOKIE)
    if patient:
        names = (PATIENT_COOKIE,)
    found = next((cookies[name] for name in names if cookies.get(name)), None)
    if found is None:
        raise NotAuthenticated
    if call.caller.headers.get(CSRF_HEADER) != "1":
        raise CsrfMissing
    return found
