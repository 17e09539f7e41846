"""Review of what people hand in: by level, with remarks, then locked; one service for all domains."""

from platform_api.audit import AuditTrail
from platform_api.http import Parts
from platform_api.inbox import Inbox
from platform_api.review.model import ReviewAct, ReviewState, Subject
from platform_api.review.routes import ROUTES
from platform_api.review.rules import OPEN
from platform_api.review.service import Kind, Reviews

__all__ = ["OPEN", "ROUTES", "Kind", "ReviewAct", "ReviewState", "Reviews", "Subject", "build"]


def build(parts: Parts) -> tuple[Reviews]:
    """The service; domains register what is reviewed."""
    get = parts.services.get
    return (
        Reviews(
            database=parts.database,
            clock=parts.clock,
            trail=get(AuditTrail),
            inbox=get(Inbox),
        ),
    )
