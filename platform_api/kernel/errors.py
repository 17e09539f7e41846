"""Errors that may reach a person: a stable code, the HTTP status it maps to, and fields for the text.

The sentence itself is chosen at the edge from the code and the person's language
(`kernel/messages/`); an error raised inside carries no prose.
"""

from collections.abc import Mapping


class AppError(Exception):
    """A refusal that the asker is told of: `code` is stable, `params` fill the sentence."""

    code = "error"
    status_hint = 400

    def __init__(
        self,
        code: str | None = None,
        *,
        status_hint: int | None = None,
        params: Mapping[str, str | int | float] | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        if code is not None:
            self.code = code
        if status_hint is not None:
            self.status_hint = status_hint
        self.params: dict[str, str | int | float] = dict(params or {})
        self.retry_after_s = retry_after_s
        super().__init__(self.code)


class NotAuthenticated(AppError):
    """Nobody, or not who they say."""

    code = "auth.required"
    status_hint = 401


class Refused(AppError):
    """Known, but without the right."""

    code = "refused"
    status_hint = 403


class NotFound(AppError):
    """Missing, or not for this asker: both look alike."""

    code = "not_found"
    status_hint = 404


class Conflict(AppError):
    """The state of the thing does not allow it."""

    code = "conflict"
    status_hint = 409


class Gone(AppError):
    """It was there and has ended."""

    code = "gone"
    status_hint = 410


class TooMany(AppError):
    """A rate or a count is exceeded."""

    code = "too_many"
    status_hint = 429


class Unavailable(AppError):
    """A part of ours is away; asking again later may work."""

    code = "unavailable"
    status_hint = 503
