import pytest
from pydantic import ValidationError

from annotation.board import Board
from annotation.codec import change_from_journal, operation_from
from annotation.operations import Operation, UndoMark
from annotation.replay import OrderedChange, board_at, sheet_at
from tests.support.marks import ANNE, BODO, add


def recorded(*steps: tuple[int, Operation]) -> list[OrderedChange]:
    board, changes = Board(), []
    for at_ms, operation in steps:
        change = board.decide(ANNE, operation, at_ms=at_ms)
        board.apply(ANNE.id, change)
        changes.append(OrderedChange(at_ms=at_ms, author=ANNE.id, changes=change))
    return changes


def test_the_sheet_at_a_moment_is_what_everybody_saw_then() -> None:
    changes = recorded((1000, add("m1")), (2000, add("m2")), (3000, UndoMark()))

    def seen(at_ms: float) -> list[str]:
        return [mark.id for mark in sheet_at(changes, "live:p1.scope", at_ms)]

    assert [seen(at) for at in (999, 1000, 2500, 3000)] == [[], ["m1"], ["m1", "m2"], ["m1"]]
    assert board_at(changes, 2500).sheet("still:x") == ()


def test_a_journal_entry_becomes_the_same_change() -> None:
    (change,) = recorded((1000, add("m1")))
    data = {"author": change.author, "changes": change.changes.model_dump(mode="json")}

    assert change_from_journal(1000, data) == change


def test_an_operation_is_read_by_its_name_and_nothing_else_is() -> None:
    assert operation_from({"op": "undo"}) == UndoMark()
    for wrong in ({}, {"op": "explode"}, {"op": "undo", "author": BODO.id}):
        with pytest.raises(ValidationError):
            operation_from(wrong)
