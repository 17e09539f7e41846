"""Where the demonstration's pictures come from: named files, test data beside the project, or our own."""

import itertools
import os
import re
import wave
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
import numpy.typing as npt

from deploy.launch.demo.endoluminal import Scene, render

FPS: Final = 25
TEST_VIDEO: Final = Path("shared/data/endoscopy/video")
KEPT_BYTES: Final = 64 * 1024 * 1024
VOICE_RATE: Final = 48_000
Yuv = npt.NDArray[np.uint8]
SCOPE_SIZE: Final = (1280, 720)
LEAST_SIDE, MOST_SIDE = 128, 3840


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPictures:
    """A video file for the scope and one for the hand view, and a voice if there is one."""

    scope: Path
    hand: Path
    voice: Path


def choose_pictures(environment: Mapping[str, str], project: Path, cache: Path) -> DemoPictures:
    """Files named by DEMO_SCOPE and DEMO_HAND, else test data beside the project, else our own rendering."""
    found = sorted((project.parent / TEST_VIDEO).glob("*.mp4"), key=_length_s, reverse=True)
    scope = (
        _named(environment, "DEMO_SCOPE") or (found[0] if found else None) or own_picture(cache, "scope", 7)
    )
    hand = (
        _named(environment, "DEMO_HAND") or (found[-1] if found else None) or own_picture(cache, "hand", 23)
    )
    return DemoPictures(scope=scope, hand=hand, voice=own_voice(cache))


def scope_size(environment: Mapping[str, str]) -> tuple[int, int]:
    """Width and height of the scope's picture: DEMO_SCOPE_SIZE as 640x360, else 1280x720.

    Raises ValueError for what is no size or has an odd side.
    """
    named = environment.get("DEMO_SCOPE_SIZE")
    if not named:
        return SCOPE_SIZE
    found = re.fullmatch(r"(\d{1,4})x(\d{1,4})", named)
    sides = [int(side) for side in found.groups()] if found else []
    if not sides or any(side % 2 or not LEAST_SIDE <= side <= MOST_SIDE for side in sides):
        raise ValueError(f"DEMO_SCOPE_SIZE: not a size like 640x360: {named}")
    return sides[0], sides[1]


def _named(environment: Mapping[str, str], name: str) -> Path | None:
    value = environment.get(name)
    if not value:
        return None
    path = Path(value)
    if not path.is_file():
        raise FileNotFoundError(f"{name}: no such file: {value}")
    return path


def _length_s(path: Path) -> float:
    with av.open(str(path)) as container:
        return float(container.duration or 0) / av.time_base


def own_picture(cache: Path, name: str, seed: int) -> Path:
    """A seamless loop of our moving endoluminal picture, encoded once and kept."""
    target = cache / f"{name}.mp4"
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    scene = Scene(width=640, height=360, fps=FPS, loop_s=8, seed=seed)
    partial = target.with_suffix(".partial.mp4")
    with av.open(str(partial), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt = scene.width, scene.height, "yuv420p"
        for picture in render(scene):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    os.replace(partial, target)
    return target


def own_voice(cache: Path) -> Path:
    """Ten seconds of a voice-like sound: two formants over a pitch that rises and falls in syllables."""
    target = cache / "voice.wav"
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    seconds = np.arange(10 * VOICE_RATE) / VOICE_RATE
    pitch = 118 + 18 * np.sin(2 * np.pi * 0.4 * seconds)
    phase = np.cumsum(2 * np.pi * pitch / VOICE_RATE)
    harmonics = np.arange(1, 30)[:, None]
    formants = 1 / (1 + ((harmonics * 118 - 620) / 160) ** 2) + 0.5 / (
        1 + ((harmonics * 118 - 1350) / 220) ** 2
    )
    syllables = np.clip(np.sin(2 * np.pi * 1.7 * seconds), 0, 1) ** 0.5 * (
        np.sin(2 * np.pi * 0.1 * seconds) > -0.6
    )
    sound = (np.sin(harmonics * phase) * formants).sum(axis=0) * syllables
    samples = (sound / np.abs(sound).max() * 9000).astype("<i2")
    partial = target.with_suffix(".partial")
    with wave.open(str(partial), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(VOICE_RATE)
        out.writeframes(samples.tobytes())
    os.replace(partial, target)
    return target


def looped_frames(path: Path, *, width: int, height: int) -> Iterator[Yuv]:
    """Frames of the file for ever, at FPS, letterboxed into width x height, as planar YUV 4:2:0 arrays.

    The taker may write into them. A short file is decoded once and kept, at most KEPT_BYTES of it.
    """
    kept: list[Yuv] = []
    for frame in _frames(path, width, height):
        if len(kept) * frame.nbytes <= KEPT_BYTES:
            kept.append(frame.copy())
        yield frame
    if not kept:
        raise ValueError(f"no picture in {path}")
    if len(kept) * kept[0].nbytes > KEPT_BYTES:
        kept = []
    while True:
        for frame in kept or _frames(path, width, height):
            yield frame.copy()


def _frames(path: Path, width: int, height: int) -> Iterator[Yuv]:
    with av.open(str(path)) as container:
        if not container.streams.video:
            return
        graph = _fit(container.streams.video[0], width, height)
        for frame in itertools.chain(container.decode(video=0), (None,)):
            graph.vpush(frame)  # None: the last is held back no longer
            yield from _drain(graph)


def _fit(stream: av.video.stream.VideoStream, width: int, height: int) -> "av.filter.Graph":
    graph = av.filter.Graph()
    chain = [
        graph.add_buffer(template=stream),
        graph.add("fps", str(FPS)),
        graph.add("scale", f"{width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2"),
        graph.add("pad", f"{width}:{height}:(ow-iw)/2:(oh-ih)/2"),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ]
    for upper, lower in itertools.pairwise(chain):
        upper.link_to(lower)
    graph.configure()
    return graph


def _drain(graph: "av.filter.Graph") -> Iterator[Yuv]:
    while True:
        try:
            yield np.asarray(graph.vpull().to_ndarray(), np.uint8)
        except (av.error.BlockingIOError, av.error.EOFError):
            return
