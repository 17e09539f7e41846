"""What a recording is, and what changes it.

`recording` goes on through publishers, nodes and recorders that come and go. `interrupted` means that the
disk refuses: nothing is kept until there is space again. `complete` is final. An absent cell is an error.
"""

from enum import StrEnum
from typing import Final

from recording.manifest import RecordingState


class Cause(StrEnum):
    """Why a recording's state changes."""

    RESUMED = "resumed"
    DISK_REFUSED = "disk_refused"
    SPACE_BACK = "space_back"
    STOPPED = "stopped"


TABLE: Final[dict[tuple[RecordingState, Cause], RecordingState]] = {
    (RecordingState.RECORDING, Cause.RESUMED): RecordingState.RECORDING,
    (RecordingState.RECORDING, Cause.DISK_REFUSED): RecordingState.INTERRUPTED,
    (RecordingState.RECORDING, Cause.STOPPED): RecordingState.COMPLETE,
    (RecordingState.INTERRUPTED, Cause.RESUMED): RecordingState.RECORDING,
    (RecordingState.INTERRUPTED, Cause.DISK_REFUSED): RecordingState.INTERRUPTED,
    (RecordingState.INTERRUPTED, Cause.SPACE_BACK): RecordingState.RECORDING,
    (RecordingState.INTERRUPTED, Cause.STOPPED): RecordingState.COMPLETE,
}


class WrongState(ValueError):
    """The recording does not allow this now."""


def next_state(state: RecordingState, cause: Cause) -> RecordingState:
    """The state after the cause; raises WrongState."""
    try:
        return TABLE[state, cause]
    except KeyError:
        raise WrongState(f"{state} and {cause}") from None
