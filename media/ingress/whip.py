"""WHIP: an encoder posts an offer and is on air (RFC 9725).

`POST /whip/{room}?source=scope` with a bearer grant. The first sending video section becomes the source; the
first sending audio section the voice, if the grant allows it (else it is answered inactive). An encoder
is the participant `whip-{source}`: a second one with the same source takes over from the first, by whichever
grant of the same room it comes.
"""

from typing import Final

from aiohttp import web

from media.client import MediaClient, MediaRefused
from media.control import Negotiate, OfferedPublication
from media.errors import MediaErrorCode
from media.negotiation.sdp import Offer, parse_offer
from media.sdp_over_http import (
    PEER_PATH,
    ROOM_PATH,
    Gate,
    created,
    delete,
    offer_of,
    options,
    patch,
    sources_of,
    with_problems,
)
from platform_api.kernel.ids import new_id
from platform_api.kernel.rooms import AUDIO_SOURCES, Source
from platform_api.kernel.tokens import Grant

PARTICIPANT_PATH: Final = "{participant:whip-[a-z]{1,16}}"
SENDS: Final = frozenset({"sendonly", "sendrecv"})


def add_whip_routes(app: web.Application, media: MediaClient, gate: Gate) -> None:
    """Adds the endpoint and its session resources."""

    async def post(request: web.Request) -> web.StreamResponse:
        source = _one_source(request)
        grant = await gate.enter(request, publish=frozenset({source}))
        if source not in grant.publish:
            raise MediaRefused(MediaErrorCode.SOURCE_NOT_ALLOWED)
        gate.count(f"whip {grant.room} {grant.subject} {source.value}")
        text = await offer_of(request)
        participant, peer = f"whip-{source.value}", new_id()
        negotiated = await media.negotiate(
            Negotiate(
                room=grant.room,
                participant=participant,
                peer=peer,
                offer=text,
                publications=_publications(parse_offer(text), source, grant),
                may_publish=grant.publish,
                may_subscribe=frozenset(),
            )
        )
        return created(
            request, negotiated.answer, participant=participant, peer=peer, links=gate.links(grant.subject)
        )

    async def patch_session(request: web.Request) -> web.StreamResponse:
        _refuse_foreign(request, await gate.enter(request))
        return await patch(request, media)

    async def delete_session(request: web.Request) -> web.StreamResponse:
        _refuse_foreign(request, await gate.enter(request))
        return await delete(request, media)

    endpoint = f"/whip/{ROOM_PATH}"
    session = f"{endpoint}/{PARTICIPANT_PATH}/{PEER_PATH}"
    app.router.add_post(endpoint, with_problems(post))
    app.router.add_options(endpoint, options)
    app.router.add_patch(session, with_problems(patch_session))
    app.router.add_delete(session, with_problems(delete_session))


def _one_source(request: web.Request) -> Source:
    sources = sources_of(request) or (Source.SCOPE,)
    if len(sources) != 1:
        raise MediaRefused(MediaErrorCode.SOURCE_UNKNOWN)
    return sources[0]


def _refuse_foreign(request: web.Request, grant: Grant) -> None:
    """Only who may publish a source may end or change its encoder."""
    if request.match_info["participant"] not in {f"whip-{source.value}" for source in grant.publish}:
        raise MediaRefused(MediaErrorCode.UNKNOWN_PEER)


def _publications(offer: Offer, source: Source, grant: Grant) -> tuple[OfferedPublication, ...]:
    """The source on the first section of its kind, and the voice beside a picture."""
    first = {section.kind: section.mid for section in reversed(offer.sections) if section.direction in SENDS}
    kind = "audio" if source in AUDIO_SOURCES else "video"
    if kind not in first:
        raise MediaRefused(MediaErrorCode.SOURCE_UNKNOWN)
    found = [OfferedPublication(mid=first[kind], source=source)]
    if kind == "video" and "audio" in first and Source.VOICE in grant.publish:
        found.append(OfferedPublication(mid=first["audio"], source=Source.VOICE))
    return tuple(found)
