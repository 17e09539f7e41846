"""The work that recordings leave: parts that no browser plays as they are."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from platform_api.http import Parts
from platform_api.jobs import JobKind, JobSpec, Name, Progress, Work


class TranscodePart(JobSpec):
    """Makes a recorded part playable that no browser plays as it is."""

    kind: ClassVar[str] = "recording.transcode"

    recording_id: Name
    part_id: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcoding:
    """Who does it: put beside the services by the launcher, for the platform may not import the recorder."""

    transcode: Callable[[TranscodePart, Progress], Awaitable[None]]
    mark_failed: Callable[[TranscodePart], Awaitable[None]]


def transcode_work(parts: Parts) -> Work:
    """As the launcher said."""
    transcoding = parts.services.get(Transcoding)
    return Work(do=transcoding.transcode, give_up=transcoding.mark_failed)


JOBS = (JobKind(spec=TranscodePart, work=transcode_work),)
