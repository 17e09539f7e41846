"""Comments in threads on what other domains own, and the links by which such things are shared."""

from platform_api.audit import AuditTrail
from platform_api.comments.forwarding import COMMENT, Forwarded
from platform_api.comments.model import Change, Comment, Subject
from platform_api.comments.people import People
from platform_api.comments.routes import ROUTES, posted, thread_page
from platform_api.comments.service import Comments, Means
from platform_api.files import Files
from platform_api.forwarding import Forwarding
from platform_api.http import Parts
from platform_api.inbox import Inbox

__all__ = ["ROUTES", "Change", "Comment", "Comments", "People", "Subject", "build", "posted", "thread_page"]


def build(parts: Parts) -> tuple[object, ...]:
    """The service; domains register what may be commented on. Opens comments to forwarding."""
    means = Means(
        database=parts.database,
        bus=parts.bus,
        clock=parts.clock,
        trail=parts.services.get(AuditTrail),
        files=parts.services.get(Files),
        inbox=parts.services.get(Inbox),
    )
    comments, forwarding = Comments(means), parts.services.get(Forwarding)
    forwarding.register(COMMENT, Forwarded(comments, forwarding).describe)
    return (comments, People(parts.database))
