"""Refusals of tables."""

from platform_api.kernel.errors import AppError


class QuestionWrong(AppError):
    """The question does not fit the table: an unknown column, or a value that is none of its kind."""

    code = "table.question_wrong"
    status_hint = 422
