"""Refusals of exports."""

from platform_api.kernel.errors import AppError


class ExportRefused(AppError):
    """This list cannot be taken away so."""

    code = "export.refused"
    status_hint = 422
