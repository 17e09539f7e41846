"""Puts what was anchored to a frame of a publication on that very frame of its recording.

A live mark or a still carries the capture time that its author's page knew at that moment, an estimate,
and the RTP time of the frame, which is exact. Where the recording holds the same layer, the time of the
frame as it is recorded takes the place of the estimate. The journal stays as it was told.
"""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any, Final

from media.core.sequence import difference32
from platform_api.kernel.log import get_logger
from platform_api.kernel.sealed_folder import SealedFolder
from platform_api.kernel.sealing import SealBroken
from recording.containers.mp4 import VIDEO_TIMESCALE
from recording.containers.scan import sample_times
from recording.control import JournalEntry
from recording.manifest import Manifest, Segment

PLAUSIBLE_MS: Final = 2_000.0
EARLY: Final = VIDEO_TIMESCALE // 200
"""A frame counts as `at or before` up to 5 ms late: far less than a frame, more than any clock's unrest."""
AFTER_END_MS: Final = 200.0
KEPT: Final = 32
_TICKS_A_MS: Final = VIDEO_TIMESCALE / 1000
_log = get_logger("recording.anchors")


class Frames:
    """The frames of one recording, found by publication, layer and RTP time."""

    def __init__(self, folder: SealedFolder, manifest: Manifest) -> None:
        self._folder = folder
        self._origin_ms = manifest.origin_ms
        self._times: dict[str, list[int]] = {}
        self._segments: dict[str, list[Segment]] = {}
        for track in manifest.tracks:
            if track.kind == "video":
                segments = self._segments.setdefault(track.publication, [])
                segments += (segment for part in track.parts for segment in part.segments)

    def exact_ms(self, publication: str, rid: str, rtp_timestamp: int, capture_ms: float) -> float | None:
        """Wall time (ms since 1970) of the recorded frame with this RTP time, else of the last before it.

        None if the recording has not got the layer at about `capture_ms`.
        """
        found = self._segment(publication, rid, rtp_timestamp, capture_ms)
        if found is None:
            return None
        segment, ticks = found
        times = self._times_of(segment.name)
        index = bisect_right(times, times[0] + ticks + EARLY) - 1 if times else -1
        return None if index < 0 else self._origin_ms + times[index] / _TICKS_A_MS

    def _segment(
        self, publication: str, rid: str, rtp_timestamp: int, capture_ms: float
    ) -> tuple[Segment, int] | None:
        """The segment that holds the frame, and how far behind its first frame it stands."""
        best: tuple[Segment, int] | None = None
        for segment in self._segments.get(publication, ()):
            if segment.rid != rid or segment.rtp_timestamp is None:
                continue
            ticks = difference32(rtp_timestamp, segment.rtp_timestamp)
            off_ms = self._origin_ms + segment.start_ms + ticks / _TICKS_A_MS - capture_ms
            if ticks >= -EARLY and abs(off_ms) <= PLAUSIBLE_MS and (best is None or ticks < best[1]):
                best = segment, ticks
        if best is None:
            return None
        segment, ticks = best
        over = segment.size and ticks / _TICKS_A_MS > segment.duration_ms + AFTER_END_MS
        return None if over else best

    def _times_of(self, name: str) -> list[int]:
        if name not in self._times:
            if len(self._times) >= KEPT:
                self._times.pop(next(iter(self._times)))
            try:
                with self._folder.log(name) as segment:
                    self._times[name] = sample_times(segment)
            except (OSError, SealBroken):
                _log.exception("segment.unreadable", segment=name)
                self._times[name] = []
        return self._times[name]


def on_their_frames(frames: Frames, entries: Iterable[JournalEntry]) -> list[JournalEntry]:
    """The entries, with live marks and stills at the times of their recorded frames."""
    return [_placed(frames, entry) for entry in entries]


def _placed(frames: Frames, entry: JournalEntry) -> JournalEntry:
    if entry.name == "still.changed":
        still = _anchored(frames, entry.data.get("still", {}))
        return _with_data(entry, {**entry.data, "still": still})
    changes = entry.data.get("changes", {}) if entry.name == "marks.changed" else {}
    if not changes.get("put"):
        return entry
    put = [{**mark, "target": _anchored(frames, mark.get("target", {}))} for mark in changes["put"]]
    return _with_data(entry, {**entry.data, "changes": {**changes, "put": put}})


def _with_data(entry: JournalEntry, data: dict[str, Any]) -> JournalEntry:
    return JournalEntry(seq=entry.seq, at_ms=entry.at_ms, name=entry.name, data=data)


def _anchored(frames: Frames, anchor: dict[str, Any]) -> dict[str, Any]:
    """A live target or a still at its frame's time; as it was where that is not known."""
    timestamp, capture_ms = anchor.get("rtp_timestamp"), anchor.get("capture_ms")
    if not isinstance(timestamp, int) or not isinstance(capture_ms, int | float):
        return anchor
    exact = frames.exact_ms(str(anchor.get("publication")), str(anchor.get("rid", "")), timestamp, capture_ms)
    return anchor if exact is None else {**anchor, "capture_ms": exact}
