"""Structured logs: a constant event name plus fields, one JSON line each; never personal data."""

import logging
import sys

import structlog


def configure_logging(*, level: str = "info", human: bool = False) -> None:
    """Sets up logging for this process, once, at start."""
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(colors=False) if human else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_logger(area: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose lines carry the area they come from."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(area=area)
    return logger
