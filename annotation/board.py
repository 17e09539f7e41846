"""All marks and whiteboard pages of a room: the fold of ordered changes.

`decide` says what an operation would change and changes nothing; `apply` folds a change in. Live and
replay go through the same `apply`, so the journal gives the same board. Each author has a history
of steps; a step that somebody else has overtaken (a clear for everybody) is void and is passed over.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

from annotation.anchor import parse_sheet, sheet_of
from annotation.errors import (
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
from annotation.geometry import point_count, rounded
from annotation.model import (
    MAX_BOARD_PAGES,
    MAX_MARKS_PER_ROOM,
    MAX_MARKS_PER_TARGET,
    MAX_POINTS_PER_ROOM,
    MAX_POINTS_PER_SHEET,
    MAX_UNDO,
    BoardPage,
    BoardTarget,
    LiveTarget,
    Mark,
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

OWN_FILES = "/api/v1/"
Part = tuple[str, Mark | None, Mark | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who asks, as the record will name them."""

    id: str
    name: str
    colour: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the board holds."""

    marks_per_sheet: int = MAX_MARKS_PER_TARGET
    points_per_sheet: int = MAX_POINTS_PER_SHEET
    marks: int = MAX_MARKS_PER_ROOM
    points: int = MAX_POINTS_PER_ROOM
    pages: int = MAX_BOARD_PAGES


@dataclass(frozen=True, slots=True)
class Step:
    """What one operation did to each mark: id, before, after."""

    parts: tuple[Part, ...]


@dataclass(slots=True)
class History:
    """One author's steps, the newest last."""

    done: deque[Step] = field(default_factory=lambda: deque(maxlen=MAX_UNDO))
    undone: deque[Step] = field(default_factory=lambda: deque(maxlen=MAX_UNDO))


@dataclass(slots=True)
class Load:
    """How much lies on a sheet or on all of them."""

    marks: int = 0
    points: int = 0

    def add(self, mark: Mark, sign: int) -> None:
        self.marks += sign
        self.points += sign * point_count(mark.shape)


class Board:
    """The state; see the module's first lines."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._marks: dict[str, Mark] = {}
        self._pages: dict[str, BoardPage] = {}
        self._page_shown: str | None = None
        self._histories: dict[str, History] = {}
        self._used: set[str] = set()
        self._gone: set[str] = set()
        self._loads: dict[str, Load] = {}
        self._total = Load()

    @property
    def pages(self) -> tuple[BoardPage, ...]:
        return tuple(self._pages.values())

    @property
    def page_shown(self) -> str | None:
        return self._page_shown

    def marks(self) -> tuple[Mark, ...]:
        """All marks in the order in which they were made: the later lies above."""
        return tuple(sorted(self._marks.values(), key=_drawing_order))

    def sheet(self, sheet: str) -> tuple[Mark, ...]:
        """The marks of one sheet, the later above."""
        return tuple(mark for mark in self.marks() if sheet_of(mark.target) == sheet)

    def decide(self, author: Author, operation: Operation, *, at_ms: float) -> MarksChanged:
        """What the operation changes; raises an AnnotationError and leaves the board as it is."""
        match operation:
            case AddMark():
                return self._add(author, operation, at_ms)
            case ChangeMark():
                return self._change(author, operation)
            case RemoveMark():
                return MarksChanged(removed=(self._own(author, operation.id).id,))
            case UndoMark():
                return self._step_back(author)
            case RedoMark():
                return self._step_forth(author)
            case ClearMarks():
                return self._clear(author, operation)
            case AddPage():
                return self._add_page(operation)
            case ShowPage():
                if operation.id not in self._pages:
                    raise PageUnknown
                return MarksChanged(page_shown=operation.id)
        assert_never(operation)

    def apply(self, author: str, changes: MarksChanged) -> None:
        """Folds in one ordered change of this author."""
        self._remember(author, changes)
        for mark_id in changes.removed:
            self._drop(mark_id)
        for mark in changes.put:
            self._drop(mark.id)
            self._put(mark)
        if changes.pages is not None:
            rows = (BoardPage.model_validate(row) for row in changes.pages)
            self._pages = {page.id: page for page in rows}
        if changes.page_shown is not None:
            self._page_shown = changes.page_shown

    def drop_sheet(self, sheet: str) -> None:
        """The thing under the sheet is gone for good, and all marks on it; no undo brings them back."""
        self._gone.add(sheet)
        for mark in self.sheet(sheet):
            self._drop(mark.id)

    def _add(self, author: Author, operation: AddMark, at_ms: float) -> MarksChanged:
        if operation.id in self._used:
            raise MarkExists
        if isinstance(operation.target, BoardTarget) and operation.target.page not in self._pages:
            raise PageUnknown
        mark = Mark(
            id=operation.id,
            author=author.id,
            author_name=author.name,
            colour=author.colour,
            target=operation.target,
            shape=rounded(operation.shape),
            created_ms=at_ms,
        )
        return MarksChanged(put=(mark,), removed=self._room_for(mark))

    def _room_for(self, mark: Mark) -> tuple[str, ...]:
        """Which marks must give way; on a live picture the oldest do, elsewhere the sheet is full."""
        sheet = sheet_of(mark.target)
        load, total = self._load(sheet), Load(self._total.marks, self._total.points)
        load.add(mark, 1)
        total.add(mark, 1)
        if self._fits(load, total):
            return ()
        if not isinstance(mark.target, LiveTarget):
            raise SheetFull
        away = []
        for old in self.sheet(sheet):
            away.append(old.id)
            load.add(old, -1)
            total.add(old, -1)
            if self._fits(load, total):
                return tuple(away)
        raise SheetFull

    def _change(self, author: Author, operation: ChangeMark) -> MarksChanged:
        old = self._own(author, operation.id)
        new = old.model_copy(update={"shape": rounded(operation.shape)})
        self._require_room((new,))
        return MarksChanged(put=(new,))

    def _clear(self, author: Author, operation: ClearMarks) -> MarksChanged:
        parse_sheet(operation.sheet)
        marks = self.sheet(operation.sheet)
        return MarksChanged(
            removed=tuple(mark.id for mark in marks if operation.everybody or mark.author == author.id)
        )

    def _add_page(self, operation: AddPage) -> MarksChanged:
        if operation.id in self._pages:
            raise PageExists
        if len(self._pages) >= self._limits.pages:
            raise PagesFull
        background = operation.background
        if background is not None and (not background.startswith(OWN_FILES) or ".." in background):
            raise BackgroundForeign
        page = BoardPage(id=operation.id, background=background)
        rows = tuple(item.model_dump() for item in (*self._pages.values(), page))
        return MarksChanged(pages=rows, page_shown=page.id)

    def _step_back(self, author: Author) -> MarksChanged:
        step = self._valid(self._history(author.id).done, back=True)
        if step is None:
            raise NothingToUndo
        return self._stepped("undo", self._open_parts(step, back=True))

    def _step_forth(self, author: Author) -> MarksChanged:
        step = self._valid(self._history(author.id).undone, back=False)
        if step is None:
            raise NothingToRedo
        return self._stepped("redo", self._open_parts(step, back=False))

    def _stepped(self, cause: str, wanted: list[tuple[str, Mark | None]]) -> MarksChanged:
        put = tuple(sorted((mark for _, mark in wanted if mark is not None), key=_drawing_order))
        self._require_room(put)
        removed = tuple(mark_id for mark_id, mark in wanted if mark is None)
        return MarksChanged.model_validate({"cause": cause, "put": put, "removed": removed})

    def _valid(self, steps: deque[Step], *, back: bool) -> Step | None:
        return next((step for step in reversed(steps) if self._open_parts(step, back=back)), None)

    def _open_parts(self, step: Step, *, back: bool) -> list[tuple[str, Mark | None]]:
        """The parts of a step that nobody has overtaken, each with the mark that it becomes."""
        wanted = []
        for mark_id, before, after in step.parts:
            left, right = (after, before) if back else (before, after)
            gone = right is not None and sheet_of(right.target) in self._gone
            if self._marks.get(mark_id) == left and not gone:
                wanted.append((mark_id, right))
        return wanted

    def _remember(self, author: str, changes: MarksChanged) -> None:
        history = self._histories.setdefault(author, History())
        if changes.cause == "undo":
            self._move(history.done, history.undone, back=True)
        elif changes.cause == "redo":
            self._move(history.undone, history.done, back=False)
        else:
            parts = self._parts(changes)
            if parts:
                history.done.append(Step(parts))
                history.undone.clear()

    def _move(self, source: deque[Step], target: deque[Step], *, back: bool) -> None:
        while source:
            step = source.pop()
            if self._open_parts(step, back=back):
                target.append(step)
                return

    def _parts(self, changes: MarksChanged) -> tuple[Part, ...]:
        """What the author did; old marks that gave way to a new one are nobody's step."""
        if changes.put:
            return tuple((mark.id, self._marks.get(mark.id), mark) for mark in changes.put)
        present = ((mark_id, self._marks.get(mark_id)) for mark_id in changes.removed)
        return tuple((mark_id, mark, None) for mark_id, mark in present if mark is not None)

    def _require_room(self, put: Iterable[Mark]) -> None:
        total = Load(self._total.marks, self._total.points)
        loads: dict[str, Load] = {}
        for mark in put:
            sheet = sheet_of(mark.target)
            load = loads.setdefault(sheet, self._load(sheet))
            old = self._marks.get(mark.id)
            for each in (load, total):
                each.add(mark, 1)
                if old is not None:
                    each.add(old, -1)
            if not self._fits(load, total):
                raise SheetFull

    def _fits(self, sheet: Load, total: Load) -> bool:
        limits = self._limits
        return (
            sheet.marks <= limits.marks_per_sheet
            and sheet.points <= limits.points_per_sheet
            and total.marks <= limits.marks
            and total.points <= limits.points
        )

    def _load(self, sheet: str) -> Load:
        """A copy of what lies on the sheet."""
        load = self._loads.get(sheet)
        return Load() if load is None else Load(load.marks, load.points)

    def _own(self, author: Author, mark_id: str) -> Mark:
        mark = self._marks.get(mark_id)
        if mark is None:
            raise MarkUnknown
        if mark.author != author.id:
            raise MarkForeign
        return mark

    def _history(self, author: str) -> History:
        return self._histories.get(author, History())

    def _put(self, mark: Mark) -> None:
        self._marks[mark.id] = mark
        self._used.add(mark.id)
        self._loads.setdefault(sheet_of(mark.target), Load()).add(mark, 1)
        self._total.add(mark, 1)

    def _drop(self, mark_id: str) -> None:
        mark = self._marks.pop(mark_id, None)
        if mark is not None:
            self._loads[sheet_of(mark.target)].add(mark, -1)
            self._total.add(mark, -1)


def _drawing_order(mark: Mark) -> tuple[float, str]:
    return (mark.created_ms, mark.id)
