"""The front: API, signaling, WHIP and WHEP, replay files and the web client in one process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from deploy.launch.certificate import expires_at, tls_context
from deploy.launch.database import Cluster
from deploy.launch.demo.seed import seed_demo
from deploy.launch.figures import NodeFigures
from deploy.launch.inspection import NodeRooms
from deploy.launch.options import LOOPBACK, START_HEADER, Options
from deploy.launch.ports import http_ports, refuse_taken
from deploy.launch.stopping import stop_on_signal
from deploy.launch.turn import relays_of
from media.client import MediaRefused
from media.egress.whep import add_whep_routes
from media.ingress.whip import add_whip_routes
from media.remote import RemoteMediaClient
from media.sdp_over_http import Gate
from media.turn import Relays
from platform_api.app import Platform, build_platform
from platform_api.db import Database, DatabaseSettings
from platform_api.http.caller import SETTINGS, describe_caller
from platform_api.http.guard import Crowd, GuardedSite
from platform_api.http.middleware import FIGURES
from platform_api.http.rate import Rate, RateLimiter
from platform_api.jobs import Jobs
from platform_api.kernel.bus import LocalBus
from platform_api.kernel.clock import Clock, SystemClock
from platform_api.kernel.errors import NotFound, Unavailable
from platform_api.kernel.events import RecordingChanged
from platform_api.kernel.ids import RecordingId, RoomId
from platform_api.kernel.keys import Keys, load_keys
from platform_api.kernel.sealed_folder import SealedFolders
from platform_api.kernel.tasks import TaskOwner
from platform_api.kernel.tokens import Grant, VerifyingKeys, verify_grant
from platform_api.operation import Operation
from platform_api.rooms import RoomInspection
from platform_api.teaching import LiveSessions, Replays
from recording.client import RemoteRecorderClient
from recording.journal import FileJournalStore
from recording.messages import Changed
from recording.retention import seal_old
from recording.routes import add_replay_routes
from recording.store import JOURNAL
from signaling.admission import RoomFacts
from signaling.app import Signaling, build_signaling
from signaling.config import SignalingSettings

WEB_DIST: Final = Path(__file__).resolve().parents[2] / "web" / "dist"
POST_RATE: Final = Rate(30, 60)  # WHIP and WHEP, a person and source: an encoder that cannot settle down
KEEP_ALIVE_S: Final = 75
SHUTDOWN_S: Final = 3.0


@dataclass(slots=True, kw_only=True)
class Front:
    """The built front; `serve` answers on the ports until its block is left."""

    options: Options
    platform: Platform
    signaling: Signaling
    media: RemoteMediaClient
    recorder: RemoteRecorderClient
    clock: Clock
    bus: LocalBus


class Door:
    """Asks the platform, each time, whether somebody may enter a room (AU-01)."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def admit(self, grant: Grant, *, address: str) -> RoomFacts:
        """Raises what the platform objects."""
        await self._platform.admission.may_enter(grant, address=address)
        if grant.session is None:
            return RoomFacts(room=grant.room)
        session = await self._platform.services.get(LiveSessions).find(grant.session)
        if session is None:
            raise NotFound
        return RoomFacts(
            room=grant.room,
            title=session.plan.title,
            session=session.id,
            recording=session.recording.id if session.recording else None,
        )


def sdp_gate(platform: Platform, verifying: VerifyingKeys, clock: Clock, relays: Relays) -> Gate:
    """Whom WHIP and WHEP let in, how often, and the relays that they are told of."""
    posts = RateLimiter(clock)

    def verify(token: str) -> Grant:
        return verify_grant(token, keys=verifying, clock=clock)

    return Gate(
        verify=verify,
        admit=platform.admission.may_enter,
        count=lambda key: posts.take(key, POST_RATE),
        links=relays.links,
        address_of=address_of,
    )


def address_of(request: web.Request) -> str:
    """Where a request comes from, by the rules of the platform's own (`http.trusted_proxies`)."""
    return describe_caller(request).address


def build_front(options: Options, keys: Keys) -> Front:
    """Puts the front together; nothing runs yet."""
    settings, places, clock, bus = options.settings(), options.places, SystemClock(), LocalBus()
    media = RemoteMediaClient(places.media_socket(1))
    recorder = RemoteRecorderClient(places.recorder_socket)
    recordings, rooms = (SealedFolders(root, keys.sealer) for root in (places.recordings, places.rooms))
    platform = build_platform(
        settings,
        data_dir=options.data_dir,
        database=Database(Cluster.of(options).app_dsn, settings.section("database", DatabaseSettings)),
        bus=bus,
        clock=clock,
        keys=keys,
        web_dist=WEB_DIST,
    )
    verifying = keys.signing.verifying()
    relays = relays_of(options, clock)
    signaling = build_signaling(
        platform.http_app,
        settings=settings.section("signaling", SignalingSettings),
        clock=clock,
        bus=bus,
        media=media,
        recorder=recorder,
        journals=FileJournalStore(recordings=recordings, rooms=rooms),
        verifying_keys=verifying,
        admission=Door(platform),
        registry=platform.registry,
        ice_servers=relays.ice_servers,
        address_of=address_of,
    )

    gate = sdp_gate(platform, verifying, clock, relays)
    add_whip_routes(platform.http_app, media, gate)
    add_whep_routes(platform.http_app, media, gate)
    replays = platform.services.get(Replays)

    async def authorise(request: web.Request, recording: str) -> None:
        await replays.authorise_replay(request, recording)

    add_replay_routes(platform.http_app, recordings=recordings, authorise=authorise)
    _watch_parts(options, platform, media, recorder)
    platform.http_app.middlewares.append(_https_for_others(options.https_port))
    platform.http_app.on_response_prepare.append(_say_which_start(options.start_id))
    return Front(
        options=options,
        platform=platform,
        signaling=signaling,
        media=media,
        recorder=recorder,
        clock=clock,
        bus=bus,
    )


def _watch_parts(
    options: Options, platform: Platform, media: RemoteMediaClient, recorder: RemoteRecorderClient
) -> None:
    """What `/readyz` and the operator's page ask."""
    operation = platform.services.get(Operation)
    operation.certify("https", partial(expires_at, options.places.tls))
    operation.attend("media-1", partial(_node_facts, media))
    for part, check in (
        ("media", partial(_media_answers, media)),
        ("recorder", partial(_recorder_answers, recorder)),
        ("worker", platform.services.get(Jobs).check),
        ("storage", operation.check_storage),
        ("certificate", operation.check_certificates),
    ):
        platform.readiness.add(part, check)
    if options.demo:
        platform.readiness.add("demo", _not_yet)


async def _not_yet() -> None:
    raise Unavailable


async def _always() -> None:
    """Works from now on."""


async def _media_answers(media: RemoteMediaClient) -> None:
    try:
        await media.stats("readiness")
    except MediaRefused:
        return  # it answered: there is no such room


async def _node_facts(media: RemoteMediaClient) -> dict[str, float]:
    """What an operator sees of a node at a glance."""
    families = {family.name: family.samples for family in (await media.figures()).families}
    peers = families.get("scopecast_media_peers", ())
    rooms = {sample.labels.get("room") for sample in peers}
    return {"connections": sum(sample.value for sample in peers), "rooms": len(rooms)}


async def _recorder_answers(recorder: RemoteRecorderClient) -> None:
    await recorder.statuses()


def _https_for_others(https_port: int) -> Middleware:
    """Plain HTTP is for this machine itself; everybody else is sent to HTTPS."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if _from_here(request) or describe_caller(request).secure:
            return await handler(request)
        host = (request.host or "").rsplit(":", 1)[0]
        raise web.HTTPPermanentRedirect(f"https://{host}:{https_port}{request.path_qs}")

    return middleware


def _from_here(request: web.Request) -> bool:
    """Whether this machine asks itself: at loopback, or at the one address on which the front listens."""
    own = request.transport.get_extra_info("sockname") if request.transport is not None else None
    return request.remote in LOOPBACK or (own is not None and request.remote == own[0])


def _say_which_start(start_id: str) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Lets the supervisor know at /readyz that it is its own front that answers."""

    async def say(request: web.Request, answer: web.StreamResponse) -> None:
        if start_id and request.path == "/readyz":
            answer.headers[START_HEADER] = start_id

    return say


def tell_recordings(front: Front, tasks: TaskOwner) -> Callable[[Changed], None]:
    """Passes what the recorder says on to the bus."""

    def changed(change: Changed) -> None:
        event = RecordingChanged(
            at=front.clock.now(),
            recording=RecordingId(change.recording),
            room=RoomId(change.room),
            state=change.state.value,
            duration_ms=change.duration_ms,
        )
        tasks.spawn(front.bus.publish(event), name="recording-changed")

    return changed


async def run_front(options: Options) -> None:
    """Serves until told to stop."""
    stop = stop_on_signal()
    keys = load_keys(options.data_dir, options.settings())
    async with serving(options, keys) as front:
        if options.demo:
            await seed_demo(front.platform, options, keys, front.clock, front.bus)
            front.platform.readiness.add("demo", _always)
        await stop.wait()


@asynccontextmanager
async def serving(options: Options, keys: Keys) -> AsyncIterator[Front]:
    """The front, answering on its ports while the block runs."""
    front = build_front(options, keys)
    _show_node(front)
    async with AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(TaskOwner("front"))
        front.recorder.on_changed(tell_recordings(front, tasks))
        rooms = SealedFolders(options.places.rooms, keys.sealer)
        tasks.spawn(asyncio.to_thread(seal_old, rooms, holding=JOURNAL), name="seal-old-rooms")
        await _opened(stack, front.media.start(), front.media.close)
        await _opened(stack, front.recorder.open(), front.recorder.close)
        await _opened(stack, front.signaling.start(), front.signaling.close)
        await _opened(stack, front.platform.start(), front.platform.close)
        await _listen(stack, front)
        yield front


def _show_node(front: Front) -> None:
    """What operators may see of the media node: its rooms, its figures."""
    front.platform.services.get(RoomInspection).attend(NodeRooms(front.media))
    figures = NodeFigures(front.media, node="media-1")
    front.platform.registry.register(figures)
    front.platform.http_app[FIGURES].refresh.append(figures.refresh)


async def _opened(
    stack: AsyncExitStack, opening: Awaitable[None], close: Callable[[], Awaitable[None]]
) -> None:
    await opening
    stack.push_async_callback(close)


async def _listen(stack: AsyncExitStack, front: Front) -> None:
    options = front.options
    runner = web.AppRunner(
        front.platform.http_app,
        access_log=None,
        keepalive_timeout=KEEP_ALIVE_S,
        shutdown_timeout=SHUTDOWN_S,
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    tls = await asyncio.to_thread(tls_context, options.places.tls)
    refuse_taken(http_ports(options))
    crowd = Crowd(front.platform.http_app[SETTINGS])
    await GuardedSite(runner, options.host, options.port, crowd=crowd).start()
    await GuardedSite(runner, options.host, options.https_port, crowd=crowd, ssl_context=tls).start()
