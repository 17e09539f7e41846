"""Refusals of share links.

NotFound (404)
  ShareUnknown share.unknown
Gone (410)
  ShareClosed share.expired share.revoked share.locked, and what a domain says of its own
Refused (403)
  PinWrong share.pin_wrong
"""

from platform_api.kernel.errors import Gone, NotFound, Refused


class ShareUnknown(NotFound):
    """No link has this token."""

    code = "share.unknown"


class ShareClosed(Gone):
    """The link opens nothing any more; the code says why."""

    code = "share.expired"


class PinWrong(Refused):
    """The second secret is missing or wrong."""

    code = "share.pin_wrong"
