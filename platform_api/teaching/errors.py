"""Refusals of teaching beyond those of the kernel.

AppError (422)
  IdentityInText session.identity_in_text, StartsInPast session.starts_in_past
Conflict (409)
  session.wrong_state session.not_open session.ended session.cancelled consent.missing recording.not_ready
Those of share links are in `sharing.errors`.
"""

from platform_api.http.problems import FieldProblem, RequestInvalid
from platform_api.kernel.errors import AppError
from platform_api.kernel.sentences import Language, sentence


class IdentityInText(RequestInvalid):
    """A text of the plan seems to hold a patient's identity; the answer's `fields` say which."""

    code = "session.identity_in_text"

    def __init__(self, field: str) -> None:
        AppError.__init__(self)
        self.field = field

    def fields(self, language: Language) -> list[FieldProblem]:
        return [FieldProblem(path=self.field, code=self.code, message=sentence(self.code, language))]


class StartsInPast(AppError):
    """The planned start is over."""

    code = "session.starts_in_past"
    status_hint = 422
