"""Replay over HTTP: `/replay/{recording}/manifest.json` and the files that it names, nothing else (UP-02).

While a recording grows, manifest, playlists and events are made from what is on the disk at the moment of
asking. Who may watch is decided by the callback.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web

from platform_api.kernel.errors import NotFound
from recording.containers.mp4 import VIDEO_TIMESCALE
from recording.containers.scan import sample_times
from recording.manifest import Manifest, Part, PartState, RecordingState
from recording.names import frames_name, playlist_name
from recording.repair import files_of, read_manifest
from recording.replay import described, encode, events_document, media_playlist, playable, read_story
from recording.store import EVENTS, MANIFEST, NameRefused, recording_dir

Authorise = Callable[[web.Request, str], Awaitable[None]]
CACHED: Final = 64
_PRIVATE: Final = {
    "Cache-Control": "private, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    "Content-Type": "video/mp4",
}
_FRESH: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class ReplayFiles:
    """The recordings below one root, as a player may have them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: dict[str, tuple[tuple[int, int], Manifest]] = {}

    def directory(self, recording: str) -> Path:
        """Raises NotFound for a name that the server never made."""
        try:
            return recording_dir(self._root, recording)
        except NameRefused as error:
            raise NotFound from error

    def manifest(self, recording: str) -> Manifest:
        """The manifest as it stands on the disk; raises NotFound."""
        path = self.directory(recording) / MANIFEST
        try:
            stat = path.stat()
        except OSError as error:
            raise NotFound from error
        stamp = (stat.st_mtime_ns, stat.st_ino)
        kept = self._read.get(recording)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        manifest = read_manifest(path.parent)
        if manifest is None:
            raise NotFound
        if len(self._read) >= CACHED:
            self._read.pop(next(iter(self._read)))
        self._read[recording] = (stamp, manifest)
        return manifest

    def shown_manifest(self, recording: str) -> bytes:
        """The manifest for a player, JSON."""
        manifest = self.manifest(recording)
        if manifest.state is not RecordingState.COMPLETE:
            manifest = described(manifest, read_story(self.directory(recording), manifest))
        return playable(manifest).model_dump_json().encode()

    def events(self, recording: str) -> bytes:
        """The event log for a player, JSON."""
        manifest = self.manifest(recording)
        directory = self.directory(recording)
        if manifest.state is RecordingState.COMPLETE and (directory / EVENTS).is_file():
            return (directory / EVENTS).read_bytes()
        return encode(events_document(manifest, read_story(directory, manifest)))

    def playlist(self, recording: str, name: str) -> bytes:
        """A part's playlist; raises NotFound for one that cannot be played (yet)."""
        manifest = self.manifest(recording)
        return media_playlist(manifest, _part_of(manifest, name)).encode()

    def frames(self, recording: str, name: str) -> bytes:
        """When each frame of a video segment begins, JSON: ms on the recording's axis; raises NotFound."""
        manifest = self.manifest(recording)
        path = self.directory(recording) / _segment_of(manifest, name)
        try:
            times = sample_times(path)
        except OSError as error:
            raise NotFound from error
        return encode({"frames_ms": [round(time * 1000 / VIDEO_TIMESCALE, 3) for time in times]})

    def media_file(self, recording: str, name: str) -> Path:
        """The file of a name that the manifest lists; raises NotFound."""
        if name not in files_of(playable(self.manifest(recording))):
            raise NotFound
        path = self.directory(recording) / name
        if not path.is_file():
            raise NotFound
        return path


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


def add_replay_routes(app: web.Application, *, root: Path, authorise: Authorise) -> None:
    """Adds the routes. `authorise` raises AppError for who may not watch the recording."""
    files = ReplayFiles(root)

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
        path = await asyncio.to_thread(files.media_file, recording, name)
        return web.FileResponse(path, headers=_PRIVATE)

    app.router.add_get("/replay/{recording}/manifest.json", manifest)
    app.router.add_get("/replay/{recording}/{name}", file)
