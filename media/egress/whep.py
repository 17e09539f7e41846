"""WHEP: a player posts an offer to receive, and sees the room (draft-ietf-wish-whep).

`POST /whep/{room}?source=scope,voice` with a bearer grant; without a source everything that it may see. What
flows follows the room: a source that begins later begins on a free slot.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from media.client import MediaAway, MediaClient, MediaRefused
from media.control import (
    Negotiate,
    NodeEvent,
    PeerStateChanged,
    PublicationEnded,
    PublicationStarted,
    Subscribe,
    Want,
)
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
from platform_api.kernel.errors import Refused
from platform_api.kernel.ids import new_id
from platform_api.kernel.log import get_logger
from platform_api.kernel.rooms import Source
from platform_api.kernel.tasks import TaskOwner

MAX_WANTS: Final = 32
PARTICIPANT_PATH: Final = "{participant:whep-[A-Za-z0-9-]{8,64}}"
ORDER: Final = tuple(Source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """One WHEP session and what it asked to see."""

    room: str
    participant: str
    peer: str
    sources: frozenset[Source]


@dataclass(slots=True)
class _Watched:
    publications: dict[str, Source] = field(default_factory=dict)
    players: dict[str, Player] = field(default_factory=dict)


class WhepSessions:
    """Keeps each player's subscriptions in step with its room."""

    def __init__(self, media: MediaClient) -> None:
        self._media = media
        self._rooms: dict[str, _Watched] = {}
        self._tasks = TaskOwner("media.whep")
        self._log = get_logger("media.whep")
        media.on_event(self._hear)
        media.on_reset(self._rooms.clear)

    async def close(self, _: web.Application) -> None:
        await self._tasks.close()

    async def begin(self, player: Player, offer: str) -> str:
        """The answer for a new player; raises MediaRefused or MediaAway."""
        if player.room not in self._rooms:
            self._rooms[player.room] = _Watched()
            await self._media.watch(player.room)
        negotiated = await self._media.negotiate(
            Negotiate(
                room=player.room,
                participant=player.participant,
                peer=player.peer,
                offer=offer,
                may_subscribe=player.sources,
            )
        )
        room = self._rooms.setdefault(player.room, _Watched())
        room.players[player.peer] = player
        await self._subscribe(room, player)
        return negotiated.answer

    async def _subscribe(self, room: _Watched, player: Player) -> None:
        try:
            await self._media.subscribe(
                Subscribe(
                    room=player.room,
                    participant=player.participant,
                    peer=player.peer,
                    want=tuple(_wants(room.publications, player.sources)),
                )
            )
        except (MediaRefused, MediaAway) as error:
            self._log.info("player.lost", code=error.code)
            room.players.pop(player.peer, None)

    async def _renew(self, room: _Watched) -> None:
        for player in list(room.players.values()):
            await self._subscribe(room, player)

    def _hear(self, event: NodeEvent) -> None:
        room = self._rooms.get(event.room)
        if room is None:
            return
        if isinstance(event, PublicationStarted):
            room.publications[event.publication] = event.source
        elif isinstance(event, PublicationEnded):
            room.publications.pop(event.publication, None)
            return
        elif isinstance(event, PeerStateChanged) and event.state in {"failed", "closed"}:
            room.players.pop(event.peer, None)
            return
        else:
            return
        if room.players:
            self._tasks.spawn(self._renew(room), name="whep-renew")


def add_whep_routes(app: web.Application, media: MediaClient, gate: Gate) -> None:
    """Adds the endpoint and its session resources."""
    sessions = WhepSessions(media)
    app.on_cleanup.append(sessions.close)

    async def post(request: web.Request) -> web.StreamResponse:
        named = frozenset(sources_of(request))
        grant = await gate.enter(request, subscribe=named)
        sources = named or grant.subscribe
        if not sources <= grant.subscribe:
            raise Refused("right.missing")
        gate.count(f"whep {grant.room} {grant.subject}")
        peer = new_id()
        player = Player(room=grant.room, participant=f"whep-{peer}", peer=peer, sources=sources)
        answer = await sessions.begin(player, await offer_of(request))
        return created(
            request, answer, participant=player.participant, peer=peer, links=gate.links(grant.subject)
        )

    async def patch_session(request: web.Request) -> web.StreamResponse:
        await gate.enter(request)
        return await patch(request, media)

    async def delete_session(request: web.Request) -> web.StreamResponse:
        await gate.enter(request)
        return await delete(request, media)

    endpoint = f"/whep/{ROOM_PATH}"
    session = f"{endpoint}/{PARTICIPANT_PATH}/{PEER_PATH}"
    app.router.add_post(endpoint, with_problems(post))
    app.router.add_options(endpoint, options)
    app.router.add_patch(session, with_problems(patch_session))
    app.router.add_delete(session, with_problems(delete_session))


def _wants(publications: dict[str, Source], sources: Iterable[Source]) -> list[Want]:
    """The publications of these sources, the scope first."""
    wanted = frozenset(sources)
    ranked = sorted(publications.items(), key=lambda item: (ORDER.index(item[1]), item[0]))
    return [Want(publication=name) for name, source in ranked if source in wanted][:MAX_WANTS]
