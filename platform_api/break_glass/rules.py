"""Pure decisions of emergency access."""

from datetime import timedelta
from typing import Final

from platform_api.identity.model import OrganisationKind

ASK: Final = "break_glass.ask"
REVIEW: Final = "break_glass.review"
LONGEST_MINUTES: Final = 60
LEAST_REASON: Final = 10
MOST_REASON: Final = 500
MOST_A_DAY: Final = 5
DAY: Final = timedelta(days=1)
OPENABLE: Final = frozenset({OrganisationKind.HOSPITAL, OrganisationKind.DEPARTMENT})
"""A patient lies in a hospital: a county or a nation, with all hospitals below it, is not opened at once."""
