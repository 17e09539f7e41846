"""Refusals of the tree.

AppError
 |- Misplaced BelowItself OwnNode NameTaken CodeTaken ChangedMeanwhile IsClosed NotEmpty NotAlike (409)
 '- RegionUnknown CodeInvalid (422)
"""

from platform_api.kernel.errors import AppError, Conflict


class Misplaced(Conflict):
    """Organisations of this kind do not stand below one of that kind."""

    code = "organisation.misplaced"


class BelowItself(Conflict):
    """An organisation cannot stand below itself, nor be merged into what lies below it."""

    code = "organisation.below_itself"


class OwnNode(Conflict):
    """One's own organisation is moved, merged and closed from above alone."""

    code = "organisation.own"


class NameTaken(Conflict):
    """Another one of this name stands there already."""

    code = "organisation.name_taken"


class CodeTaken(Conflict):
    """The authority's code is another organisation's."""

    code = "organisation.code_taken"


class ChangedMeanwhile(Conflict):
    """Somebody else changed it since it was read."""

    code = "organisation.changed_meanwhile"


class IsClosed(Conflict):
    """It is closed, or what it would stand below is."""

    code = "organisation.closed"


class NotEmpty(Conflict):
    """It is closed once nobody works there and nothing open stands below it."""

    code = "organisation.not_empty"


class NotAlike(Conflict):
    """Only organisations of one kind are merged."""

    code = "organisation.not_alike"


class RegionUnknown(AppError):
    """GB/T 2260 has no such code."""

    code = "organisation.region_unknown"
    status_hint = 422


class CodeInvalid(AppError):
    """The code cannot be one of this authority: its check digit is wrong."""

    code = "organisation.code_invalid"
    status_hint = 422
