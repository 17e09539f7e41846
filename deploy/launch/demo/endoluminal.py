"""A moving picture from inside a hollow organ, rendered by us: what the demonstration shows without files.

A tunnel seen from within: folds across its length, vessels under the mucosa, a light at the tip that
falls off with depth, a slow bend and a breath. Not a recording of anybody.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.floating]

TEXTURE_SIZE = 1024
WITHIN = TEXTURE_SIZE - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Size in pixels, frames a second, and the seconds after which it repeats seamlessly."""

    width: int
    height: int
    fps: int
    loop_s: int
    seed: int = 7


def _noise(rng: np.random.Generator, cells: int) -> Plane:
    """Smooth noise that tiles: random values on a ring of `cells` squares, interpolated."""
    grid = rng.random((cells, cells), dtype=np.float32)
    axis = np.arange(TEXTURE_SIZE, dtype=np.float32) * cells / TEXTURE_SIZE
    low = axis.astype(int)
    part = axis - low
    part = part * part * (3 - 2 * part)
    high = (low + 1) % cells
    rows = grid[low] * (1 - part)[:, None] + grid[high] * part[:, None]
    across: Plane = rows[:, low] * (1 - part) + rows[:, high] * part
    return across


def _mucosa(seed: int) -> npt.NDArray[np.floating]:
    """The unrolled wall: rows along the organ, columns around it, RGB 0..1."""
    rng = np.random.default_rng(seed)
    soft = sum(_noise(rng, cells) / weight for cells, weight in ((4, 1.5), (16, 3.0), (64, 6.0)))
    branch = np.abs(_noise(rng, 12) - _noise(rng, 24))
    vessel = np.clip(1 - branch * 22, 0, 1) * 0.12
    folds = 0.5 + 0.5 * np.cos(np.arange(TEXTURE_SIZE) * 2 * np.pi * 8 / TEXTURE_SIZE)[:, None]
    light = (0.62 + 0.3 * np.asarray(soft) * (0.45 + 0.55 * folds**0.7)).astype(np.float32)
    tint = np.array([0.93, 0.56, 0.47], dtype=np.float32)
    wall = light[..., None] * tint
    wall[..., 1] -= vessel * 0.9
    wall[..., 2] -= vessel * 0.8
    unrolled: Plane = np.clip(wall, 0, 1).astype(np.float32)
    return unrolled


def render(scene: Scene) -> Iterator[Picture]:
    """Frames of one loop as RGB arrays (height, width, 3)."""
    wall = _mucosa(scene.seed)
    rows = (np.arange(scene.height, dtype=np.float32) - scene.height / 2)[:, None] / scene.height * 2
    columns = (np.arange(scene.width, dtype=np.float32) - scene.width / 2)[None, :] / scene.height * 2
    lens = np.clip(1.9 - np.sqrt(rows**2 + (columns * 0.82) ** 2) * 1.15, 0, 1)
    frames = scene.fps * scene.loop_s
    for index in range(frames):
        yield _frame(wall, rows, columns, lens, 2 * math.pi * index / frames)


def _frame(wall: npt.NDArray[np.floating], rows: Plane, columns: Plane, lens: Plane, phase: float) -> Picture:
    x = columns - 0.34 * math.sin(phase) - 0.05 * math.sin(3 * phase)
    y = rows - 0.22 * math.cos(2 * phase)
    radius = np.sqrt(x * x + y * y) + 1e-3
    angle = np.arctan2(y, x) / (2 * math.pi)
    radius *= 1 + 0.06 * np.cos(6 * math.pi * angle + phase) + 0.03 * math.sin(2 * phase)
    depth = 0.55 / radius
    along = ((depth + 1.5 * phase / math.pi) * TEXTURE_SIZE / 3).astype(np.int32) & WITHIN
    around = ((angle + 0.04 * depth + 0.02 * math.sin(phase)) * TEXTURE_SIZE).astype(np.int32) & WITHIN
    shade = np.clip(1.25 / (1 + (depth * 0.62) ** 2), 0, 1) * lens
    wet = np.clip(1 - ((along / TEXTURE_SIZE * 8) % 1 - 0.15) ** 2 * 60, 0, 1) * np.clip(
        0.35 - depth * 0.2, 0, 1
    )
    colour = wall[along, around] * shade[..., None] + (wet * lens * 0.25)[..., None]
    picture: Picture = (np.clip(colour, 0, 1) * 255).astype(np.uint8)
    return picture
