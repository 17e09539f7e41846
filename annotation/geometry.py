"""Pure maths of shapes, all in the picture's own coordinates: 0..1 across and down."""

from dataclasses import dataclass
from typing import Final

from annotation.model import Arrow, Ellipse, Pen, Point, Shape, Text

DECIMALS: Final = 5
"""A place is kept to 1/100000 of the picture: 0.04 px of a 4K picture, a third of the bytes of a double."""


@dataclass(frozen=True, slots=True)
class Box:
    """The upright rectangle from (left, top) to (right, bottom)."""

    left: float
    top: float
    right: float
    bottom: float


def point_count(shape: Shape) -> int:
    """How many places the shape holds: what it costs to keep and to send."""
    match shape:
        case Pen():
            return len(shape.points)
        case Arrow():
            return 2
        case Ellipse() | Text():
            return 1


def bounds(shape: Shape) -> Box:
    """The smallest box round the shape's middle line; of a text its place, for its width is the font's."""
    match shape:
        case Pen():
            return _box(shape.points)
        case Arrow():
            return _box((shape.tail, shape.head))
        case Ellipse():
            centre = shape.centre
            return Box(
                centre.x - shape.radius_x,
                centre.y - shape.radius_y,
                centre.x + shape.radius_x,
                centre.y + shape.radius_y,
            )
        case Text():
            return Box(shape.at.x, shape.at.y, shape.at.x, shape.at.y + shape.size)


def rounded(shape: Shape) -> Shape:
    """The same shape as it is kept; rounding it again changes nothing."""
    match shape:
        case Pen():
            return shape.model_copy(update={"points": tuple(_rounded(point) for point in shape.points)})
        case Arrow():
            return shape.model_copy(update={"tail": _rounded(shape.tail), "head": _rounded(shape.head)})
        case Ellipse():
            radii = {
                "radius_x": max(round(shape.radius_x, DECIMALS), 10**-DECIMALS),
                "radius_y": max(round(shape.radius_y, DECIMALS), 10**-DECIMALS),
            }
            return shape.model_copy(update={"centre": _rounded(shape.centre), **radii})
        case Text():
            return shape.model_copy(update={"at": _rounded(shape.at)})


def _rounded(point: Point) -> Point:
    return Point(x=round(point.x, DECIMALS), y=round(point.y, DECIMALS), p=round(point.p, 2))


def _box(points: tuple[Point, ...]) -> Box:
    across = [point.x for point in points]
    down = [point.y for point in points]
    return Box(min(across), min(down), max(across), max(down))
