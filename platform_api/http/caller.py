"""Where a request comes from: address, language, id, scheme."""

import secrets

from aiohttp import web

from platform_api.http.call import Caller
from platform_api.http.settings import HttpSettings
from platform_api.kernel.sentences import best_language

CALLER = web.RequestKey("caller", Caller)
SETTINGS = web.AppKey("http_settings", HttpSettings)


def describe_caller(request: web.Request) -> Caller:
    """The caller of this request, found once and kept with it."""
    if CALLER not in request:
        settings = request.config_dict[SETTINGS]
        peer = request.remote or ""
        forwarded = settings.trusts(peer)
        scheme = request.headers.get("X-Forwarded-Proto", request.scheme) if forwarded else request.scheme
        request[CALLER] = Caller(
            address=_address(request, peer, settings),
            language=best_language(request.headers.get("Accept-Language")),
            request_id=secrets.token_hex(8),
            secure=scheme == "https",
            origin=f"{'https' if scheme == 'https' else 'http'}://{request.host}",
            cookies=request.cookies,
            headers=request.headers,
            by_proxy=forwarded,
        )
    return request[CALLER]


def _address(request: web.Request, peer: str, settings: HttpSettings) -> str:
    """The peer, or what the nearest proxy of ours says of it: the last address that is no proxy of ours."""
    if settings.trusts(peer):
        for item in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
            address = item.strip()
            if address and not settings.trusts(address):
                return address[:45]
    return peer or "unknown"
