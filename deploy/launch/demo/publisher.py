"""A real WHIP publisher: one picture (and the voice) of the demonstration, sent by FFmpeg.

Each frame is stamped with its counter and the wall clock at the moment it is handed over, so that any
viewer can measure how old the picture on the screen is. FFmpeg takes a grant on its command line alone, where
every user of the machine may read it: it is given none, and asks through `relay.py`, which adds it.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import imageio_ffmpeg

from deploy.launch.demo.camera import Rhythm, TimedFrames
from deploy.launch.demo.pictures import FPS, Yuv, looped_frames
from deploy.launch.demo.relay import GrantRelay
from deploy.launch.demo.strip import Stamp, stamp_frame
from platform_api.kernel.children import die_with_parent
from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import until_first

RETRY_S: Final = 0.25
RETRY_MOST_S: Final = 10.0
QUICK_TRIES: Final = 12
"""A media node that died is back within seconds: so often it is asked for at once, then less and less."""
STOP_TIMEOUT_S: Final = 2.0
# FFmpeg holds the picture back to the voice, which is late by the handshake; its own choice is 1.05.
CATCH_UP: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What to send where: `token` is asked anew at each connection, since grants expire."""

    url: str
    token: Callable[[], str]
    picture: Path
    voice: Path | None
    width: int
    height: int
    bitrate_kbps: int


def ffmpeg_arguments(feed: Feed) -> list[str]:
    """The command line: timed frames on standard input, H264 baseline and Opus out by WHIP (RFC 9725)."""
    raw = ["-f", "nut", "-probesize", "32", "-analyzeduration", "0", "-fflags", "nobuffer", "-i", "pipe:0"]
    paced = ["-readrate", "1", "-readrate_catchup", str(CATCH_UP)]
    sound = [*paced, "-stream_loop", "-1", "-i", str(feed.voice)] if feed.voice else []
    video = [
        "-map",
        "0:v",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-tune",
        "zerolatency",
        "-profile:v",
        "baseline",
    ]
    rate = [
        "-b:v",
        f"{feed.bitrate_kbps}k",
        "-maxrate",
        f"{feed.bitrate_kbps}k",
        "-bufsize",
        f"{feed.bitrate_kbps}k",
    ]
    # A key frame each second by the clock: counted in frames it comes late just when the machine is busy.
    shape = ["-bf", "0", "-g", str(10 * FPS), "-force_key_frames", "expr:gte(t,n_forced)"]
    shape += ["-threads", "1", "-fps_mode", "passthrough"]
    audio = (
        ["-map", "1:a", "-c:a", "libopus", "-b:a", "32k", "-ar", "48000", "-ac", "2"] if feed.voice else []
    )
    out = ["-f", "whip", feed.url]
    quiet = ["-hide_banner", "-loglevel", "error", "-nostdin"]
    return [imageio_ffmpeg.get_ffmpeg_exe(), *quiet, *raw, *sound, *video, *rate, *shape, *audio, *out]


async def publish(feed: Feed) -> None:
    """Sends until cancelled; when the server goes away it comes back by itself."""
    log = get_logger("demo")
    frames = looped_frames(feed.picture, width=feed.width, height=feed.height)
    failures = 0
    while True:
        started_s = time.monotonic()
        code = await _one_connection(feed, frames)
        log.warning("demo.publisher_ended", exit_code=code, url=feed.url)
        failures = 0 if time.monotonic() - started_s > RETRY_MOST_S else failures + 1
        await asyncio.sleep(retry_after_s(failures))


def retry_after_s(failures: int) -> float:
    """How long to wait after so many failures in a row."""
    return float(min(RETRY_S * 2 ** max(0, failures - QUICK_TRIES), RETRY_MOST_S))


async def _one_connection(feed: Feed, frames: Iterator[Yuv]) -> int:
    async with GrantRelay(feed.url, feed.token) as relay:
        process = await asyncio.create_subprocess_exec(
            *ffmpeg_arguments(feed),
            stdin=asyncio.subprocess.PIPE,
            env={**os.environ, **relay.environment()},
            preexec_fn=die_with_parent(),
        )
        assert process.stdin is not None  # noqa: S101 - a pipe was asked for
        try:
            await until_first(_pump(process.stdin, feed, frames), relay.gone())
        except (BrokenPipeError, ConnectionResetError):
            get_logger("demo").info("demo.pipe_closed", url=feed.url)
        finally:
            await _ended(process)
        return process.returncode or 0


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Ends FFmpeg: it hears a signal only once its input has ended, and not while it waits for an answer."""
    if process.stdin is not None:
        process.stdin.close()
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
    except TimeoutError:
        process.kill()
        await process.wait()


async def _pump(pipe: asyncio.StreamWriter, feed: Feed, frames: Iterator[Yuv]) -> None:
    loop = asyncio.get_running_loop()
    packer = TimedFrames(width=feed.width, height=feed.height)
    rhythm = Rhythm(loop.time())
    for counter, frame in enumerate(frames):
        await asyncio.sleep(rhythm.wait_s(loop.time()))
        period = rhythm.take(loop.time())
        stamp_frame(frame, feed.height, Stamp(counter, time.time_ns() // 1_000_000))
        if pipe.is_closing():
            return
        pipe.write(packer.pack(frame, period))
        await pipe.drain()
