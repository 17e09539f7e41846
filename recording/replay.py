"""What a replay needs beside the media files: playlists, the event log on the axis, names, chapters.

All of it follows from the manifest and the room's journal, while recording as well as at the end.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from typing import Any, Final

from platform_api.kernel.rooms import AUDIO_SOURCES, Role
from platform_api.kernel.sealed_folder import SealedFolder
from recording.anchors import Frames, on_their_frames
from recording.control import JournalEntry
from recording.journal import read_journal
from recording.manifest import Chapter, Manifest, Part, PartState, RecordingState, Track
from recording.names import init_of, playlist_name
from recording.repair import write_manifest
from recording.store import EVENTS

EVENTS_VERSION: Final = 1
# Facts that a replay shows. Anything else in a journal (seats, keys, what only one was told) stays there.
REPLAYED: Final = frozenset(
    {
        "participant.upserted",
        "participant.left",
        "publication.upserted",
        "publication.ended",
        "room.state",
        "comment.posted",
        "comment.hidden",
        "likes.counted",
        "still.changed",
        "still.removed",
        "view.presented",
        "marks.changed",
    }
)
SECRET_FIELDS: Final = frozenset(
    {"key", "key_hash", "grant", "token", "secret", "code", "pin", "password", "address", "subject"}
)


def without_secrets(value: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """The value without fields that could let somebody in, however deep they lie."""
    if isinstance(value, dict):
        return {name: without_secrets(each) for name, each in value.items() if name not in SECRET_FIELDS}
    if isinstance(value, list | tuple):
        return [without_secrets(each) for each in value]
    return value


def events_document(manifest: Manifest, entries: Iterable[JournalEntry]) -> dict[str, Any]:
    """`events.json`: every fact a replay shows, `t_ms` on the recording's axis."""
    return {
        "version": EVENTS_VERSION,
        "recording": manifest.recording,
        "origin_ms": manifest.origin_ms,
        "duration_ms": manifest.duration_ms,
        "events": [
            {
                "seq": entry.seq,
                "t_ms": round(entry.at_ms - manifest.origin_ms),
                "name": entry.name,
                "data": without_secrets(entry.data),
            }
            for entry in entries
            if entry.name in REPLAYED
        ],
    }


def media_playlist(manifest: Manifest, part: Part) -> str:
    """The HLS media playlist of a part (RFC 8216); it ends once nothing more comes to the part."""
    told = [segment for segment in part.segments if segment.size]
    whole = manifest.state is RecordingState.COMPLETE or len(told) == len(part.segments)
    longest_s = max((ceil(segment.duration_ms / 1000) for segment in told), default=1)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(1, longest_s)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        f"#EXT-X-PLAYLIST-TYPE:{'VOD' if whole else 'EVENT'}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    if told:
        begins = datetime.fromtimestamp((manifest.origin_ms + told[0].start_ms) / 1000, UTC)
        lines += [
            f'#EXT-X-MAP:URI="{init_of(told[0].name)}"',
            f"#EXT-X-PROGRAM-DATE-TIME:{begins.isoformat(timespec='milliseconds').replace('+00:00', 'Z')}",
        ]
    for segment in told:
        lines += [f"#EXTINF:{segment.duration_ms / 1000:.3f},", segment.name]
    if whole:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def with_names(manifest: Manifest, entries: Iterable[JournalEntry]) -> Manifest:
    """The tracks under the names and roles that people had in the room; an encoder has no name."""
    known: dict[str, tuple[str, str]] = {}
    for entry in entries:
        if entry.name == "participant.upserted":
            person = entry.data.get("participant", {})
            known[str(person.get("id"))] = (str(person.get("name", "")), str(person.get("role", "")))
    return manifest.model_copy(update={"tracks": tuple(_named(track, known) for track in manifest.tracks)})


def _named(track: Track, known: dict[str, tuple[str, str]]) -> Track:
    name, role = known.get(track.participant, (track.participant_name, track.role))
    return track.model_copy(update={"participant_name": "" if role == Role.ENCODER else name, "role": role})


@dataclass(slots=True)
class _Chapters:
    """Folds a journal into places worth finding."""

    origin_ms: float
    chapters: list[Chapter] = field(default_factory=list)
    stills: dict[str, int] = field(default_factory=dict)
    roles: dict[str, tuple[str, str]] = field(default_factory=dict)
    pages: list[str] = field(default_factory=list)
    page_shown: str | None = None
    layout: str | None = None
    speaking: set[str] = field(default_factory=set)

    def see(self, entry: JournalEntry) -> None:
        if entry.name == "still.changed":
            self._still(entry, entry.data.get("still", {}))
        elif entry.name == "still.removed":
            self._drop_still(str(entry.data.get("still")))
        elif entry.name == "marks.changed":
            self._page(entry, entry.data.get("changes", {}))
        elif entry.name == "view.presented":
            self._view(entry, entry.data.get("view", {}))
        elif entry.name == "participant.upserted":
            person = entry.data.get("participant", {})
            self.roles[str(person.get("id"))] = (str(person.get("role", "")), str(person.get("name", "")))
        elif entry.name == "publication.upserted":
            self._speaker(entry, entry.data.get("publication", {}))

    def _add(self, at_ms: float, chapter: Chapter) -> None:
        start_ms = max(0, round(at_ms - self.origin_ms))
        self.chapters.append(chapter.model_copy(update={"start_ms": start_ms}))

    def _still(self, entry: JournalEntry, still: dict[str, Any]) -> None:
        identifier = str(still.get("id"))
        if identifier in self.stills:
            index = self.stills[identifier]
            url = still.get("url") or self.chapters[index].url
            self.chapters[index] = self.chapters[index].model_copy(update={"url": url})
            return
        self.stills[identifier] = len(self.chapters)
        captured_ms = still.get("capture_ms")
        label = str(still.get("author_name", ""))
        opened = Chapter(
            start_ms=0, why="freeze" if still.get("open") else "still", label=label, url=still.get("url")
        )
        self._add(captured_ms if isinstance(captured_ms, int | float) else entry.at_ms, opened)

    def _drop_still(self, identifier: str) -> None:
        index = self.stills.pop(identifier, None)
        if index is not None:
            del self.chapters[index]
            self.stills = {name: at - (at > index) for name, at in self.stills.items()}

    def _page(self, entry: JournalEntry, changes: dict[str, Any]) -> None:
        if changes.get("pages") is not None:
            self.pages = [str(page.get("id")) for page in changes["pages"]]
        shown = changes.get("page_shown")
        if shown is None or shown == self.page_shown:
            return
        self.page_shown = shown
        number = self.pages.index(shown) + 1 if shown in self.pages else 1
        self._add(entry.at_ms, Chapter(start_ms=0, why="page", label=str(number)))

    def _view(self, entry: JournalEntry, view: dict[str, Any]) -> None:
        layout = view.get("layout")
        if layout is not None and layout != self.layout:
            self.layout = str(layout)
            self._add(entry.at_ms, Chapter(start_ms=0, why="view", label=self.layout))

    def _speaker(self, entry: JournalEntry, publication: dict[str, Any]) -> None:
        participant = str(publication.get("participant"))
        role, name = self.roles.get(participant, ("", ""))
        sounds = publication.get("source") in AUDIO_SOURCES and publication.get("on", True)
        if role == Role.COMMENTATOR and sounds and participant not in self.speaking:
            self.speaking.add(participant)
            self._add(entry.at_ms, Chapter(start_ms=0, why="speaker", label=name))


def chapters(manifest: Manifest, entries: Iterable[JournalEntry]) -> tuple[Chapter, ...]:
    """Where a learner may want to jump, in order. Labels are names and numbers; the page adds the words."""
    fold = _Chapters(manifest.origin_ms)
    for entry in entries:
        fold.see(entry)
    first_ms = min(
        (part.start_ms for track in manifest.tracks for part in track.parts if track.kind == "video"),
        default=0,
    )
    start = Chapter(start_ms=first_ms, why="start", label="")
    return tuple(sorted((start, *fold.chapters), key=lambda chapter: chapter.start_ms))


def described(manifest: Manifest, entries: Sequence[JournalEntry]) -> Manifest:
    """The manifest with names and chapters."""
    named = with_names(manifest, entries)
    return named.model_copy(update={"chapters": chapters(named, entries)})


def playable(manifest: Manifest) -> Manifest:
    """The manifest as a player may have it now: without segments that are still being written."""
    tracks = []
    for track in manifest.tracks:
        parts = tuple(row for part in track.parts if (row := _playable_part(part)) is not None)
        if parts:
            tracks.append(track.model_copy(update={"parts": parts}))
    return manifest.model_copy(update={"tracks": tuple(tracks)})


def _playable_part(part: Part) -> Part | None:
    told = tuple(segment for segment in part.segments if segment.size)
    if not told:
        return None
    playlist = playlist_name(part.id) if part.state is PartState.READY else None
    return part.model_copy(update={"segments": told, "playlist": playlist})


def encode(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def read_story(folder: SealedFolder, manifest: Manifest) -> list[JournalEntry]:
    """The room's journal, with live marks and stills at the times of the frames that are recorded."""
    return on_their_frames(Frames(folder, manifest), read_journal(folder))


def finish(folder: SealedFolder, manifest: Manifest) -> Manifest:
    """Completes a recording on the disk: events, playlists, and last the manifest. Safe to repeat."""
    entries = read_story(folder, manifest)
    complete = described(manifest.model_copy(update={"state": RecordingState.COMPLETE}), entries)
    folder.write(EVENTS, encode(events_document(complete, entries)))
    for track in complete.tracks:
        for part in track.parts:
            if part.state is PartState.READY:
                folder.write(playlist_name(part.id), media_playlist(complete, part).encode())
    write_manifest(folder, complete)
    return complete
