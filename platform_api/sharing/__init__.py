"""Share links by two secrets, with an end and a withdrawal, to whatever a domain shares."""

from platform_api.sharing.errors import PinWrong, ShareClosed, ShareUnknown
from platform_api.sharing.model import NewShare, Share
from platform_api.sharing.rules import visitor_name
from platform_api.sharing.service import ShareLinks
from platform_api.sharing.store import QUESTIONS, SESSIONS

__all__ = [
    "QUESTIONS",
    "SESSIONS",
    "NewShare",
    "PinWrong",
    "Share",
    "ShareClosed",
    "ShareLinks",
    "ShareUnknown",
    "visitor_name",
]
