"""Teaching sessions: planned, opened, on air, ended, replayed, shared."""

from platform_api.audit import AuditTrail
from platform_api.comments import Comments
from platform_api.files import Files
from platform_api.forwarding import Forwarding
from platform_api.http import Parts
from platform_api.identity import Invitations, ShareGuests
from platform_api.jobs import Jobs
from platform_api.kernel.sealed_folder import SealedFolders
from platform_api.sharing import SESSIONS, ShareLinks
from platform_api.teaching.access import SUBJECT, Door, session_audience, session_reaches
from platform_api.teaching.commentators import Commentators
from platform_api.teaching.forwarding import RECORDING, Forwarded
from platform_api.teaching.jobs import JOBS
from platform_api.teaching.live import LiveSessions
from platform_api.teaching.model import BodyPart, Session
from platform_api.teaching.people_routes import PEOPLE_ROUTES
from platform_api.teaching.presence import Presence
from platform_api.teaching.refusals import Refusals
from platform_api.teaching.replays import Replays
from platform_api.teaching.routes import SESSION_ROUTES
from platform_api.teaching.service import Teaching
from platform_api.teaching.sharing import Sharing
from platform_api.teaching.words import SessionWords

__all__ = [
    "JOBS",
    "ROUTES",
    "BodyPart",
    "Door",
    "LiveSessions",
    "Replays",
    "Session",
    "Teaching",
    "build",
    "session_audience",
    "session_reaches",
]

ROUTES = (*SESSION_ROUTES, *PEOPLE_ROUTES)


def build(parts: Parts) -> tuple[object, ...]:
    """The services; opens sessions to comments and forwarding, and lets files lie beside them."""
    get, presence = parts.services.get, Presence()
    database, bus, clock = parts.database, parts.bus, parts.clock
    trail, files = get(AuditTrail), get(Files)
    door = Door(clock)
    get(Comments).register(SUBJECT, door.describe_to_comments, audience=door.audience)
    files.register(SUBJECT, door.may_read_beside)
    forwarding, forwarded = get(Forwarding), Forwarded(door)
    forwarding.register(SUBJECT, forwarded.session)
    forwarding.register(RECORDING, forwarded.recording)
    live = LiveSessions(
        database=database,
        bus=bus,
        clock=clock,
        trail=trail,
        files=files,
        presence=presence,
        signing_key=parts.signing_key,
    )
    parts.admission.add(live.may_enter)
    refusals = Refusals(database=database, bus=bus, clock=clock, trail=trail)
    parts.admission.on_refused(refusals.at_door)
    teaching = Teaching(
        database=database,
        bus=bus,
        clock=clock,
        trail=trail,
        comments=get(Comments),
        files=files,
        presence=presence,
    )
    replays = Replays(
        database=database,
        bus=bus,
        clock=clock,
        trail=trail,
        refusals=refusals,
        jobs=get(Jobs),
        signing_key=parts.signing_key,
        recordings=SealedFolders(parts.data_dir / "recordings", parts.sealer),
    )
    links = ShareLinks(SESSIONS, clock=clock, guests=get(ShareGuests))
    sharing = Sharing(database=database, clock=clock, trail=trail, links=links)
    commentators = Commentators(database=database, clock=clock, invitations=get(Invitations))
    return (door, refusals, teaching, live, replays, sharing, commentators, SessionWords(database))
