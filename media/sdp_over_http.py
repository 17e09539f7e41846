"""What WHIP and WHEP share: an SDP offer by POST, its session a resource (RFC 9725)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, Protocol

from aiohttp import web

from media.client import MediaClient, MediaRefused
from media.control import MAX_SDP_BYTES, Candidate, Disconnect, RestartIce
from media.errors import MediaErrorCode
from media.negotiation.machine import MIN_PASSWORD
from media.negotiation.sdp import Fragment, parse_fragment
from platform_api.kernel.errors import AppError, NotAuthenticated, Refused
from platform_api.kernel.ids import new_id
from platform_api.kernel.log import get_logger
from platform_api.kernel.rooms import Source
from platform_api.kernel.sentences import best_language, sentence
from platform_api.kernel.tokens import Grant

SDP: Final = "application/sdp"
FRAGMENT: Final = "application/trickle-ice-sdpfrag"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ROOM_PATH: Final = "{room:[A-Za-z0-9._:-]{1,96}}"
PEER_PATH: Final = "{peer:[A-Za-z0-9-]{8,64}}"
_STATUS: Final = {
    MediaErrorCode.SDP_TOO_LARGE.value: 413,
    MediaErrorCode.SOURCE_NOT_ALLOWED.value: 403,
    MediaErrorCode.ROOM_FULL.value: 409,
    MediaErrorCode.UNKNOWN_PEER.value: 404,
    MediaErrorCode.UNKNOWN_ROOM.value: 404,
    MediaErrorCode.ICE_CHANGED.value: 412,
    MediaErrorCode.RESTARTS_TOO_OFTEN.value: 429,
}
_log = get_logger("media.http")


class Admit(Protocol):
    """Asks whether a grant's session and holder still stand, and whether it is for this room and these."""

    async def __call__(
        self,
        grant: Grant,
        *,
        room: str,
        publish: frozenset[Source],
        subscribe: frozenset[Source],
        address: str,
    ) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Whom the routes let in: each raises AppError for who may not.

    `verify` reads a bearer's grant, `admit` asks the platform, which keeps its refusals in its trail,
    `count` takes one post of the asker that its key names. `links` are the relays that a subject is told of.
    """

    verify: Callable[[str], Grant]
    admit: Admit
    count: Callable[[str], None]
    links: Callable[[str], tuple[str, ...]] = lambda _: ()
    address_of: Callable[[web.Request], str] = lambda request: request.remote or ""

    async def enter(
        self,
        request: web.Request,
        *,
        publish: frozenset[Source] = frozenset(),
        subscribe: frozenset[Source] = frozenset(),
    ) -> Grant:
        """The bearer's grant for the room in the path, which lets its holder in now, to send or see these."""
        grant = self._grant_of(request)
        await self.admit(
            grant,
            room=request.match_info["room"],
            publish=publish,
            subscribe=subscribe,
            address=self.address_of(request),
        )
        if grant.room != request.match_info["room"]:
            raise Refused("grant.invalid")
        return grant

    def _grant_of(self, request: web.Request) -> Grant:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotAuthenticated("grant.invalid")
        return self.verify(token.strip())


def with_problems(handler: Handler) -> Handler:
    """The handler, whose refusals go out as `application/problem+json` in the asker's language."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except AppError as error:
            answer = _problem(request, error.code, _STATUS.get(error.code, error.status_hint))
            if error.retry_after_s is not None:
                answer.headers["Retry-After"] = str(max(1, ceil(error.retry_after_s)))
            return answer
        except web.HTTPException:
            raise
        except Exception:  # noqa: BLE001 - the edge: the asker learns that it failed, the log why
            error_id = new_id()
            _log.exception("request.failed", error_id=error_id)
            return _problem(request, "internal", 500, error_id=error_id)

    return guarded


def _problem(request: web.Request, code: str, status: int, *, error_id: str | None = None) -> web.Response:
    text = sentence(code, best_language(request.headers.get("Accept-Language")))
    body: dict[str, object] = {
        "type": f"urn:scopecast:problem:{code}",
        "title": text,
        "status": status,
        "code": code,
        "detail": text,
        "instance": request.path,
        "error_id": error_id or new_id(),
    }
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return web.json_response(body, status=status, content_type="application/problem+json", headers=headers)


def sources_of(request: web.Request) -> tuple[Source, ...]:
    """The sources named in the query, in order; raises MediaRefused for an unknown one."""
    named = [name for value in request.query.getall("source", []) for name in value.split(",") if name]
    try:
        return tuple(dict.fromkeys(Source(name) for name in named))
    except ValueError as error:
        raise MediaRefused(MediaErrorCode.SOURCE_UNKNOWN) from error


async def offer_of(request: web.Request) -> str:
    """The offer in the body, measured before it is read whole."""
    if request.content_type != SDP:
        raise AppError("request.unsupported", status_hint=415)
    return await _body(request)


async def _body(request: web.Request) -> str:
    data = bytearray()
    async for chunk in request.content.iter_chunked(16 * 1024):
        data += chunk
        if len(data) > MAX_SDP_BYTES:
            raise MediaRefused(MediaErrorCode.SDP_TOO_LARGE)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise MediaRefused(MediaErrorCode.SDP_INVALID) from error


def created(
    request: web.Request, answer: str, *, participant: str, peer: str, links: Sequence[str]
) -> web.Response:
    """201 with the answer, the address of the session (RFC 9725 4.2) and the relays (4.6)."""
    response = web.Response(
        status=201,
        text=answer,
        content_type=SDP,
        headers={
            "Location": f"{request.path}/{participant}/{peer}",
            "ETag": f'"{parse_fragment(answer).ufrag}"',
            "Accept-Patch": FRAGMENT,
        },
    )
    for link in links:
        response.headers.add("Link", link)
    return response


async def patch(request: web.Request, media: MediaClient) -> web.Response:
    """An ICE restart (`If-Match: *`) or trickled candidates of the ICE that the tag names (RFC 9725 4.3)."""
    if request.content_type != FRAGMENT:
        raise AppError("request.unsupported", status_hint=415)
    fragment = parse_fragment(await _body(request))
    tag = request.headers.get("If-Match")
    if tag == "*":
        return await _restart(request, media, fragment)
    path = request.match_info
    for candidate in fragment.candidates or ("",):
        await media.candidate(
            Candidate(
                room=path["room"],
                peer=path["peer"],
                candidate=candidate[:512],
                ice=None if tag is None else tag.removeprefix('"').removesuffix('"')[:256],
            )
        )
    return web.Response(status=204)


async def _restart(request: web.Request, media: MediaClient, fragment: Fragment) -> web.Response:
    """200 with our new end and its tag; refused, the session goes on as it was (RFC 9725 4.3.3)."""
    path = request.match_info
    if not fragment.ufrag or len(fragment.password) < MIN_PASSWORD:
        raise MediaRefused(MediaErrorCode.SDP_INVALID)
    ours = await media.restart_ice(
        RestartIce(
            room=path["room"],
            participant=path["participant"],
            peer=path["peer"],
            ufrag=fragment.ufrag,
            password=fragment.password,
            candidates=fragment.candidates,
        )
    )
    lines = [
        f"m={ours.kind} 9 UDP/TLS/RTP/SAVPF 0",
        f"a=mid:{ours.mid}",
        f"a=ice-ufrag:{ours.ufrag}",
        f"a=ice-pwd:{ours.password}",
        *(f"a=candidate:{candidate}" for candidate in ours.candidates),
        "a=end-of-candidates",
    ]
    return web.Response(
        status=200,
        text="".join(f"{line}\r\n" for line in lines),
        content_type=FRAGMENT,
        headers={"ETag": f'"{ours.ufrag}"'},
    )


async def delete(request: web.Request, media: MediaClient) -> web.Response:
    """Ends the session; asking again finds nothing to do."""
    path = request.match_info
    await media.disconnect(Disconnect(room=path["room"], participant=path["participant"], peer=path["peer"]))
    return web.Response(status=200)


async def options(_: web.Request) -> web.Response:
    """What may be posted; other origins are not invited (no CORS header)."""
    return web.Response(status=204, headers={"Accept-Post": SDP, "Allow": "POST, OPTIONS"})
