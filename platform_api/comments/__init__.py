"""Comments in threads on what other domains own."""

from platform_api.comments.model import Subject
from platform_api.comments.routes import ROUTES
from platform_api.comments.service import Comments
from platform_api.http import Parts

__all__ = ["ROUTES", "Comments", "Subject", "build"]


def build(parts: Parts) -> tuple[Comments]:
    """The service; domains register what may be commented on."""
    return (Comments(database=parts.database, bus=parts.bus, clock=parts.clock),)
