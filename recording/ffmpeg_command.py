"""The command lines of FFmpeg that recording runs: the only place that builds them."""

from collections.abc import Sequence

import ffmpeg
import imageio_ffmpeg


def ffmpeg_binary() -> str:
    """The FFmpeg that came with the installation."""
    binary: str = imageio_ffmpeg.get_ffmpeg_exe()
    return binary


def h264_of(*, source: int, target: int, threads: int = 2) -> Sequence[str]:
    """H264 of a video read from one descriptor, in NUT to another: each frame once, at exactly its time.

    Passthrough keeps every frame, the copied time base and timestamps keep its time, and without
    B-frames decoding order is showing order. NUT keeps the time base of 1/90000 s, where others round to ms.
    """
    stream = ffmpeg.input(f"pipe:{source}", format="mp4", copyts=None)
    stream = ffmpeg.output(
        stream,
        f"pipe:{target}",
        format="nut",
        vcodec="libx264",
        preset="veryfast",
        crf=21,
        pix_fmt="yuv420p",
        bf=0,
        g=120,
        threads=threads,
        fps_mode="passthrough",
        enc_time_base="demux",
        an=None,
    )
    stream = stream.global_args("-nostdin", "-hide_banner", "-loglevel", "error")
    command: list[str] = ffmpeg.compile(stream, cmd=ffmpeg_binary(), overwrite_output=True)
    return command
