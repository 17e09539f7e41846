"""Makes pending parts playable: VP8, which no browser plays from MP4, becomes H264 with the same times.

A plain coroutine for a job worker: it may be killed at any moment and asked again. Files are made
under new names, then the manifest is replaced, then the old files go.
"""

import asyncio
import fcntl
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import av

from platform_api.kernel.children import die_with_parent
from platform_api.kernel.disk import sync_directory, write_whole
from platform_api.kernel.log import get_logger
from recording.containers.mp4 import VIDEO_TIMESCALE, Sample, fragment, init_segment
from recording.containers.scan import samples as read_samples
from recording.depacketise.frames import CodecConfig, Joined
from recording.depacketise.h264 import H264
from recording.ffmpeg_command import h264_of
from recording.manifest import Manifest, Part, PartState, RecordingState, Segment
from recording.names import init_name, init_of, is_media_name, part_numbers, playlist_name, segment_name
from recording.repair import files_of, read_manifest, write_manifest
from recording.replay import media_playlist
from recording.store import MIN_FREE_PART, free_part

SEGMENT: Final = 4 * VIDEO_TIMESCALE
Progress = Callable[[float], None]
_log = get_logger("recording.transcode")


class TranscodeFailed(Exception):
    """FFmpeg could not make the part playable, or not with the same times; the part stays as it was."""


def pending_parts(root: Path) -> list[tuple[Path, str]]:
    """Directory and part id of everything in complete recordings that waits to be made playable."""
    found = []
    for directory in sorted(root.iterdir()) if root.is_dir() else ():
        manifest = read_manifest(directory) if directory.is_dir() else None
        if manifest is not None and manifest.state is RecordingState.COMPLETE:
            found += [(directory, part.id) for part in _parts(manifest) if part.state is PartState.PENDING]
    return found


def _parts(manifest: Manifest) -> Iterator[Part]:
    for track in manifest.tracks:
        yield from track.parts


def _find(directory: Path, part_id: str) -> Part | None:
    """The part of a complete recording; a running one's manifest is its recorder's alone to write."""
    part_numbers(part_id)
    manifest = read_manifest(directory)
    if manifest is None or manifest.state is not RecordingState.COMPLETE:
        return None
    return next((part for part in _parts(manifest) if part.id == part_id), None)


async def transcode_part(directory: Path, part_id: str, progress: Progress = lambda _: None) -> bool:
    """Makes one part playable; True if it is now, False if it needed nothing. Raises TranscodeFailed.

    One that was given up is tried anew: only somebody who wants that asks for it again.
    """
    part = await asyncio.to_thread(_find, directory, part_id)
    if part is None or part.state not in (PartState.PENDING, PartState.FAILED):
        return False
    with work_place(directory, part_id) as place:
        source, target = place / "source.mp4", place / "target.nut"
        frames = await asyncio.to_thread(_join_source, directory, part, source)
        await _run(h264_of(source, target), part, progress)
        made = await asyncio.to_thread(_segments, target, frames, f"{part_id}x", directory)
    await asyncio.to_thread(_replace_part, directory, part, made)
    progress(1.0)
    _log.info("part.transcoded", recording=directory.name, part=part_id, frames=len(frames))
    return True


@contextmanager
def work_place(directory: Path, part_id: str) -> Iterator[Path]:
    """A directory for this part's work beside the recordings; what a killed job left there goes first."""
    if free_part(directory) < MIN_FREE_PART:
        raise TranscodeFailed("low space")
    place = directory.parent / f"transcode-{directory.name}-{part_id}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


class SourceFrame(NamedTuple):
    """A frame of the part: time and duration (1/90000 s), and which of the publication it is, if known."""

    time: int
    duration: int
    rtp_timestamp: int | None
    rid: str


def _join_source(directory: Path, part: Part, target: Path) -> list[SourceFrame]:
    """Writes the part as one file; gives its frames."""
    frames: list[SourceFrame] = []
    with target.open("wb") as file:
        file.write((directory / init_of(part.segments[0].name)).read_bytes())
        for segment in part.segments:
            data = (directory / segment.name).read_bytes()
            file.write(data)
            frames += _frames_of(segment, data)
    return frames


def _frames_of(segment: Segment, data: bytes) -> Iterator[SourceFrame]:
    first, begun = segment.rtp_timestamp, None
    for sample in read_samples(data):
        begun = sample.time if begun is None else begun
        rtp = None if first is None else (first + sample.time - begun) & 0xFFFFFFFF
        yield SourceFrame(sample.time, sample.duration, rtp, segment.rid)


async def _run(command: Sequence[str], part: Part, progress: Progress) -> None:
    """Runs FFmpeg to its end, telling progress 0..1; ends it if the job is cancelled."""
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=die_with_parent(signal.SIGKILL),  # else it would write beside its heir's
    )
    try:
        errors, _ = await asyncio.gather(_read_errors(child), _read_progress(child, part, progress))
        if await child.wait() != 0:
            raise TranscodeFailed(errors)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def _read_errors(child: asyncio.subprocess.Process) -> str:
    text = await child.stderr.read() if child.stderr is not None else b""
    return text.decode(errors="replace")[-2000:]


async def _read_progress(child: asyncio.subprocess.Process, part: Part, progress: Progress) -> None:
    if child.stdout is None:
        return
    whole_us = max(1, part.end_ms - part.start_ms) * 1000
    async for line in child.stdout:
        name, _, value = line.decode().strip().partition("=")
        if name == "out_time_us" and value.lstrip("-").isdigit():
            done_us = int(value) - part.start_ms * 1000
            progress(min(0.99, max(0.0, done_us / whole_us)))


@dataclass(frozen=True, slots=True)
class Made:
    """The new files' rows and configuration."""

    config: CodecConfig
    segments: tuple[Segment, ...]


def _encoded(target: Path) -> Iterator[tuple[int, Joined]]:
    """Time (1/90000 s) and access unit of each encoded frame."""
    form = H264()
    with av.open(str(target), "r") as container:
        stream = container.streams.video[0]
        extradata = stream.codec_context.extradata
        sets = _nal_units(bytes(extradata)) if extradata else []
        for packet in container.demux(stream):
            if packet.pts is None or not packet.size:
                continue
            joined = form.join([*sets, *_nal_units(bytes(packet))])
            if joined is None:
                raise TranscodeFailed("an access unit cannot be read")
            yield round(packet.pts * packet.time_base * VIDEO_TIMESCALE), joined


def _nal_units(data: bytes) -> list[bytes]:
    """NAL units of an Annex B byte stream (H.264 B.1)."""
    return [unit for piece in data.split(b"\0\0\1") if (unit := piece.rstrip(b"\0"))]


def _segments(target: Path, frames: list[SourceFrame], stem: str, directory: Path) -> Made:
    """Writes the new init segment and segments; every frame must have the time it had."""
    config: CodecConfig | None = None
    groups: list[tuple[SourceFrame, list[Sample]]] = []
    count = 0
    for count, (time, joined) in enumerate(_encoded(target), 1):
        if count > len(frames) or time != frames[count - 1].time:
            raise TranscodeFailed(f"frame {count} moved to {time}")
        frame = frames[count - 1]
        config = config or joined.config
        if not groups or (joined.keyframe and time - groups[-1][0].time >= SEGMENT):
            groups.append((frame, []))
        groups[-1][1].append(Sample(time, frame.duration, joined.keyframe, joined.data))
    if count != len(frames) or config is None:
        raise TranscodeFailed(f"{count} frames of {len(frames)}")
    write_whole(directory / init_name(stem), init_segment(config))
    return Made(config, tuple(_write(directory, stem, at, *group) for at, group in enumerate(groups, 1)))


def _write(directory: Path, stem: str, number: int, first: SourceFrame, group: list[Sample]) -> Segment:
    data = fragment(number, group)
    name = segment_name(stem, number)
    write_whole(directory / name, data)
    start_ms = round(first.time / 90)
    end_ms = round((group[-1].time + group[-1].duration) / 90)
    return Segment(
        name=name,
        start_ms=start_ms,
        duration_ms=end_ms - start_ms,
        size=len(data),
        rtp_timestamp=first.rtp_timestamp,
        rid=first.rid,
    )


@contextmanager
def manifest_lock(directory: Path) -> Iterator[None]:
    """One at a time changes the manifest of a complete recording."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace_part(directory: Path, old: Part, made: Made) -> None:
    """The manifest names the new files; then the old ones go."""
    new = old.model_copy(
        update={
            "codec": made.config.codec,
            "codec_string": made.config.codec_string,
            "state": PartState.READY,
            "playlist": playlist_name(old.id),
            "segments": made.segments,
        }
    )
    with manifest_lock(directory):
        manifest = read_manifest(directory)
        if manifest is None:
            raise TranscodeFailed("the manifest is gone")
        manifest = _with_part(manifest, new)
        write_whole(directory / playlist_name(new.id), media_playlist(manifest, new).encode())
        write_manifest(directory, manifest)
    named = files_of(manifest)
    for path in directory.glob(f"{old.id}*"):
        if is_media_name(path.name) and path.name not in named:
            path.unlink(missing_ok=True)
    sync_directory(directory)


def _with_part(manifest: Manifest, new: Part) -> Manifest:
    tracks = [
        track.model_copy(update={"parts": tuple(new if part.id == new.id else part for part in track.parts)})
        for track in manifest.tracks
    ]
    return manifest.model_copy(update={"tracks": tuple(tracks)})


def mark_failed(directory: Path, part_id: str) -> None:
    """Says in the manifest that the part cannot be made playable; called when a job gives up."""
    with manifest_lock(directory):
        manifest = read_manifest(directory)
        part = next((each for each in _parts(manifest) if each.id == part_id), None) if manifest else None
        if manifest is not None and part is not None and part.state is PartState.PENDING:
            failed = part.model_copy(update={"state": PartState.FAILED, "playlist": None})
            write_manifest(directory, _with_part(manifest, failed))
