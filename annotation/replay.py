"""The sheet of marks at any moment of a recording: the fold of what had happened by then. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from annotation.board import Board
from annotation.model import Mark
from annotation.operations import MarksChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedChange:
    """One change in the room's order; `at_ms` is wall time, ms since 1970 UTC."""

    at_ms: int
    author: str
    changes: MarksChanged


def board_at(changes: Iterable[OrderedChange], at_ms: float) -> Board:
    """The board as everybody saw it at that moment; the changes come in the room's order."""
    board = Board()
    for change in changes:
        if change.at_ms > at_ms:
            break
        board.apply(change.author, change.changes)
    return board


def sheet_at(changes: Iterable[OrderedChange], sheet: str, at_ms: float) -> tuple[Mark, ...]:
    """The marks of one sheet at that moment, the later above."""
    return board_at(changes, at_ms).sheet(sheet)
