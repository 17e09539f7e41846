from hypothesis import given
from hypothesis import strategies as st

from annotation.geometry import Box, bounds, point_count, rounded
from annotation.model import Arrow, Ellipse, Pen, Point, Shape, Text

units = st.floats(min_value=-0.05, max_value=1.05)
points = st.builds(Point, x=units, y=units, p=st.floats(min_value=0, max_value=1))
radii = st.floats(min_value=1e-9, max_value=1)
shapes = st.one_of(
    st.builds(Pen, points=st.lists(points, min_size=1, max_size=5).map(tuple)),
    st.builds(Arrow, tail=points, head=points),
    st.builds(Ellipse, centre=points, radius_x=radii, radius_y=radii),
    st.builds(Text, at=points, text=st.text(min_size=1, max_size=5)),
)


@given(shapes)
def test_rounding_is_stable_valid_and_moves_nothing_visibly(shape: Shape) -> None:
    once = rounded(shape)

    assert rounded(once) == once
    assert type(shape).model_validate(once.model_dump()) == once
    before, after = bounds(shape), bounds(once)
    for name in ("left", "top", "right", "bottom"):
        assert abs(getattr(before, name) - getattr(after, name)) <= 2.1e-5


def test_the_bounds_of_each_shape() -> None:
    a, b = Point(x=0.4, y=0.1), Point(x=0.2, y=0.3)

    assert bounds(Pen(points=(a, b))) == Box(0.2, 0.1, 0.4, 0.3)
    assert bounds(Arrow(tail=a, head=b)) == Box(0.2, 0.1, 0.4, 0.3)
    assert bounds(Ellipse(centre=Point(x=0.5, y=0.5), radius_x=0.25, radius_y=0.125)) == Box(
        0.25, 0.375, 0.75, 0.625
    )
    assert bounds(Text(at=a, text="癌", size=0.04)) == Box(0.4, 0.1, 0.4, 0.14)


def test_what_a_shape_costs() -> None:
    a = Point(x=0.4, y=0.1)

    assert point_count(Pen(points=(a,) * 7)) == 7
    assert point_count(Arrow(tail=a, head=a)) == 2
    assert point_count(Ellipse(centre=a, radius_x=0.1, radius_y=0.1)) == 1
