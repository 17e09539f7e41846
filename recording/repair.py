"""Puts a recording's folder right after a crash: torn tails are cut, rows and files agree.

Every file has a row and every row has a file afterwards. What was whole on the disk is kept.
"""

import struct

from pydantic import ValidationError

from platform_api.kernel.disk import DRAFT, sync_directory
from platform_api.kernel.log import get_logger
from platform_api.kernel.sealed_folder import SealedFolder
from platform_api.kernel.sealing import SealBroken
from recording.containers.scan import Found, scan
from recording.manifest import Manifest, Part, RecordingState, Segment, Track
from recording.names import init_of, is_media_name, playlist_name
from recording.store import MANIFEST

_log = get_logger("recording.repair")


def read_manifest(folder: SealedFolder) -> Manifest | None:
    """The folder's manifest; None if there is none or it cannot be read."""
    try:
        return Manifest.model_validate_json(folder.read(MANIFEST))
    except FileNotFoundError:
        return None
    except (OSError, ValidationError, SealBroken):
        _log.exception("manifest.unreadable", recording=folder.name)
        return None


def write_manifest(folder: SealedFolder, manifest: Manifest) -> None:
    """Replaces the manifest; raises OSError."""
    folder.write(MANIFEST, manifest.model_dump_json().encode())


def repair(folder: SealedFolder) -> Manifest | None:
    """The manifest of what is whole, written if it changed; None if there is no recording here."""
    manifest = read_manifest(folder)
    if manifest is None:
        return None
    repaired = manifest.model_copy(update={"tracks": _tracks(folder, manifest)})
    last_ms = max((part.end_ms for track in repaired.tracks for part in track.parts), default=0)
    if manifest.state is not RecordingState.COMPLETE:
        repaired = repaired.model_copy(update={"duration_ms": max(manifest.duration_ms, last_ms)})
    if repaired != manifest:
        write_manifest(folder, repaired)
    _remove_strangers(folder, repaired)
    return repaired


def _tracks(folder: SealedFolder, manifest: Manifest) -> tuple[Track, ...]:
    rows = []
    for track in manifest.tracks:
        parts = tuple(part for row in track.parts if (part := _part(folder, row)) is not None)
        if parts:
            rows.append(track.model_copy(update={"parts": parts}))
    return tuple(rows)


def _part(folder: SealedFolder, part: Part) -> Part | None:
    """The part with the segments that are whole; None if nothing of it is."""
    if not part.segments:
        return None
    try:
        scale = read_timescale(folder.read(init_of(part.segments[0].name)))
    except (OSError, ValueError, SealBroken):
        return None
    segments = [row for each in part.segments if (row := _segment(folder, each, scale)) is not None]
    if not segments:
        return None
    ends_ms = segments[-1].start_ms + segments[-1].duration_ms
    return part.model_copy(
        update={
            "segments": tuple(segments),
            "start_ms": segments[0].start_ms,
            "end_ms": ends_ms,
        }
    )


def read_timescale(init: bytes) -> int:
    """Units of a second in the `mdhd` of an init segment that `mp4` wrote; raises ValueError."""
    at = init.find(b"mdhd")
    if at < 0 or len(init) < at + 20 or init[4:8] != b"ftyp":
        raise ValueError("no media header")
    scale: int = struct.unpack_from(">I", init, at + 16)[0]
    if scale == 0:
        raise ValueError("no timescale")
    return scale


def _segment(folder: SealedFolder, row: Segment, scale: int) -> Segment | None:
    """The row as its file is; one that was told to be whole and is as long as told need not be read."""
    try:
        with folder.log(row.name) as log:
            if row.size and log.size == row.size:
                return row
            size, data = log.size, log.whole_start()
    except FileNotFoundError:
        return None
    found = scan(data)
    if found is None:
        folder.remove(row.name)
        return None
    if found.octets < size:
        _log.warning("segment.tail_cut", segment=row.name, octets=size - found.octets)
        folder.cut(row.name, found.octets)
    return _whole_row(row, found, scale)


def _whole_row(row: Segment, found: Found, scale: int) -> Segment:
    """The row with the figures of its file; which frame it begins with stays as it was told."""
    start_ms = round(found.start * 1000 / scale)
    end_ms = round(found.end * 1000 / scale)
    figures = {"start_ms": start_ms, "duration_ms": end_ms - start_ms, "size": found.octets}
    return row.model_copy(update=figures)


def files_of(manifest: Manifest) -> set[str]:
    """The names of all media files that the manifest's rows stand for."""
    segments = [each.name for track in manifest.tracks for part in track.parts for each in part.segments]
    return {*segments, *(init_of(name) for name in segments)}


def _remove_strangers(folder: SealedFolder, manifest: Manifest) -> None:
    """Media files without a row and files that were never finished go."""
    named = files_of(manifest)
    playlists = {playlist_name(part.id) for track in manifest.tracks for part in track.parts}
    removed = 0
    for name in folder.names():
        stranger = is_media_name(name) and name not in named
        old_list = name.endswith(".m3u8") and name not in playlists
        if stranger or old_list or name.endswith(DRAFT):
            folder.remove(name)
            removed += 1
    if removed:
        _log.warning("strangers.removed", files=removed)
        sync_directory(folder.path)
