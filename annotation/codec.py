"""Wire form of operations and ordered changes: JSON values in, typed values out, and back."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from annotation.operations import MarksChanged, Operation
from annotation.replay import OrderedChange

OPERATION: Final[TypeAdapter[Operation]] = TypeAdapter(Operation)


def operation_from(data: Mapping[str, Any]) -> Operation:
    """The operation in a JSON value; raises pydantic's ValidationError."""
    return OPERATION.validate_python(dict(data))


def change_from_journal(at_ms: int, data: Mapping[str, Any]) -> OrderedChange:
    """The data of a journal entry `marks.changed` as a change on the time axis."""
    return OrderedChange(
        at_ms=at_ms, author=str(data["author"]), changes=MarksChanged.model_validate(data["changes"])
    )
