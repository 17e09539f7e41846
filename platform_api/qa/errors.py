"""Refusals of questions beyond those of the kernel.

AppError (422)
  IdentityInText qa.identity_in_text, qa.period_wrong, qa.too_many_experts
Conflict (409)
  qa.closed qa.not_in_period qa.wider_than_session qa.cannot_see qa.not_an_answer qa.kiosk_waiting
NotAuthenticated (401)
  KioskOver qa.kiosk_over
NotFound (404)
  KioskCodeWrong qa.kiosk_code
Those of share links are in `sharing.errors`.
"""

from platform_api.http.problems import FieldProblem, RequestInvalid
from platform_api.kernel.errors import AppError, NotAuthenticated, NotFound
from platform_api.kernel.sentences import Language, sentence


class IdentityInText(RequestInvalid):
    """A text seems to hold a patient's identity; the answer's `fields` say which."""

    code = "qa.identity_in_text"

    def __init__(self, field: str) -> None:
        AppError.__init__(self)
        self.field = field

    def fields(self, language: Language) -> list[FieldProblem]:
        return [FieldProblem(path=self.field, code=self.code, message=sentence(self.code, language))]


class KioskOver(NotAuthenticated):
    """The screen's shift is over, or somebody ended it."""

    code = "qa.kiosk_over"


class KioskCodeWrong(NotFound):
    """No screen shows this code now."""

    code = "qa.kiosk_code"
