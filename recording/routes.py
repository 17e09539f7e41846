"""Replay over HTTP: `/replay/{recording}/manifest.json` and the files that it names, nothing else (UP-02).

While a recording grows, manifest, playlists and events are made from what is on the disk at the moment of
asking. Who may watch is decided by the callback.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from aiohttp import web

from platform_api.kernel.byte_ranges import ranged
from platform_api.kernel.errors import NotFound
from platform_api.kernel.log import get_logger
from platform_api.kernel.sealed_folder import SealedFolder, SealedFolders
from platform_api.kernel.sealed_log import RECORD_BYTES
from platform_api.kernel.sealing import SealBroken
from recording.containers.mp4 import VIDEO_TIMESCALE
from recording.containers.scan import sample_times
from recording.errors import RecordingUnreadable
from recording.manifest import Manifest, Part, PartState, RecordingState
from recording.names import frames_name, playlist_name
from recording.repair import files_of, read_manifest
from recording.replay import described, encode, events_document, media_playlist, playable, read_story
from recording.store import EVENTS, MANIFEST, NameRefused, recording_folder

Authorise = Callable[[web.Request, str], Awaitable[None]]
CACHED: Final = 64
PIECE_BYTES: Final = 2 * RECORD_BYTES
"""What one step in a thread reads, and all that an answer holds in memory."""
_PRIVATE: Final = {
    "Cache-Control": "private, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    "Content-Type": "video/mp4",
}
_FRESH: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class ReplayFiles:
    """The recordings below one root, as a player may have them."""

    def __init__(self, recordings: SealedFolders) -> None:
        self._recordings = recordings
        self._read: dict[str, _Read] = {}

    def folder(self, recording: str) -> SealedFolder:
        """Raises NotFound for a name that the server never made. One of an older release is sealed first."""
        try:
            folder = recording_folder(self._recordings, recording)
        except NameRefused as error:
            raise NotFound from error
        if not folder.is_ready and folder.has(MANIFEST):
            folder.make()
        return folder

    def manifest(self, recording: str) -> Manifest:
        """The manifest as it stands on the disk; raises NotFound."""
        return self._read_now(recording).manifest

    def _read_now(self, recording: str) -> "_Read":
        folder = self.folder(recording)
        try:
            stat = (folder.path / MANIFEST).stat()
        except OSError as error:
            raise NotFound from error
        stamp = (stat.st_mtime_ns, stat.st_ino)
        kept = self._read.get(recording)
        if kept is not None and kept.stamp == stamp:
            return kept
        manifest = read_manifest(folder)
        if manifest is None:
            raise NotFound
        if len(self._read) >= CACHED:
            self._read.pop(next(iter(self._read)))
        read = self._read[recording] = _Read(stamp, manifest)
        return read

    def shown_manifest(self, recording: str) -> bytes:
        """The manifest for a player, JSON."""
        manifest = self.manifest(recording)
        if manifest.state is not RecordingState.COMPLETE:
            manifest = described(manifest, read_story(self.folder(recording), manifest))
        return playable(manifest).model_dump_json().encode()

    def events(self, recording: str) -> bytes:
        """The event log for a player, JSON."""
        manifest = self.manifest(recording)
        folder = self.folder(recording)
        if manifest.state is RecordingState.COMPLETE and folder.has(EVENTS):
            return folder.read(EVENTS)
        return encode(events_document(manifest, read_story(folder, manifest)))

    def playlist(self, recording: str, name: str) -> bytes:
        """A part's playlist; raises NotFound for one that cannot be played (yet)."""
        manifest = self.manifest(recording)
        return media_playlist(manifest, _part_of(manifest, name)).encode()

    def frames(self, recording: str, name: str) -> bytes:
        """When each frame of a video segment begins, JSON: ms on the recording's axis; raises NotFound."""
        manifest = self.manifest(recording)
        segment = _segment_of(manifest, name)
        try:
            with self.folder(recording).log(segment) as log:
                times = sample_times(log)
        except FileNotFoundError as error:
            raise NotFound from error
        return encode({"frames_ms": [round(time * 1000 / VIDEO_TIMESCALE, 3) for time in times]})

    def media_file(self, recording: str, name: str) -> "MediaFile":
        """The file of a name that the manifest lists; raises NotFound."""
        told = self._read_now(recording).sizes.get(name)
        if told is None:
            raise NotFound
        folder = self.folder(recording)
        try:
            size = folder.size(name)
        except FileNotFoundError as error:
            raise NotFound from error
        if told not in (0, size):
            raise told_unreadable(recording, name)
        return MediaFile(folder, name, size)


@dataclass(frozen=True)
class _Read:
    """A manifest as it was read, and when its file was written."""

    stamp: tuple[int, int]
    manifest: Manifest

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """The media files that a player may have, and how long they must be; 0 where nothing tells."""
        shown = playable(self.manifest)
        sizes = dict.fromkeys(files_of(shown), 0)
        for track in shown.tracks:
            sizes |= {row.name: row.size for part in track.parts for row in part.segments}
        return sizes


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A media file as it is read. Between two pieces nothing is held open: who goes leaves nothing."""

    folder: SealedFolder
    name: str
    size: int

    def read(self, start: int, stop: int) -> bytes:
        """A range; raises RecordingUnreadable. Blocks."""
        try:
            return self.folder.read_range(self.name, start, stop)
        except (OSError, SealBroken) as error:
            raise told_unreadable(self.folder.name, self.name) from error

    async def pieces(self, places: range) -> AsyncIterator[bytes]:
        """The bytes of these places."""
        for start in range(places.start, places.stop, PIECE_BYTES):
            yield await asyncio.to_thread(self.read, start, min(places.stop, start + PIECE_BYTES))


def told_unreadable(recording: str, name: str) -> RecordingUnreadable:
    """The refusal, once the operator was told of it."""
    get_logger("replay").error("recording.unreadable", recording=recording, file=name)
    return RecordingUnreadable()


async def answer_media(request: web.Request, media: MediaFile) -> web.Response:
    """The whole file or a range; its first piece is read before anything is sent."""
    told = ranged(request.headers, tag=f"{media.name}.{media.size}", size=media.size)
    headers = {**_PRIVATE, **told.headers}
    if told.places is None:
        return web.Response(status=told.status, headers=headers)
    pieces = media.pieces(told.places)
    first = await anext(pieces, b"")
    body = first if len(first) == len(told.places) else _with_first(first, pieces)
    return web.Response(status=told.status, headers=headers, body=body)


async def _with_first(first: bytes, following: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in following:
        yield piece


def _part_of(manifest: Manifest, name: str) -> Part:
    for track in manifest.tracks:
        for part in track.parts:
            if playlist_name(part.id) == name and part.state is PartState.READY:
                return part
    raise NotFound


def _segment_of(manifest: Manifest, name: str) -> str:
    for track in manifest.tracks:
        if track.kind == "video":
            for segment in (row for part in track.parts for row in part.segments):
                if frames_name(segment.name) == name:
                    return segment.name
    raise NotFound


def add_replay_routes(app: web.Application, *, recordings: SealedFolders, authorise: Authorise) -> None:
    """Adds the routes. `authorise` raises AppError for who may not watch the recording."""
    files = ReplayFiles(recordings)

    async def manifest(request: web.Request) -> web.StreamResponse:
        recording = request.match_info["recording"]
        await authorise(request, recording)
        body = await asyncio.to_thread(files.shown_manifest, recording)
        return web.Response(body=body, content_type="application/json", headers=_FRESH)

    async def file(request: web.Request) -> web.StreamResponse:
        recording, name = request.match_info["recording"], request.match_info["name"]
        await authorise(request, recording)
        if name == EVENTS:
            body = await asyncio.to_thread(files.events, recording)
            return web.Response(body=body, content_type="application/json", headers=_FRESH)
        if name.endswith(".frames.json"):
            body = await asyncio.to_thread(files.frames, recording, name)
            return web.Response(body=body, content_type="application/json", headers=_FRESH)
        if name.endswith(".m3u8"):
            body = await asyncio.to_thread(files.playlist, recording, name)
            return web.Response(body=body, content_type="application/vnd.apple.mpegurl", headers=_FRESH)
        return await answer_media(request, await asyncio.to_thread(files.media_file, recording, name))

    app.router.add_get("/replay/{recording}/manifest.json", manifest)
    app.router.add_get("/replay/{recording}/{name}", file)
