"""Any sequence of operations leaves a consistent board, and the journal folds to the same one."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from annotation.anchor import sheet_of
from annotation.board import Author, Board, Limits
from annotation.codec import change_from_journal
from annotation.errors import AnnotationError, NothingToUndo
from annotation.geometry import point_count
from annotation.operations import (
    AddPage,
    ChangeMark,
    ClearMarks,
    Operation,
    RedoMark,
    RemoveMark,
    ShowPage,
    UndoMark,
)
from annotation.replay import OrderedChange
from tests.support.marks import ANNE, BOARD, BODO, LIVE, STILL, add, arrow

LIMITS = Limits(marks_per_sheet=4, points_per_sheet=9, marks=10, points=20, pages=2)
authors = st.sampled_from([ANNE, BODO])
targets = st.sampled_from([LIVE, STILL, BOARD])
names = st.integers(0, 30).map(lambda number: f"m{number}")
sheets = st.sampled_from([sheet_of(target) for target in (LIVE, STILL, BOARD)])
operations: st.SearchStrategy[Operation] = st.one_of(
    st.builds(add, names, targets),
    st.builds(lambda name, x: ChangeMark(id=name, shape=arrow(x)), names, st.floats(0, 1)),
    st.builds(lambda name: RemoveMark(id=name), names),
    st.just(UndoMark()),
    st.just(RedoMark()),
    st.builds(lambda sheet, all_: ClearMarks(sheet=sheet, everybody=all_), sheets, st.booleans()),
    st.builds(lambda page: AddPage(id=f"page-{page}"), st.integers(1, 4)),
    st.builds(lambda page: ShowPage(id=f"page-{page}"), st.integers(1, 4)),
)


class BoardMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.board = Board(LIMITS)
        self.journal: list[dict[str, Any]] = []
        self.now_ms = 0

    def do(self, author: Author, operation: Operation) -> None:
        self.now_ms += 1
        changes = self.board.decide(author, operation, at_ms=self.now_ms)
        self.journal.append({"author": author.id, "changes": changes.model_dump(mode="json")})
        self.board.apply(author.id, changes)

    @rule(author=authors, operation=operations)
    def act(self, author: Author, operation: Operation) -> None:
        before = self.board.marks()
        try:
            self.do(author, operation)
        except AnnotationError:
            assert self.board.marks() == before

    @rule(author=authors)
    @precondition(lambda self: bool(self.journal))
    def undo_then_redo_is_nothing(self, author: Author) -> None:
        before = self.board.marks()
        try:
            self.do(author, UndoMark())
        except (NothingToUndo, AnnotationError):
            return
        undone = self.board.marks()
        self.do(author, RedoMark())
        assert self.board.marks() == before
        self.do(author, UndoMark())
        assert self.board.marks() == undone

    @invariant()
    def limits_hold_and_no_mark_lies_on_nothing(self) -> None:
        pages = {page.id for page in self.board.pages}
        assert len(pages) <= LIMITS.pages
        assert self.board.page_shown is None or self.board.page_shown in pages
        for target in (LIVE, STILL, BOARD):
            marks = self.board.sheet(sheet_of(target))
            assert len(marks) <= LIMITS.marks_per_sheet
            assert sum(point_count(mark.shape) for mark in marks) <= LIMITS.points_per_sheet
            assert target != BOARD or not marks or BOARD.page in pages
        assert len(self.board.marks()) <= LIMITS.marks

    @invariant()
    def the_journal_folds_to_the_live_board(self) -> None:
        again = Board(LIMITS)
        for data in self.journal:
            change: OrderedChange = change_from_journal(0, data)
            again.apply(change.author, change.changes)
        assert vars(again) == vars(self.board)


BoardMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestBoardMachine = BoardMachine.TestCase
