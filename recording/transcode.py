"""Makes pending parts playable: VP8, which no browser plays from MP4, becomes H264 with the same times.

A plain coroutine for a job worker: it may be killed at any moment and asked again. Files are made
under new names, then the manifest is replaced, then the old files go.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, NamedTuple

import av

from platform_api.kernel.children import die_with_parent
from platform_api.kernel.disk import sync_directory
from platform_api.kernel.log import get_logger
from platform_api.kernel.sealed_folder import SealedFolder, SealedFolders, locked
from platform_api.kernel.sealing import SealBroken
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


def pending_parts(recordings: SealedFolders) -> list[tuple[SealedFolder, str]]:
    """Folder and part id of everything in complete recordings that waits to be made playable."""
    found = []
    for folder in recordings.all():
        manifest = read_manifest(folder)
        if manifest is not None and manifest.state is RecordingState.COMPLETE:
            found += [(folder, part.id) for part in _parts(manifest) if part.state is PartState.PENDING]
    return found


def _parts(manifest: Manifest) -> Iterator[Part]:
    for track in manifest.tracks:
        yield from track.parts


def _find(folder: SealedFolder, part_id: str) -> Part | None:
    """The part of a complete recording; a running one's manifest is its recorder's alone to write."""
    part_numbers(part_id)
    manifest = read_manifest(folder)
    if manifest is None or manifest.state is not RecordingState.COMPLETE:
        return None
    return next((part for part in _parts(manifest) if part.id == part_id), None)


async def transcode_part(folder: SealedFolder, part_id: str, progress: Progress = lambda _: None) -> bool:
    """Makes one part playable; True if it is now, False if it needed nothing. Raises TranscodeFailed.

    One that was given up is tried anew: only somebody who wants that asks for it again.
    """
    part = await asyncio.to_thread(_find, folder, part_id)
    if part is None or part.state not in (PartState.PENDING, PartState.FAILED):
        return False
    if free_part(folder.path) < MIN_FREE_PART:
        raise TranscodeFailed("low space")
    loop = asyncio.get_running_loop()

    def tell(done: float) -> None:
        loop.call_soon_threadsafe(progress, done)

    work = _Work(folder, part, tell)
    try:
        made = await _through_ffmpeg(work)
        await asyncio.to_thread(_replace_part, folder, part, made)
    finally:
        await asyncio.to_thread(_remove_unnamed, folder, part_id)
    progress(1.0)
    _log.info("part.transcoded", recording=folder.name, part=part_id, frames=len(work.frames))
    return True


async def _through_ffmpeg(work: "_Work") -> "Made":
    """Feeds FFmpeg from one thread and collects in another: nothing plain lies on the disk meanwhile."""
    source, into = os.pipe()
    out, target = os.pipe()
    try:
        child = await asyncio.create_subprocess_exec(
            *h264_of(source=source, target=target),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=(source, target),
            preexec_fn=die_with_parent(signal.SIGKILL),  # else it would write beside its heir's
        )
    except BaseException:
        os.close(into)
        os.close(out)
        raise
    finally:
        os.close(source)
        os.close(target)
    feeding = asyncio.ensure_future(asyncio.to_thread(work.feed, into))
    collecting = asyncio.ensure_future(asyncio.to_thread(work.collect, out))
    try:
        told = await _read_errors(child)
        code = await child.wait()
    finally:
        if child.returncode is None:
            child.kill()  # its pipes are gone then, so the threads end
        await _ended(feeding, collecting)
        await child.wait()
        failed = feeding.exception() or collecting.exception()
    if code != 0 and not isinstance(failed, TranscodeFailed):
        raise TranscodeFailed(told) from failed
    if failed is not None:
        raise failed
    return collecting.result()


async def _ended(*threads: "asyncio.Future[Any]") -> None:
    """Waits for threads that write files, also when it is cancelled meanwhile."""
    cancelled: asyncio.CancelledError | None = None
    while not all(thread.done() for thread in threads):
        try:
            await asyncio.wait(threads)
        except asyncio.CancelledError as told:
            cancelled = told
    if cancelled is not None:
        raise cancelled


async def _read_errors(child: asyncio.subprocess.Process) -> str:
    text = await child.stderr.read() if child.stderr is not None else b""
    return text.decode(errors="replace")[-2000:]


class SourceFrame(NamedTuple):
    """A frame of the part: time and duration (1/90000 s), and which of the publication it is, if known."""

    time: int
    duration: int
    rtp_timestamp: int | None
    rid: str


def _frames_of(segment: Segment, data: bytes) -> Iterator[SourceFrame]:
    first, begun = segment.rtp_timestamp, None
    for sample in read_samples(data):
        begun = sample.time if begun is None else begun
        rtp = None if first is None else (first + sample.time - begun) & 0xFFFFFFFF
        yield SourceFrame(sample.time, sample.duration, rtp, segment.rid)


@dataclass(frozen=True, slots=True)
class Made:
    """The new files' rows and configuration."""

    config: CodecConfig
    segments: tuple[Segment, ...]


class _Work:
    """A part on its way through FFmpeg; what is fed is known before it can come out."""

    def __init__(self, folder: SealedFolder, part: Part, progress: Progress) -> None:
        self.frames: list[SourceFrame] = []
        self._folder = folder
        self._part = part
        self._progress = progress

    def feed(self, into: int) -> None:
        """Writes the part as one file; raises TranscodeFailed for what cannot be read."""
        try:
            with open(into, "wb") as sink:
                sink.write(self._folder.read(init_of(self._part.segments[0].name)))
                for segment in self._part.segments:
                    data = self._folder.read(segment.name)
                    self.frames += _frames_of(segment, data)
                    sink.write(data)
        except SealBroken as error:
            raise TranscodeFailed("the part cannot be read") from error
        except BrokenPipeError:
            _log.debug("ffmpeg.gone", recording=self._folder.name)  # its status says why

    def collect(self, out: int) -> Made:
        """Writes the new init segment and segments; every frame must have the time it had."""
        with open(out, "rb") as stream:
            try:
                return self._collect(stream)
            except av.FFmpegError as error:
                raise TranscodeFailed("what was encoded cannot be read") from error

    def _collect(self, stream: BinaryIO) -> Made:
        config: CodecConfig | None = None
        segments: list[Segment] = []
        first, group, count = SourceFrame(0, 0, None, ""), list[Sample](), 0
        for count, (time, joined) in enumerate(_encoded(stream), 1):
            if count > len(self.frames) or time != self.frames[count - 1].time:
                raise TranscodeFailed(f"frame {count} moved to {time}")
            frame = self.frames[count - 1]
            config = config or joined.config
            if not group or (joined.keyframe and time - first.time >= SEGMENT):
                segments += self._written(len(segments) + 1, first, group)
                first, group = frame, []
            group.append(Sample(time, frame.duration, joined.keyframe, joined.data))
        if count != len(self.frames) or config is None:
            raise TranscodeFailed(f"{count} frames of {len(self.frames)}")
        segments += self._written(len(segments) + 1, first, group)
        self._folder.write(init_name(f"{self._part.id}x"), init_segment(config))
        return Made(config, tuple(segments))

    def _written(self, number: int, first: SourceFrame, group: list[Sample]) -> list[Segment]:
        if not group:
            return []
        row = _write(self._folder, f"{self._part.id}x", number, first, group)
        whole_ms = max(1, self._part.end_ms - self._part.start_ms)
        self._progress(min(0.99, (row.start_ms + row.duration_ms - self._part.start_ms) / whole_ms))
        return [row]


def _encoded(stream: BinaryIO) -> Iterator[tuple[int, Joined]]:
    """Time (1/90000 s) and access unit of each encoded frame."""
    form = H264()
    with av.open(stream, "r", format="nut") as container:
        video = container.streams.video[0]
        extradata = video.codec_context.extradata
        sets = _nal_units(bytes(extradata)) if extradata else []
        for packet in container.demux(video):
            if packet.pts is None or not packet.size:
                continue
            joined = form.join([*sets, *_nal_units(bytes(packet))])
            if joined is None:
                raise TranscodeFailed("an access unit cannot be read")
            yield round(packet.pts * packet.time_base * VIDEO_TIMESCALE), joined


def _nal_units(data: bytes) -> list[bytes]:
    """NAL units of an Annex B byte stream (H.264 B.1)."""
    return [unit for piece in data.split(b"\0\0\1") if (unit := piece.rstrip(b"\0"))]


def _write(folder: SealedFolder, stem: str, number: int, first: SourceFrame, group: list[Sample]) -> Segment:
    data = fragment(number, group)
    name = segment_name(stem, number)
    folder.write(name, data)
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


def _replace_part(folder: SealedFolder, old: Part, made: Made) -> None:
    """The manifest names the new files; the old ones are strangers now."""
    new = old.model_copy(
        update={
            "codec": made.config.codec,
            "codec_string": made.config.codec_string,
            "state": PartState.READY,
            "playlist": playlist_name(old.id),
            "segments": made.segments,
        }
    )
    with locked(folder.path):
        manifest = read_manifest(folder)
        if manifest is None:
            raise TranscodeFailed("the manifest is gone")
        manifest = _with_part(manifest, new)
        folder.write(playlist_name(new.id), media_playlist(manifest, new).encode())
        write_manifest(folder, manifest)


def _remove_unnamed(folder: SealedFolder, part_id: str) -> None:
    """Files of the part that the manifest does not name: the old ones, or those of a job that failed."""
    manifest = read_manifest(folder)
    if manifest is None:
        return
    named = files_of(manifest)
    for name in folder.names():
        if name.startswith(part_id) and is_media_name(name) and name not in named:
            folder.remove(name)
    sync_directory(folder.path)


def _with_part(manifest: Manifest, new: Part) -> Manifest:
    tracks = [
        track.model_copy(update={"parts": tuple(new if part.id == new.id else part for part in track.parts)})
        for track in manifest.tracks
    ]
    return manifest.model_copy(update={"tracks": tuple(tracks)})


def mark_failed(folder: SealedFolder, part_id: str) -> None:
    """Says in the manifest that the part cannot be made playable; called when a job gives up."""
    with locked(folder.path):
        manifest = read_manifest(folder)
        part = next((each for each in _parts(manifest) if each.id == part_id), None) if manifest else None
        if manifest is not None and part is not None and part.state is PartState.PENDING:
            failed = part.model_copy(update={"state": PartState.FAILED, "playlist": None})
            write_manifest(folder, _with_part(manifest, failed))
