"""Refusals of the phone code.

AppError
 |- CodeWrong (NotAuthenticated), CodeOver (410): used, too old, or tried too often
 '- TooManyCodes (429)
"""

from platform_api.kernel.errors import Gone, NotAuthenticated, TooMany


class CodeWrong(NotAuthenticated):
    """The code is wrong."""

    code = "phone_code.wrong"


class CodeOver(Gone):
    """The code was used, is too old, or was tried too often."""

    code = "phone_code.over"


class TooManyCodes(TooMany):
    """Too many codes were asked for by this number or address."""

    code = "phone_code.too_many"
