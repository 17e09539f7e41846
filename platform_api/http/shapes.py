"""The base of every request and answer, and the fields that recur."""

from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

T = TypeVar("T")

Id = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
"""A UUID in canonical lower-case text."""

Moment = AwareDatetime
"""A time with its offset (RFC 3339)."""


def _storable(text: str) -> str:
    """Refuses what PostgreSQL cannot keep as text, and direction overrides that disguise it."""
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("not storable")
    if any("\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069" for character in text):
        raise ValueError("direction override")
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_storable)]
"""What a person typed: trimmed, storable. Give it a length: `Annotated[Text, Field(max_length=80)]`."""


class Shape(BaseModel):
    """A request's part or an answer: unknown fields are refused (AZ-04), values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class IdPath(Shape):
    """The path of one thing: `…/{id}`."""

    id: Id


class PageQuery(Shape):
    """What every list accepts."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: Annotated[str, Field(max_length=512, pattern=r"^[A-Za-z0-9_-]*$")] | None = None


class Page(Shape, Generic[T]):
    """One page of a list; no `next_cursor`: the last."""

    items: list[T]
    next_cursor: str | None = None
