"""All tracks of one recording: the node's events in, disk operations and the manifest out. Pure."""

from collections.abc import Iterable

from media.client import TapBatch
from media.control import ClockMoved, NodeEvent, PublicationChanged, PublicationEnded, PublicationStarted
from recording.disk import DiskOperation
from recording.manifest import Manifest, Track
from recording.names import part_numbers
from recording.track import TrackRecorder


class RoomRecording:
    """Holds a track recorder for each publication that the recording has ever seen."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._tracks: dict[str, TrackRecorder] = {}
        self._last_number = 0
        for row in manifest.tracks:
            self._resume(row)

    @property
    def room(self) -> str:
        return self._manifest.room

    def _resume(self, row: Track) -> None:
        numbers = [part_numbers(part.id) for part in row.parts]
        number = numbers[0][0] if numbers else self._last_number + 1
        self._last_number = max(self._last_number, number)
        following = max((part for _, part in numbers), default=0) + 1
        self._tracks[row.publication] = TrackRecorder(
            number, row, self._manifest.origin_ms, next_part=following
        )

    def on_event(self, event: NodeEvent) -> str | None:
        """Takes an event of the room; gives the publication that is to be tapped, if any."""
        if isinstance(event, PublicationStarted):
            self._track(event).on_started(event)
            return event.publication
        track = self._tracks.get(getattr(event, "publication", ""))
        if track is None:
            return None
        if isinstance(event, ClockMoved):
            track.on_clock(event)
        elif isinstance(event, PublicationChanged):
            track.set_on(event.on)
        elif isinstance(event, PublicationEnded):
            track.set_on(False)
        return None

    def _track(self, event: PublicationStarted) -> TrackRecorder:
        if event.publication not in self._tracks:
            self._resume(
                Track(
                    publication=event.publication,
                    participant=event.participant,
                    participant_name="",
                    role="",
                    source=event.source,
                    kind=event.kind,
                    parts=(),
                )
            )
        return self._tracks[event.publication]

    def on_batch(self, batch: TapBatch) -> None:
        track = self._tracks.get(batch.publication)
        if track is not None:
            track.on_batch(batch)

    def keyframes_due(self, now_ms: float) -> list[str]:
        """The publications to ask for a keyframe now."""
        return [name for name, track in self._tracks.items() if track.keyframe_due(now_ms)]

    def keyframe_due(self, publication: str, now_ms: float) -> bool:
        track = self._tracks.get(publication)
        return track is not None and track.keyframe_due(now_ms)

    def tick(self, now_ms: float, *, closing: bool = False) -> list[DiskOperation]:
        """What is to be written now, of all tracks."""
        return [each for track in self._tracks.values() for each in track.tick(now_ms, closing=closing)]

    def tell(self) -> None:
        """The operations of the last tick are on the disk."""
        for track in self._tracks.values():
            track.tell()

    def manifest(self, **changes: object) -> Manifest:
        """The recording as it stands; `changes` are fields of the manifest."""
        rows = tuple(row for track in self._tracks.values() if (row := track.manifest_row()).parts)
        return self._manifest.model_copy(update={"tracks": rows, **changes})

    def start_over(self, rows: Iterable[Track]) -> None:
        """The disk refused: `rows` is what of the recording is whole; everything open is forgotten."""
        whole = {row.publication: row for row in rows}
        for name, track in self._tracks.items():
            track.forget_open()
            track.row = whole.get(name, track.row.model_copy(update={"parts": ()}))
