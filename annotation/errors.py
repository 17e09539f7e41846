"""Refusals of the sheet of marks. Codes are stable; each has a sentence in both languages in the kernel.

AnnotationError
  MarkUnknown       mark.unknown        no such mark now
  MarkExists        mark.exists         the id is or was in use
  MarkForeign       mark.foreign        somebody else's mark
  SheetFull         mark.too_many       too many marks or points on a sheet or in the room
  PageUnknown       page.unknown        no such page of the whiteboard
  PageExists        page.exists         the id is in use
  PagesFull         page.too_many       too many pages
  BackgroundForeign page.background     the background is not a file of ours
  NothingToUndo     undo.nothing        no operation of the author's own that can be taken back
  NothingToRedo     redo.nothing        nothing undone that can be done again
  SheetUnknown      sheet.unknown       the name of the sheet cannot be read
"""

from enum import StrEnum

from platform_api.kernel.errors import AppError


class AnnotationErrorCode(StrEnum):
    MARK_UNKNOWN = "mark.unknown"
    MARK_EXISTS = "mark.exists"
    MARK_FOREIGN = "mark.foreign"
    MARK_TOO_MANY = "mark.too_many"
    PAGE_UNKNOWN = "page.unknown"
    PAGE_EXISTS = "page.exists"
    PAGE_TOO_MANY = "page.too_many"
    PAGE_BACKGROUND = "page.background"
    UNDO_NOTHING = "undo.nothing"
    REDO_NOTHING = "redo.nothing"
    SHEET_UNKNOWN = "sheet.unknown"


class AnnotationError(AppError):
    """An operation that leaves the sheet as it was."""

    status_hint = 409


class MarkUnknown(AnnotationError):
    code = "mark.unknown"
    status_hint = 404


class MarkExists(AnnotationError):
    code = "mark.exists"


class MarkForeign(AnnotationError):
    code = "mark.foreign"
    status_hint = 403


class SheetFull(AnnotationError):
    code = "mark.too_many"


class PageUnknown(AnnotationError):
    code = "page.unknown"
    status_hint = 404


class PageExists(AnnotationError):
    code = "page.exists"


class PagesFull(AnnotationError):
    code = "page.too_many"


class BackgroundForeign(AnnotationError):
    code = "page.background"
    status_hint = 400


class NothingToUndo(AnnotationError):
    code = "undo.nothing"


class NothingToRedo(AnnotationError):
    code = "redo.nothing"


class SheetUnknown(AnnotationError):
    code = "sheet.unknown"
    status_hint = 400
