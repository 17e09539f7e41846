"""Pure decisions of jobs: when one is tried again, and what is said of a failure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from platform_api.jobs.model import Job
from platform_api.kernel.errors import AppError
from platform_api.kernel.sentences import Language, sentence

MAX_DOUBLINGS: Final = 30
MAX_CODE: Final = 80
FAULT: Final = "fault."
"""Begins the code of a failure that is no AppError; what follows is the name of its class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """Section `jobs`. A worker that is not heard of for `heartbeat_s` has lost its jobs to the others.

    `max_kills`: a job in whose middle workers died is tried so many times more than one that raises.
    """

    heartbeat_s: float = 30.0
    poll_s: float = 5.0
    max_attempts: int = 3
    max_kills: int = 5
    retry_delay_s: float = 10.0
    retry_max_s: float = 600.0


def retry_delay(settings: WorkerSettings, attempt: int, share: float) -> float:
    """The pause after the attempt of this number: doubled each time up to `retry_max_s`.

    `share` from 0 to 1, drawn anew each time, leaves between half and all of it, so that jobs which failed
    together do not come back together.
    """
    doublings = min(max(attempt - 1, 0), MAX_DOUBLINGS)
    whole = min(settings.retry_delay_s * 2.0**doublings, settings.retry_max_s)
    return whole * (0.5 + share / 2)


def stamp_of(jobs: Iterable[Job]) -> str:
    """Another text once one of these jobs is at another point."""
    told = [f"{job.id}{job.round}{job.state}{job.attempts}{job.progress:.2f}{job.cancelling}" for job in jobs]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def code_of(error: BaseException) -> str:
    """A code for the table; never the message, which may quote what it should not."""
    if isinstance(error, BaseExceptionGroup):
        return code_of(error.exceptions[0])
    return error.code if isinstance(error, AppError) else f"{FAULT}{type(error).__name__}"[:MAX_CODE]


def reason_of(code: str | None, language: Language) -> str | None:
    """Why an attempt did not end well, for a person."""
    if code is None:
        return None
    if code.startswith(FAULT):
        return sentence("jobs.fault", language, {"name": code.removeprefix(FAULT)})
    return sentence(code, language)
