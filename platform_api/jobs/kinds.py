"""What a domain brings as `JOBS`: its kinds of work, and who does them in the worker."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from platform_api.http import Parts
from platform_api.jobs.model import JobSpec

Progress = Callable[[float], Awaitable[None]]
"""Tells how far a job is, from 0 to 1."""
Handler = Callable[[Any, Progress], Awaitable[None]]
"""Does the work of a spec; harmless when run twice, and over soon once it is cancelled."""
GiveUp = Callable[[Any], Awaitable[None]]
"""Says where people look that the work of a spec will not be done; harmless when run twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How the jobs of a kind are done. One that was given up may be run again by hand: `do` begins anew."""

    do: Handler
    give_up: GiveUp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """A kind of work of a domain; `work` is called once, in the worker, over the built domains."""

    spec: type[JobSpec]
    work: Callable[[Parts], Work]
