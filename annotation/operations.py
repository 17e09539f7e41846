"""What a participant asks of the sheet of marks, and what the server orders from it.

A request names no author: the server adds the author, a sequence number and the time.
"""

from typing import Annotated, Literal

from pydantic import Field

from annotation.model import Id, Mark, Shape, Target, Value


class AddMark(Value):
    """A new mark; the id is the client's, so that its own echo is recognised."""

    op: Literal["add"] = "add"
    id: Id
    target: Target
    shape: Shape


class ChangeMark(Value):
    """A mark of one's own gets another shape (moved, text edited)."""

    op: Literal["change"] = "change"
    id: Id
    shape: Shape


class RemoveMark(Value):
    """A mark of one's own goes."""

    op: Literal["remove"] = "remove"
    id: Id


class UndoMark(Value):
    """The author's last operation in this room is taken back."""

    op: Literal["undo"] = "undo"


class RedoMark(Value):
    """The author's last undone operation is done again, if nothing of theirs came between."""

    op: Literal["redo"] = "redo"


class ClearMarks(Value):
    """All marks of one sheet go: one's own, or everybody's with the right `clear`.

    `sheet` is `live:{publication}`, `still:{id}` or `board:{page}`.
    """

    op: Literal["clear"] = "clear"
    sheet: Annotated[str, Field(max_length=120)]
    everybody: bool = False


class AddPage(Value):
    """A new page of the whiteboard behind the present ones; it becomes the page shown."""

    op: Literal["add_page"] = "add_page"
    id: Id
    background: Annotated[str, Field(max_length=300)] | None = None


class ShowPage(Value):
    """The whiteboard turns to this page for those who follow the presenter."""

    op: Literal["show_page"] = "show_page"
    id: Id


Operation = Annotated[
    AddMark | ChangeMark | RemoveMark | UndoMark | RedoMark | ClearMarks | AddPage | ShowPage,
    Field(discriminator="op"),
]


class MarksChanged(Value):
    """The server's ordered effect, enough to apply without knowing what was asked.

    `cause` says whether it was done, undone or done again, so that the fold of the journal has the
    author's history too.
    """

    cause: Literal["do", "undo", "redo"] = "do"
    put: tuple[Mark, ...] = ()
    removed: tuple[str, ...] = ()
    pages: tuple[dict[str, str | None], ...] | None = None
    page_shown: str | None = None
