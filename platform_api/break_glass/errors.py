"""Refusals of emergency access: all of them 409."""

from platform_api.kernel.errors import Conflict


class OpenAlready(Conflict):
    """The asker may look there already."""

    code = "break_glass.open"


class TooOften(Conflict):
    """The asker opened too many within a day."""

    code = "break_glass.too_often"


class ReviewedAlready(Conflict):
    """Somebody reviewed it."""

    code = "break_glass.reviewed"


class OwnOpening(Conflict):
    """Nobody reviews the own access."""

    code = "break_glass.own"
