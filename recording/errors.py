"""Refusals of the recording side; each code has a sentence in both languages in the kernel.

NotFound, Conflict   recording.over, recording.node_unknown, not_found
Unavailable          recording.away, storage.full
RecordingUnreadable  file.unreadable: ours, not the asker's
"""

from platform_api.kernel.errors import AppError


class RecordingRefused(AppError):
    """The recorder refused what was asked."""

    code = "recording.over"
    status_hint = 409


class RecordingUnreadable(AppError):
    """What lies on the disk is not what was recorded; the operator was told."""

    code = "file.unreadable"
    status_hint = 500


class RecorderAway(AppError):
    """The recorder cannot be reached now; what was asked is asked again when it is back."""

    code = "recording.away"
    status_hint = 503
