import pytest

from annotation.board import Author, Board, Limits
from annotation.errors import (
    AnnotationError,
    AnnotationErrorCode,
    BackgroundForeign,
    MarkExists,
    MarkForeign,
    MarkUnknown,
    NothingToRedo,
    NothingToUndo,
    PageExists,
    PagesFull,
    PageUnknown,
    SheetFull,
)
from annotation.operations import (
    AddMark,
    AddPage,
    ChangeMark,
    ClearMarks,
    MarksChanged,
    Operation,
    RedoMark,
    RemoveMark,
    ShowPage,
    UndoMark,
)
from tests.support.marks import ANNE, BOARD, BODO, LIVE, STILL, add, arrow, pen


class Table:
    """A board at which authors act in order, a millisecond apart."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.board = Board(limits)
        self.now_ms = 0.0

    def do(self, author: Author, operation: Operation) -> MarksChanged:
        self.now_ms += 1
        changes = self.board.decide(author, operation, at_ms=self.now_ms)
        self.board.apply(author.id, changes)
        return changes

    def ids(self) -> list[str]:
        return [mark.id for mark in self.board.marks()]


def test_a_mark_bears_its_author_colour_and_time() -> None:
    table = Table()

    table.do(ANNE, add("m1"))

    (mark,) = table.board.marks()
    assert (mark.author, mark.author_name, mark.colour, mark.created_ms) == ("anne", "Anne", 0, 1.0)


def test_deciding_changes_nothing() -> None:
    table = Table()

    table.board.decide(ANNE, add("m1"), at_ms=1)

    assert table.board.marks() == ()


def test_an_id_serves_once_even_after_removal() -> None:
    table = Table()
    table.do(ANNE, add("m1"))

    with pytest.raises(MarkExists):
        table.do(BODO, add("m1"))
    table.do(ANNE, RemoveMark(id="m1"))
    with pytest.raises(MarkExists):
        table.do(ANNE, add("m1"))


def test_only_ones_own_marks_change_and_go() -> None:
    table = Table()
    table.do(ANNE, add("m1"))

    for operation in (ChangeMark(id="m1", shape=arrow(0.9)), RemoveMark(id="m1")):
        with pytest.raises(MarkForeign):
            table.do(BODO, operation)
    with pytest.raises(MarkUnknown):
        table.do(ANNE, RemoveMark(id="m2"))
    table.do(ANNE, ChangeMark(id="m1", shape=arrow(0.9)))

    assert table.board.marks()[0].shape == arrow(0.9)
    assert table.board.marks()[0].created_ms == 1.0


def test_undo_and_redo_walk_ones_own_steps_only() -> None:
    table = Table()
    table.do(ANNE, add("a1"))
    table.do(BODO, add("b1"))
    table.do(ANNE, ChangeMark(id="a1", shape=arrow(0.9)))

    table.do(ANNE, UndoMark())
    assert table.board.marks()[0].shape == arrow(0.1)
    table.do(ANNE, UndoMark())
    assert table.ids() == ["b1"]
    with pytest.raises(NothingToUndo):
        table.do(ANNE, UndoMark())
    table.do(ANNE, RedoMark())
    table.do(ANNE, RedoMark())

    assert table.ids() == ["a1", "b1"]
    assert table.board.marks()[0].shape == arrow(0.9)
    with pytest.raises(NothingToRedo):
        table.do(ANNE, RedoMark())


def test_a_new_operation_ends_what_could_be_redone() -> None:
    table = Table()
    table.do(ANNE, add("a1"))
    table.do(ANNE, UndoMark())
    table.do(ANNE, add("a2"))

    with pytest.raises(NothingToRedo):
        table.do(ANNE, RedoMark())


def test_clearing_takes_ones_own_or_everybodys_as_one_step() -> None:
    table = Table()
    for operation, author in ((add("a1"), ANNE), (add("a2"), ANNE), (add("b1"), BODO)):
        table.do(author, operation)
    table.do(BODO, add("b2", STILL))

    table.do(ANNE, ClearMarks(sheet="live:p1.scope"))
    assert table.ids() == ["b1", "b2"]
    table.do(ANNE, UndoMark())
    assert table.ids() == ["a1", "a2", "b1", "b2"]
    table.do(BODO, ClearMarks(sheet="live:p1.scope", everybody=True))
    assert table.ids() == ["b2"]
    table.do(BODO, UndoMark())

    assert table.ids() == ["a1", "a2", "b1", "b2"]


def test_a_step_that_a_clear_overtook_is_void_until_the_clear_is_undone() -> None:
    table = Table()
    table.do(ANNE, add("a1"))
    table.do(BODO, ClearMarks(sheet="live:p1.scope", everybody=True))

    with pytest.raises(NothingToUndo):
        table.do(ANNE, UndoMark())
    table.do(BODO, UndoMark())
    table.do(ANNE, UndoMark())

    assert table.ids() == []


def test_a_full_live_sheet_lets_its_oldest_go_a_still_refuses() -> None:
    table = Table(Limits(marks_per_sheet=2))
    for name in ("m1", "m2"):
        table.do(ANNE, add(name))
        table.do(ANNE, add(f"s{name}", STILL))

    changes = table.do(BODO, add("m3"))
    with pytest.raises(SheetFull):
        table.do(BODO, add("sm3", STILL))

    assert changes.removed == ("m1",)
    assert [mark.id for mark in table.board.sheet("live:p1.scope")] == ["m2", "m3"]
    table.do(BODO, UndoMark())
    assert [mark.id for mark in table.board.sheet("live:p1.scope")] == ["m2"]


def test_points_are_limited_too_and_a_change_may_not_swell() -> None:
    table = Table(Limits(points_per_sheet=100))
    table.do(ANNE, AddMark(id="m1", target=STILL, shape=pen(60)))

    with pytest.raises(SheetFull):
        table.do(ANNE, AddMark(id="m2", target=STILL, shape=pen(60)))
    with pytest.raises(SheetFull):
        table.do(ANNE, ChangeMark(id="m1", shape=pen(101)))
    table.do(ANNE, ChangeMark(id="m1", shape=pen(100)))


def test_pages_come_in_order_and_the_new_one_is_shown() -> None:
    table = Table(Limits(pages=2))
    with pytest.raises(PageUnknown):
        table.do(ANNE, add("m1", BOARD))

    table.do(ANNE, AddPage(id="page-1"))
    table.do(ANNE, AddPage(id="page-2", background="/api/v1/files/f1"))
    with pytest.raises(PageExists):
        table.do(ANNE, AddPage(id="page-2"))
    with pytest.raises(PagesFull):
        table.do(ANNE, AddPage(id="page-3"))
    assert table.board.page_shown == "page-2"
    table.do(ANNE, ShowPage(id="page-1"))
    table.do(ANNE, add("m1", BOARD))

    assert [page.id for page in table.board.pages] == ["page-1", "page-2"]
    assert table.board.page_shown == "page-1"
    assert table.ids() == ["m1"]
    with pytest.raises(PageUnknown):
        table.do(ANNE, ShowPage(id="page-9"))


@pytest.mark.parametrize("background", ["https://evil.example/x.png", "//evil", "/api/v1/../../x"])
def test_a_background_is_a_file_of_ours(background: str) -> None:
    with pytest.raises(BackgroundForeign):
        Table().do(ANNE, AddPage(id="page-1", background=background))


def test_marks_of_a_still_that_is_gone_do_not_come_back() -> None:
    table = Table()
    table.do(ANNE, add("m1", STILL))
    table.do(ANNE, ClearMarks(sheet="still:still-0001"))
    table.do(BODO, add("m2", STILL))
    table.do(BODO, add("m3", LIVE))

    table.board.drop_sheet("still:still-0001")

    assert table.ids() == ["m3"]
    with pytest.raises(NothingToUndo):
        table.do(ANNE, UndoMark())


def test_every_error_has_its_code_in_the_list() -> None:
    codes = {kind.code for kind in AnnotationError.__subclasses__()}

    assert codes == {code.value for code in AnnotationErrorCode}
