"""Where handlers and domains find each other's services."""

from collections.abc import Sequence
from typing import TypeVar

S = TypeVar("S")


class Services:
    """One object of each class."""

    def __init__(self) -> None:
        self._by_type: dict[type, object] = {}

    def put(self, service: object) -> None:
        """Makes the object findable by its class; a second one of a class is our fault."""
        if type(service) in self._by_type:
            raise ValueError(f"{type(service).__name__} is there already")
        self._by_type[type(service)] = service

    def get(self, kind: type[S]) -> S:
        """The object of this class; KeyError means that its domain is not plugged in."""
        found = self._by_type[kind]
        if not isinstance(found, kind):
            raise KeyError(kind)
        return found

    def all(self) -> Sequence[object]:
        """All of them in the order they were put."""
        return tuple(self._by_type.values())
