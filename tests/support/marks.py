"""Makers of marks and operations for tests."""

from annotation.board import Author
from annotation.model import Arrow, BoardTarget, LiveTarget, Pen, Point, StillTarget, Target
from annotation.operations import AddMark

ANNE = Author(id="anne", name="Anne", colour=0)
BODO = Author(id="bodo", name="Bodo", colour=1)
LIVE = LiveTarget(publication="p1.scope", capture_ms=1000)
STILL = StillTarget(still="still-0001")
BOARD = BoardTarget(page="page-1")


def arrow(x: float = 0.1) -> Arrow:
    return Arrow(tail=Point(x=x, y=0.2), head=Point(x=0.5, y=0.5))


def pen(points: int) -> Pen:
    return Pen(points=tuple(Point(x=0.5, y=index / points) for index in range(points)))


def add(mark_id: str, target: Target = LIVE, x: float = 0.1) -> AddMark:
    return AddMark(id=mark_id, target=target, shape=arrow(x))
