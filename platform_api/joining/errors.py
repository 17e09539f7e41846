"""Refusals of joining.

AppError
 |- CodeUnknown (404), NotWaiting NotApproved ListChanged ListUsed (409), TooManyWaiting (429)
 |- LinkUnknown (404), LinkOver LinkUsed (410)
 '- SheetInvalid (422): the file itself; what is wrong in its rows is an answer, not a refusal
"""

from platform_api.kernel.errors import AppError, Conflict, Gone, NotFound, TooMany


class CodeUnknown(NotFound):
    """No registration has this code."""

    code = "registration.unknown"


class NotWaiting(Conflict):
    """The registration was answered already."""

    code = "registration.answered"


class NotApproved(Conflict):
    """There is no account to activate, or it is in use already."""

    code = "registration.not_approved"


class TooManyWaiting(TooMany):
    """Too many registrations came from this address, or wait at this organisation."""

    code = "registration.too_many"


class LinkUnknown(NotFound):
    """No invitation has this link."""

    code = "user_invitation.unknown"


class LinkOver(Gone):
    """The invitation is over or was withdrawn."""

    code = "user_invitation.over"


class LinkUsed(Gone):
    """The invitation was used."""

    code = "user_invitation.used"


class SheetInvalid(AppError):
    """The file is no spreadsheet that we read, or too large; the code says which."""

    code = "import.not_readable"
    status_hint = 422


class ListChanged(Conflict):
    """Meanwhile somebody took a user name or identity number of the list: nothing was made."""

    code = "import.changed"


class ListUsed(Conflict):
    """The list was accepted, handed out, or is too old."""

    code = "import.used"
